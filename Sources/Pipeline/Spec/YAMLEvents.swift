import CYAML

/// One event of the YAML grammar, with its place.
struct YAMLEvent {
    /// What the grammar saw.
    enum Kind {
        case documentStart
        case documentEnd
        case streamEnd
        case alias(String)
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
    }

    let kind: Kind
    let place: Place
    /// `&name` in front of the node.
    var anchor: String?
    /// An explicit tag in front of the node.
    var tag: String?
}

/// Reads events from libyaml: the only code that calls it. The parser and a copy of the text live
/// in raw memory that belongs to this object; no pointer leaves it.
final class YAMLEventReader {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let text: UnsafeMutableBufferPointer<UInt8>
    private let file: String

    /// Opens a text, which must be valid UTF-8.
    ///
    /// - Throws: `SpecProblem` when libyaml cannot allocate its parser.
    init(_ bytes: [UInt8], file: String) throws(SpecProblem) {
        self.file = file
        text = .allocate(capacity: max(bytes.count, 1))
        _ = text.initialize(from: bytes)
        guard yaml_parser_initialize(parser) == 1 else {
            text.deallocate()
            parser.deallocate()
            throw SpecProblem(
                place: Place(file: file, line: 1, column: 1), problem: "out of memory")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// Returns the next event.
    ///
    /// - Throws: `SpecProblem` with libyaml's reason when the text is not YAML.
    func next() throws(SpecProblem) -> YAMLEvent {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
            defer { yaml_event_delete(&event) }
            if event.type != YAML_STREAM_START_EVENT { return convert(event) }
        }
    }

    private func convert(_ event: yaml_event_t) -> YAMLEvent {
        let place = place(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, place: place)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, place: place)
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, place: place)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, place: place)
        case YAML_ALIAS_EVENT:
            let name = string(event.data.alias.anchor) ?? ""
            return YAMLEvent(kind: .alias(name), place: place)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return YAMLEvent(
                kind: .scalar(String(decoding: bytes, as: UTF8.self), isPlain: isPlain),
                place: place, anchor: string(scalar.anchor), tag: string(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            return YAMLEvent(
                kind: .sequenceStart, place: place, anchor: string(sequence.anchor),
                tag: string(sequence.tag))
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            return YAMLEvent(
                kind: .mappingStart, place: place, anchor: string(mapping.anchor),
                tag: string(mapping.tag))
        default: return YAMLEvent(kind: .streamEnd, place: place)
        }
    }

    private func place(_ mark: yaml_mark_t) -> Place {
        Place(file: file, line: mark.line + 1, column: mark.column + 1)
    }

    private func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }

    private func problem() -> SpecProblem {
        let state = parser.pointee
        let reason = state.problem.map { String(cString: $0) } ?? "unreadable text"
        let context = state.context.map { ", " + String(cString: $0) } ?? ""
        return SpecProblem(
            place: place(state.problem_mark), problem: "not valid YAML: \(reason)\(context)",
            hint: hint(reason, at: state.problem_mark))
    }

    /// What to do about a mistake of the grammar, by the characters at its place.
    private func hint(_ reason: String, at mark: yaml_mark_t) -> String? {
        let around = characters(at: mark)
        if around.before == "$", around.here == "{" {
            return "quote a variable inside brackets or braces: \"${name}\""
        }
        guard reason.hasPrefix("found character that cannot start any token") else { return nil }
        return "indent with spaces; quote text that starts with '@' or '`'"
    }

    /// The characters before and at a mark; nil past the ends of its line.
    private func characters(at mark: yaml_mark_t) -> (before: Character?, here: Character?) {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.indices.contains(mark.line) else { return (nil, nil) }
        let line = Array(String(decoding: lines[mark.line], as: UTF8.self).unicodeScalars)
        func character(_ column: Int) -> Character? {
            line.indices.contains(column) ? Character(line[column]) : nil
        }
        return (character(mark.column - 1), character(mark.column))
    }
}
