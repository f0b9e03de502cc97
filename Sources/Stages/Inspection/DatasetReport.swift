/// What the dataset doctor says of one dataset.
package struct DatasetReport: Sendable, Equatable {
    /// A class and its pictures.
    package struct ClassCount: Sendable, Equatable {
        package let name: String
        package let train: Int
        package let test: Int
    }

    /// How much a finding matters.
    package enum Severity: String, Sendable {
        /// Nothing has to be done: it is so in the published dataset.
        case note
        /// Results would not mean what they seem to mean.
        case problem
        /// Something is missing or cannot be read.
        case unreadable
    }

    /// What is wrong, where, and what mends it.
    package struct Finding: Sendable, Equatable {
        /// A word for scripts: `layout`, `counts`, `unreadable-pictures`, `equal-in-train-and-test`,
        /// `equal-with-different-labels`.
        package let name: String
        package let severity: Severity
        /// One line.
        package let problem: String
        /// The files and pictures concerned, with a reason where there is one.
        package let places: [String]
        /// Commands or edits, one a line; none where nothing has to be done.
        package let fix: [String]
    }

    /// The kind of dataset, by its name in pipeline files.
    package let kind: String
    /// The folder, as the user named it.
    package let path: String
    /// The classes by label; none when the dataset cannot be listed.
    package let classes: [ClassCount]
    /// The figures of the published dataset, where there is one.
    package let official: OfficialFigures?
    /// What was found, the gravest first.
    package let findings: [Finding]

    /// The greatest severity; nil when everything is fine.
    package var severity: Severity? {
        [.unreadable, .problem, .note].first { level in findings.contains { $0.severity == level } }
    }
}

extension DatasetReport: CustomStringConvertible {
    /// So many places of a finding are shown.
    private static let shownCount = 20

    package var description: String {
        (heading
            + classes.enumerated().map { label, count in
                "  \(label)  \(count.name)  \(count.train) training, \(count.test) test"
            } + verdicts).joined(separator: "\n")
    }

    private var heading: [String] {
        if classes.isEmpty { return ["\(path): dataset of kind '\(kind)'"] }
        let train = classes.reduce(0) { $0 + $1.train }
        let test = classes.reduce(0) { $0 + $1.test }
        return [
            "\(path): dataset of kind '\(kind)', \(classes.count) classes, \(train) training and "
                + "\(test) test pictures"
        ]
    }

    private var verdicts: [String] {
        var lines = findings.flatMap(Self.lines)
        if let official, !classes.isEmpty, !findings.contains(where: { $0.name == "counts" }) {
            lines.append(
                "official figures: \(official.classes) classes, \(official.train) training and "
                    + "\(official.test) test pictures: the same here")
        }
        if severity != .unreadable { lines.append("every picture can be read") }
        return lines
    }

    private static func lines(_ finding: Finding) -> [String] {
        var lines = ["\(finding.severity == .note ? "note" : "problem"): \(finding.problem)"]
        lines += finding.places.prefix(shownCount).map { "  \($0)" }
        let rest = finding.places.count - shownCount
        if rest > 0 { lines.append("  and \(rest) more, which --json shows") }
        let fixes = finding.fix.prefix(shownCount)
        lines += fixes.enumerated().map { ($0 == 0 ? "  fix: " : "       ") + $1 }
        if finding.fix.count > shownCount {
            lines.append("       and \(finding.fix.count - shownCount) more, which --json shows")
        }
        return lines
    }
}
