/// Builds nodes from YAML text: UTF-8, core schema, text keys, no tags, bounded depth and bounded
/// alias expansion, so that no file can make it hang or fill the memory.
package struct YAMLComposer {
    /// The deepest nesting that is read.
    static let depthLimit = 64
    /// The largest number of nodes of a file, aliases expanded.
    static let nodeLimit = 100_000
    /// The largest file, in bytes.
    static let byteLimit = 4 << 20

    private let reader: YAMLEventReader
    private let file: String
    private let problems: ProblemList
    private var anchors: [String: (node: SpecNode, size: Int)] = [:]
    private var openAnchors: Set<String> = []
    private var size = 0
    private var depth = 0

    private init(
        _ bytes: [UInt8], file: String, problems: ProblemList
    ) throws(SpecProblem) {
        reader = try YAMLEventReader(bytes, file: file)
        self.file = file
        self.problems = problems
    }

    /// Returns the documents of a text.
    ///
    /// Duplicate keys and tags are added to `problems` and reading goes on.
    ///
    /// - Throws: `SpecProblem` when the text is not YAML or goes past a limit.
    package static func documents(
        _ bytes: [UInt8], file: String, problems: ProblemList
    ) throws(SpecProblem) -> [SpecNode] {
        let start = Place(file: file, line: 1, column: 1)
        guard bytes.count <= byteLimit else {
            throw SpecProblem(place: start, problem: "the file is larger than 4 MiB")
        }
        let text: ArraySlice<UInt8>
        do {
            text = try InputText.unmarked(bytes)
        } catch {
            throw SpecProblem(
                place: start, problem: "the file is \(error.reason) text",
                hint: "save it as UTF-8")
        }
        if let place = firstInvalidByte(text, file: file) {
            throw SpecProblem(place: place, problem: "the file is not UTF-8 text")
        }
        var composer = try YAMLComposer(Array(text), file: file, problems: problems)
        return try composer.documents()
    }

    private mutating func documents() throws(SpecProblem) -> [SpecNode] {
        var documents: [SpecNode] = []
        while true {
            let event = try reader.next()
            switch event.kind {
            case .streamEnd: return documents
            case .documentStart:
                anchors = [:]
                documents.append(try node(try reader.next()))
            default: continue
            }
        }
    }

    private mutating func node(_ event: YAMLEvent) throws(SpecProblem) -> SpecNode {
        try count(1, at: event.place)
        if let tag = event.tag {
            problems.report(
                event.place, "tag '\(Printable.quoted(tag))' is not allowed",
                hint: "a pipeline file has no tags")
        }
        if case .alias(let name) = event.kind { return try alias(name, at: event.place) }
        let before = size
        if let anchor = event.anchor { openAnchors.insert(anchor) }
        let node = SpecNode(place: event.place, content: try content(event))
        if let anchor = event.anchor {
            openAnchors.remove(anchor)
            anchors[anchor] = (node, size - before + 1)
        }
        return node
    }

    private mutating func content(_ event: YAMLEvent) throws(SpecProblem) -> SpecNode.Content {
        switch event.kind {
        case .scalar(let text, let isPlain):
            return .scalar(isPlain ? CoreSchema.value(of: text) : .string(text), text: text)
        case .sequenceStart:
            try enter(event.place)
            defer { depth -= 1 }
            return .sequence(try elements())
        case .mappingStart:
            try enter(event.place)
            defer { depth -= 1 }
            return .mapping(try entries())
        default:
            throw SpecProblem(place: event.place, problem: "not valid YAML: a value is missing")
        }
    }

    private mutating func enter(_ place: Place) throws(SpecProblem) {
        depth += 1
        guard depth <= Self.depthLimit else {
            throw SpecProblem(
                place: place, problem: "nested more than \(Self.depthLimit) levels deep")
        }
    }

    private mutating func elements() throws(SpecProblem) -> [SpecNode] {
        var elements: [SpecNode] = []
        while true {
            let event = try reader.next()
            if case .sequenceEnd = event.kind { return elements }
            elements.append(try node(event))
        }
    }

    private mutating func entries() throws(SpecProblem) -> [SpecEntry] {
        var entries: [SpecEntry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try reader.next()
            if case .mappingEnd = event.kind { return entries }
            let keyNode = try node(event)
            let value = try node(try reader.next())
            guard case .scalar(_, let key) = keyNode.content else {
                problems.report(
                    keyNode.place, "a key must be text, found \(keyNode.found)")
                continue
            }
            if key == "<<" {
                problems.report(
                    keyNode.place, "merge keys ('<<') do not exist in YAML 1.2",
                    hint: "write the entries out, or let a variable stand for the whole mapping")
                continue
            }
            if let line = lines[key] {
                problems.report(
                    keyNode.place,
                    "duplicate key '\(Printable.quoted(key))', first given in line \(line)")
                continue
            }
            lines[key] = keyNode.place.line
            entries.append(SpecEntry(key: key, keyPlace: keyNode.place, value: value))
        }
    }

    private mutating func alias(
        _ name: String, at place: Place
    ) throws(SpecProblem) -> SpecNode {
        if openAnchors.contains(name) {
            throw SpecProblem(
                place: place, problem: "alias '*\(Printable.quoted(name))' stands inside itself")
        }
        guard let target = anchors[name] else {
            throw SpecProblem(
                place: place, problem: "unknown alias '*\(Printable.quoted(name))'",
                hint: NearestName.hint(name, among: anchors.keys))
        }
        try count(target.size, at: place)
        return target.node
    }

    private mutating func count(_ nodes: Int, at place: Place) throws(SpecProblem) {
        size += nodes
        guard size <= Self.nodeLimit else {
            throw SpecProblem(
                place: place, problem: "more than \(Self.nodeLimit) values, aliases expanded")
        }
    }

    /// The place of the first byte that is not UTF-8; nil when the text is valid.
    private static func firstInvalidByte(_ bytes: ArraySlice<UInt8>, file: String) -> Place? {
        var decoder = UTF8()
        var input = bytes.makeIterator()
        var (line, column) = (1, 1)
        while true {
            switch decoder.decode(&input) {
            case .emptyInput: return nil
            case .error: return Place(file: file, line: line, column: column)
            case .scalarValue("\n"): (line, column) = (line + 1, 1)
            case .scalarValue: column += 1
            }
        }
    }
}
