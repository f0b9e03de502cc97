import Foundation
import TestSupport

/// A text file of the package, and what it points to.
struct Document {
    /// From the package's folder.
    let path: String
    let text: String

    var isMarkdown: Bool { path.hasSuffix(".md") }
    /// The folder, from the package's; empty for the package's own.
    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }

    /// A pointer, link or word with its line.
    struct Place: Hashable, CustomStringConvertible {
        let path: String
        let line: Int
        let text: String
        var description: String { "\(path):\(line): \(text)" }
    }

    // MARK: Files

    private static let folders = ["Sources", "Tests", "Docs", "pipelines", "Scripts", "results"]
    private static let files = [
        "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "Package.swift",
    ]
    private static let types: Set = [
        "swift", "md", "yaml", "yml", "py", "sh", "c", "h", "modulemap",
    ]

    /// All text files that people wrote.
    static func all() throws -> [Document] {
        let root = SharedData.packageRoot
        var paths = files
        for folder in folders {
            paths += try FileManager.default
                .subpathsOfDirectory(atPath: root.appending(path: folder).path)
                .filter { types.contains(($0 as NSString).pathExtension) }
                .map { "\(folder)/\($0)" }
        }
        return try paths.sorted().map {
            Document(
                path: $0,
                text: try String(contentsOf: root.appending(path: $0), encoding: .utf8))
        }
    }

    // MARK: Pointers into the reference

    /// The lines; one that ends in the middle of a pointer has the words of the next one, without what
    /// marks a comment.
    private var lines: [(number: Int, text: String)] {
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        return rows.indices.map { row in
            guard row + 1 < rows.count, Self.isBroken(rows[row]) else {
                return (row + 1, String(rows[row]))
            }
            let next = rows[row + 1].drop { " \t/#*".contains($0) }
            return (row + 1, "\(rows[row]) \(next)")
        }
    }

    /// Whether a line ends in a word that a pointer begins with.
    private static func isBroken(_ line: Substring) -> Bool {
        let word = line.reversed().drop { $0 == " " }.prefix { $0.isLetter }.reversed()
        return pointing.contains(String(word).lowercased())
    }

    private static let pointing: Set = [
        "reference", "section", "sections", "amendment", "amendments", "appendix",
    ]

    /// The places of what a pattern finds.
    private func places(_ find: (String) -> [String]) -> [Place] {
        lines.flatMap { line in
            find(line.text).map { Place(path: path, line: line.number, text: $0) }
        }
    }

    /// What `Reference 5.4` and `Reference B-21` point to: `r-5-4`, `b-21`.
    var references: [Place] {
        places { line in
            guard line.contains("Reference ") else { return [] }
            return line.matches(of: #/\bReference (\d+(?:\.\d+)*|[AB]-\d+)/#).map {
                Self.anchor(String($0.1))
            }
        }
    }

    /// The anchor of a section or an entry of the register.
    static func anchor(_ pointer: String) -> String {
        pointer.first?.isNumber == true
            ? "r-" + pointer.replacing(".", with: "-") : pointer.lowercased()
    }

    /// Words that point to a section by another form than `Reference 5.4`, and entries of the register
    /// without that word before them.
    var otherForms: [Place] {
        let section = #/§ ?\d|(?i:\b(?:sections?|amendments?) \d+|\bappendix [a-z]\b)/#
        return places { line in
            line.matches(of: section).map { String($0.0) } + Self.bareEntries(line)
        }
    }

    private static func bareEntries(_ line: String) -> [String] {
        guard line.utf8.contains(UInt8(ascii: "-")) else { return [] }
        return line.matches(of: #/[AB]-\d+/#).compactMap { match in
            let before = line[..<match.range.lowerBound]
            let isPart = before.last.map { $0.isLetter || $0.isNumber || "_-/\\#".contains($0) }
            let after = line[match.range.upperBound...].first
            let goesOn = after.map { $0.isLetter || "-_".contains($0) } ?? false
            guard isPart != true, !goesOn, !before.hasSuffix("Reference ") else { return nil }
            return String(match.0)
        }
    }

    // MARK: Links

    /// Links of a Markdown file, outside code, and documents that any file names: `Docs/Engine.md#speed`.
    var links: [Place] {
        var isCode = false
        return places { line in
            guard isMarkdown || line.contains("Docs/") else { return [] }
            var found = line.matches(of: #/\bDocs/[\w.\/-]+\.md(?:#[\w-]+)?/#).map {
                "/" + String($0.0)
            }
            guard isMarkdown else { return found }
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode else { return [] }
            let prose = line.replacing(#/`[^`]*`/#, with: "")
            found += prose.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.1) }
            return found.filter { !$0.contains(":") }
        }
    }

    /// Where a link leads: a path from the package's folder, and an anchor there.
    func target(of link: String) -> (path: String, anchor: String?) {
        let halves = link.split(
            separator: "#", maxSplits: 1, omittingEmptySubsequences: false
        ).map(String.init)
        var parts = halves[0].hasPrefix("/") ? [] : folder.split(separator: "/").map(String.init)
        for part in halves[0].split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        let own = halves[0].isEmpty ? path : parts.joined(separator: "/")
        return (own, halves.count > 1 ? halves[1] : nil)
    }

    /// What a link into this Markdown file may name: headings as their host writes them, and explicit
    /// anchors.
    var anchors: Set<String> {
        var found: Set<String> = []
        var isCode = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode else { continue }
            for match in line.matches(of: #/<a id="([^"]+)"></a>/#) {
                found.insert(String(match.1))
            }
            guard let heading = line.firstMatch(of: #/^#+ +(.+)$/#)?.1 else { continue }
            let name = Self.headingAnchor(String(heading))
            let number = (1...).first { !found.contains("\(name)-\($0)") } ?? 1
            found.insert(found.contains(name) ? "\(name)-\(number)" : name)
        }
        return found
    }

    private static func headingAnchor(_ heading: String) -> String {
        heading.replacing(#/\[([^\]]*)\]\([^)]*\)/#, with: { String($0.1) }).lowercased()
            .filter { $0.isLetter || $0.isNumber || " -_".contains($0) }
            .replacing(" ", with: "-")
    }
}

