import Glibc

/// The variables of one matrix cell, and the rule that fills them in.
///
/// `"${x}"` alone takes the value of x with its type; inside text the value is inserted as written;
/// `$${` is a plain `${`; `${here}` is the folder of the file in which it stands.
package struct Variables {
    /// The name of the built-in variable.
    package static let here = "here"

    private let declared: [String: SpecNode]
    private let problems: ProblemList
    private let budget: ExpansionBudget
    /// Names whose values are being filled in, to find variables that lead to themselves.
    private var open: [String] = []
    /// The levels of lists and mappings that are open.
    private var nesting = 0
    /// The place of what is filled in as a whole.
    private var outermost: Place?

    package init(
        _ declared: [String: SpecNode], problems: ProblemList,
        budget: ExpansionBudget = ExpansionBudget()
    ) {
        self.declared = declared
        self.problems = problems
        self.budget = budget
    }

    /// The folder of a file, as it is written in paths.
    package static func folder(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// Returns a node with every variable filled in; one that is not known, or too large, is unresolved
    /// and reported.
    package mutating func filled(_ node: SpecNode) -> SpecNode {
        let isOutermost = outermost == nil
        if isOutermost { outermost = node.place }
        defer { if isOutermost { outermost = nil } }
        guard mayGoOn(budget.count()) else {
            return SpecNode(place: node.place, content: .unresolved)
        }
        switch node.content {
        case .scalar(.string(let text), _): return filled(text, node.place)
        case .sequence(let elements):
            return nested(node.place) { variables in
                .sequence(elements.map { variables.filled($0) })
            }
        case .mapping(let entries):
            return nested(node.place) { variables in
                .mapping(
                    entries.map {
                        SpecEntry(
                            key: $0.key, keyPlace: $0.keyPlace, value: variables.filled($0.value))
                    })
            }
        case .scalar, .unresolved: return node
        }
    }

    /// A node of one level more.
    private mutating func nested(
        _ place: Place, _ content: (inout Variables) -> SpecNode.Content
    ) -> SpecNode {
        nesting += 1
        defer { nesting -= 1 }
        guard mayGoOn(budget.check(chain: open.count, nesting: nesting)) else {
            return SpecNode(place: place, content: .unresolved)
        }
        return SpecNode(place: place, content: content(&self))
    }

    /// Whether there is room for more. What there is too much of is reported where it comes from: a value
    /// of the command line, or what was to be filled in as a whole.
    private func mayGoOn(_ excess: ExpansionBudget.Excess?) -> Bool {
        if let excess, let outermost {
            let setting = open.lazy.compactMap { declared[$0]?.place }
                .first(where: \.isOfCommandLine)
            problems.report(setting ?? outermost, excess.problem)
        }
        return !budget.isSpent
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
        guard mayGoOn(budget.count(text: text.utf8.count)) else { return unresolved }
        guard let parts = Self.parts(of: text) else {
            problems.report(
                place, "'${' without '}' in '\(Printable.quoted(text))'",
                hint: "write '$${' for a plain '${'")
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
                guard let inserted = inserted(name, place),
                    mayGoOn(budget.count(text: inserted.utf8.count))
                else {
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
        problems.report(
            place,
            "variable '\(Printable.quoted(name))' is \(value.found) and cannot stand inside text")
        return nil
    }

    private mutating func value(of name: String, _ place: Place) -> SpecNode? {
        if name == Self.here {
            let folder = Self.folder(of: place.file)
            return SpecNode(place: place, content: .scalar(.string(folder), text: folder))
        }
        guard let node = declared[name] else {
            problems.report(
                place, "unknown variable '\(Printable.quoted(name))'", hint: hint(unknown: name))
            return nil
        }
        guard !open.contains(name) else {
            let cycle = (open.drop { $0 != name } + [name]).map { Printable.quoted($0) }
            problems.report(node.place, "variable cycle: \(cycle.joined(separator: " -> "))")
            return nil
        }
        open.append(name)
        defer { open.removeLast() }
        guard mayGoOn(budget.check(chain: open.count, nesting: nesting)) else { return nil }
        return filled(node)
    }

    /// What may be meant by a name that the file does not declare.
    private func hint(unknown name: String) -> String? {
        if let near = NearestName.hint(name, among: declared.keys) { return near }
        if name == "HOME" { return "'~' at the start of a path is the home folder" }
        if getenv(name) != nil {
            return "variables of the environment are not read: declare it under 'variables', "
                + "and give its value with --set"
        }
        return NearestName.hintOrList(name, among: declared.keys)
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
