/// The variables of one matrix cell, and the rule that fills them in.
///
/// `"${x}"` alone takes the value of x with its type; inside text the value is inserted as written;
/// `$${` is a plain `${`; `${here}` is the folder of the file in which it stands.
package struct Variables {
    /// The name of the built-in variable.
    package static let here = "here"

    private let declared: [String: SpecNode]
    private let problems: ProblemList
    /// Names whose values are being filled in, to find variables that lead to themselves.
    private var open: [String] = []

    package init(_ declared: [String: SpecNode], problems: ProblemList) {
        self.declared = declared
        self.problems = problems
    }

    /// The folder of a file, as it is written in paths.
    package static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// Returns a node with every variable filled in.
    package mutating func filled(_ node: SpecNode) -> SpecNode {
        switch node.content {
        case .scalar(.string(let text), _): return filled(text, node.place)
        case .sequence(let elements):
            return SpecNode(
                place: node.place, content: .sequence(elements.map { filled($0) }))
        case .mapping(let entries):
            let complete = entries.map {
                SpecEntry(key: $0.key, keyPlace: $0.keyPlace, value: filled($0.value))
            }
            return SpecNode(place: node.place, content: .mapping(complete))
        case .scalar, .unresolved: return node
        }
    }

    /// A part of a text: plain, or the name between `${` and `}`.
    private enum Part {
        case plain(String)
        case variable(String)
    }

    private mutating func filled(_ text: String, _ place: Place) -> SpecNode {
        guard text.contains("${") else {
            return SpecNode(place: place, content: .scalar(.string(text), text: text))
        }
        let unresolved = SpecNode(place: place, content: .unresolved)
        guard let parts = Self.parts(of: text) else {
            problems.report(
                place, "'${' without '}' in '\(text)'", hint: "write '$${' for a plain '${'")
            return unresolved
        }
        if parts.count == 1, case .variable(let name) = parts[0] {
            return value(of: name, place)?.moved(to: place) ?? unresolved
        }
        var result = ""
        var isComplete = true
        for part in parts {
            switch part {
            case .plain(let text): result += text
            case .variable(let name):
                guard let inserted = inserted(name, place) else {
                    isComplete = false
                    continue
                }
                result += inserted
            }
        }
        guard isComplete else { return unresolved }
        return SpecNode(place: place, content: .scalar(.string(result), text: result))
    }

    /// The text that a variable becomes inside text; nil when that is a mistake, which is reported.
    private mutating func inserted(_ name: String, _ place: Place) -> String? {
        guard let value = value(of: name, place), !value.isUnresolved else { return nil }
        if case .scalar(_, let text) = value.content { return text }
        problems.report(place, "variable '\(name)' is \(value.found) and cannot stand inside text")
        return nil
    }

    private mutating func value(of name: String, _ place: Place) -> SpecNode? {
        if name == Self.here {
            let folder = Self.folder(of: place.file)
            return SpecNode(place: place, content: .scalar(.string(folder), text: folder))
        }
        guard let node = declared[name] else {
            problems.report(
                place, "unknown variable '\(name)'",
                hint: NearestName.hintOrList(name, among: declared.keys))
            return nil
        }
        guard !open.contains(name) else {
            let cycle = (open.drop { $0 != name } + [name]).joined(separator: " -> ")
            problems.report(node.place, "variable cycle: \(cycle)")
            return nil
        }
        open.append(name)
        defer { open.removeLast() }
        return filled(node)
    }

    /// Splits a text; nil when a `${` has no `}`.
    private static func parts(of text: String) -> [Part]? {
        var parts: [Part] = []
        var plain = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            plain += rest[..<start.lowerBound]
            if plain.hasSuffix("$") {
                plain += "{"
                rest = rest[start.upperBound...]
                continue
            }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else { return nil }
            if !plain.isEmpty { parts.append(.plain(plain)) }
            plain = ""
            parts.append(.variable(String(rest[start.upperBound..<end])))
            rest = rest[rest.index(after: end)...]
        }
        plain += rest
        if !plain.isEmpty { parts.append(.plain(plain)) }
        return parts
    }
}