extension Document {
    /// Links of these files that lead to no file, or to no heading or anchor of it.
    ///
    /// - Parameter exists: whether there is a file or folder at a path from the package's folder.
    static func deadLinks(_ files: [Document], exists: (String) -> Bool) -> [Place] {
        let anchors = Dictionary(
            uniqueKeysWithValues: files.filter(\.isMarkdown).map { ($0.path, $0.anchors) })
        return files.flatMap { file in
            file.links.filter { link in
                let (path, anchor) = file.target(of: link.text)
                guard exists(path) else { return true }
                return anchor.map { anchors[path]?.contains($0) != true } ?? false
            }
        }
    }

    /// Pointers of these files that lead to no section and no entry of the reference.
    static func deadReferences(_ files: [Document], into reference: Document) -> [Place] {
        let anchors = reference.anchors
        return files.flatMap { file in file.references.filter { !anchors.contains($0.text) } }
    }
}

/// An entry of the reference's register: a habit, and what was decided about it.
struct RegisterEntry: Hashable {
    /// Letter and number, as a pointer has them.
    let name: String
    let decisions: [String]
    /// What this program does.
    let outcome: String

    static let words: Set = ["MATCH", "FIX", "OPTION", "NONE"]

    /// Reads the rows `| <a id="…"></a>name | where | what | decisions | outcome |`.
    static func entries(of text: String) -> [RegisterEntry] {
        text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| <a id=\"") else { return nil }
            let cells = line.split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard cells.count == 5,
                let anchor = cells[0].firstMatch(of: #/<a id="([^"]+)"></a>(.+)/#),
                anchor.1 == anchor.2.lowercased()
            else { return RegisterEntry(name: String(line.prefix(40)), decisions: [], outcome: "") }
            return RegisterEntry(
                name: String(anchor.2), decisions: cells[3].split(separator: ", ").map(String.init),
                outcome: cells[4])
        }
    }
}
