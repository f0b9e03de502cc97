import Foundation

/// The targets of a package description, as its text declares them.
struct PackageManifest {
    struct Target: Equatable {
        /// `target`, `executableTarget`, `testTarget` or `systemLibrary`.
        let kind: String
        let name: String
        /// The names of targets and products.
        let dependencies: Set<String>
        /// The folder with its files, from the root.
        let path: String
        /// The settings of the compilers.
        let settings: [String]
    }

    /// In their order.
    let targets: [Target]

    init(_ text: String) {
        let text = SwiftText(text).uncommented
        let list =
            text.range(of: "targets: [", options: .backwards) ?? text.endIndex..<text.endIndex
        // Products name their targets in lists as well: the last such list is that of the package.
        targets = Self.calls(in: String(text[list.upperBound...])).map(Self.target)
    }

    /// The target of a name.
    subscript(name: String) -> Target? { targets.first { $0.name == name } }

    /// What a target needs, directly or not, with itself.
    func closure(of name: String) -> Set<String> {
        var found: Set<String> = []
        var open = [name]
        while let next = open.popLast() {
            guard let target = self[next], found.insert(next).inserted else { continue }
            open += target.dependencies
        }
        return found
    }

    /// The calls `.kind(…)` at the top level of a list, as kind and content.
    private static func calls(in text: String) -> [(kind: String, content: String)] {
        var calls: [(String, String)] = []
        var depth = 0
        var word = ""
        var content = ""
        for character in text {
            if depth > 0 { content.append(character) }
            switch character {
            case "(":
                depth += 1
            case ")":
                depth -= 1
                if depth == 0 { calls.append((word, String(content.dropLast()))) }
                if depth <= 0 { (word, content) = ("", "") }
            case "]" where depth == 0: return calls
            default:
                if depth == 0, character.isLetter { word.append(character) }
            }
        }
        return calls
    }

    private static func target(_ call: (kind: String, content: String)) -> Target {
        let content = call.content
        let name = strings(after: "name:", in: content, until: ",").first ?? ""
        let folder = call.kind == "testTarget" ? "Tests" : "Sources"
        var dependencies = Set(strings(after: "dependencies:", in: content, until: "]"))
        // A product is given with the package that it comes from.
        for package in strings(everywhereAfter: "package:", in: content) {
            dependencies.remove(package)
        }
        return Target(
            kind: call.kind, name: name,
            dependencies: dependencies,
            path: strings(after: "path:", in: content, until: ",").first ?? "\(folder)/\(name)",
            settings: (content.contains("swiftSettings: strict") ? ["strict"] : [])
                + strings(after: "unsafeFlags(", in: content, until: ")"))
    }

    private static func strings(
        after label: String, in text: String, until end: Character
    ) -> [String] {
        guard let start = text.range(of: label) else { return [] }
        return literals(String(text[start.upperBound...].prefix { $0 != end }))
    }

    private static func strings(everywhereAfter label: String, in text: String) -> [String] {
        text.components(separatedBy: label).dropFirst().compactMap { literals($0).first }
    }

    private static func literals(_ text: String) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
    }
}
