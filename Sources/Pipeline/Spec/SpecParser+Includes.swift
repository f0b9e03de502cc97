import Foundation

/// The included files that are open, and what all files of a pipeline hold together.
struct IncludeChain {
    /// The deepest chain of included files.
    static let depthLimit = 16
    /// The most files that are read, one that is included twice counted twice.
    static let fileLimit = 256

    /// Where the open files lie, links resolved.
    private(set) var open: [String] = []
    private var fileCount = 0
    private var byteCount = 0
    private var valueCount = 0
    /// Whether a limit was passed, which is reported once.
    private(set) var isSpent = false

    /// Starts with the file that the user named.
    mutating func begin(with path: String, byteCount: Int) {
        open = [Self.identity(path)]
        self.byteCount = byteCount
    }

    mutating func enter(_ path: String) { open.append(Self.identity(path)) }

    mutating func leave() { open.removeLast() }

    func contains(_ path: String) -> Bool { open.contains(Self.identity(path)) }

    /// Counts a file.
    ///
    /// - Returns: what there is too much of; nil when there is not.
    mutating func count(bytes: [UInt8]) -> String? {
        fileCount += 1
        byteCount += bytes.count
        isSpent = fileCount > Self.fileLimit || byteCount > YAMLComposer.byteLimit
        if fileCount > Self.fileLimit {
            return "more than \(Self.fileLimit) files are included, "
                + "those that are included twice counted twice"
        }
        return isSpent ? "the file and those it includes are together larger than 4 MiB" : nil
    }

    /// Counts the values of a file; see `count(bytes:)`.
    mutating func count(values: Int) -> String? {
        valueCount += values
        isSpent = isSpent || valueCount > YAMLComposer.nodeLimit
        return valueCount > YAMLComposer.nodeLimit
            ? "the files that are included hold together more than \(YAMLComposer.nodeLimit) values"
            : nil
    }

    private static func identity(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
}

extension SpecParser {
    /// Reads `include:`.
    mutating func parseIncludes(_ node: SpecNode) {
        for element in node.elements ?? [node] {
            guard let path = element.string, !path.isEmpty else {
                problems.report(
                    element.place,
                    "'include' must be a path or a list of paths, found \(element.found)")
                continue
            }
            if includes.isSpent { return }
            include(path, at: element.place)
        }
    }

    private mutating func include(_ written: String, at place: Place) {
        let path = UserPath.expanded(
            written.replacing("${here}", with: Variables.folder(of: place.file)))
        guard !includes.contains(path) else {
            problems.report(place, "file '\(path)' includes itself")
            return
        }
        guard includes.open.count < IncludeChain.depthLimit else {
            problems.report(
                place, "more than \(IncludeChain.depthLimit) files include one another")
            return
        }
        let bytes: [UInt8]
        do {
            bytes = try Self.read(path)
        } catch {
            problems.add(
                SpecProblem(
                    place: place,
                    problem: "included file '\(path)' cannot be read: \(error.reason)",
                    isMissingFile: true))
            return
        }
        if let tooMuch = includes.count(bytes: bytes) {
            problems.report(place, tooMuch)
            return
        }
        includes.enter(path)
        defer { includes.leave() }
        guard let root = includedRoot(bytes, file: path, at: place) else { return }
        if let tooMuch = includes.count(values: root.size) {
            problems.report(place, tooMuch)
            return
        }
        parseParts(fields(of: root, known: Self.keys, in: nil))
    }

    /// The mapping of an included file. Of a file that is none of ours nothing is shown.
    private func includedRoot(_ bytes: [UInt8], file: String, at place: Place) -> SpecNode? {
        if Self.mayBePipeline(bytes) {
            let own = ProblemList()
            let parser = SpecParser(problems: own)
            let root = parser.root(bytes, file: file)
            let hasKnownKey = root?.entries?.contains { Self.keys.contains($0.key) } ?? true
            if hasKnownKey {
                problems.files.append(file)
                problems.add(own)
                return root
            }
        }
        let parts = ["include", "matrix", "stages", "tables", "variables"]
        problems.report(
            place, "included file '\(file)' is not a pipeline file",
            hint: "a file to include has one of the keys \(Printable.list(parts))")
        return nil
    }

    /// Whether a text has a line that starts with a key of pipeline files, or is a mapping in braces, or
    /// holds nothing but comments.
    private static func mayBePipeline(_ bytes: [UInt8]) -> Bool {
        guard let text = try? InputText.unmarked(bytes) else { return true }
        let lines = text.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .map { String(decoding: $0, as: UTF8.self) }
            .filter { !$0.hasPrefix("#") && !$0.hasPrefix("---") && !$0.hasPrefix("%") }
        guard let first = lines.first else { return true }
        if first.hasPrefix("{") { return true }
        return lines.contains { line in
            keys.contains { key in
                [key, "'\(key)'", "\"\(key)\""].contains { line.hasPrefix($0 + ":") }
            }
        }
    }
}
