import Pipeline

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
        /// The first of `places` as they are shown to people, where that is not in full.
        package let shown: [String]?

        init(
            name: String, severity: Severity, problem: String, places: [String], fix: [String],
            shown: [String]? = nil
        ) {
            self.name = name
            self.severity = severity
            self.problem = problem
            self.places = places
            self.fix = fix
            self.shown = shown
        }
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
    static let shownCount = 20
    /// Of so many classes every one is shown, of more the first `shownCount`.
    private static let shownClassCount = 40
    /// The characters of a place, or of a name in a column.
    private static let widths = (place: 400, name: 40)

    package var description: String { (heading + table + verdicts).joined(separator: "\n") }

    /// The classes in columns, and what they range over where they differ.
    private var table: [String] {
        let isLong = classes.count > Self.shownClassCount
        let shown = classes.prefix(isLong ? Self.shownCount : classes.count)
        let names = shown.map { Printable.quoted($0.name, limit: Self.widths.name) }
        let width = names.map(\.count).max() ?? 0
        let digits = "\(shown.count - 1)".count
        var lines = zip(shown, names).enumerated().map { label, row in
            let number = String(repeating: " ", count: digits - "\(label)".count) + "\(label)"
            let padding = String(repeating: " ", count: width - row.1.count)
            return "  \(number)  \(row.1)\(padding)  \(row.0.train) training, \(row.0.test) test"
        }
        if isLong {
            lines.append("  and \(classes.count - shown.count) more classes, which --json shows")
        }
        let train = Self.range(classes.map(\.train))
        let test = Self.range(classes.map(\.test))
        if isLong || train.contains(" to ") || test.contains(" to ") {
            lines.append("  a class has \(train) training and \(test) test pictures")
        }
        return lines
    }

    /// `3`, or `3 to 7`.
    private static func range(_ counts: [Int]) -> String {
        guard let least = counts.min(), let most = counts.max() else { return "no" }
        return least == most ? "\(least)" : "\(least) to \(most)"
    }

    private var heading: [String] {
        let path = Printable.text(path)
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
        let problem = Printable.text(finding.problem, keepsLines: true)
        var lines = ["\(finding.severity == .note ? "note" : "problem"): \(problem)"]
        lines += (finding.shown ?? finding.places).prefix(shownCount)
            .map { "  \(Printable.quoted($0, limit: widths.place))" }
        let rest = finding.places.count - shownCount
        if rest > 0 { lines.append("  and \(rest) more, which --json shows") }
        let fixes = finding.fix.prefix(shownCount)
        lines += fixes.enumerated().map {
            ($0 == 0 ? "  fix: " : "       ") + Printable.text($1)
        }
        if finding.fix.count > shownCount {
            lines.append("       and \(finding.fix.count - shownCount) more, which --json shows")
        }
        return lines
    }
}
