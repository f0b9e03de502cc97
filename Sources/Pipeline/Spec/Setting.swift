/// One `--set NAME=VALUE`: a value for a declared variable.
public struct Setting: Sendable, Hashable {
    /// The variable.
    public let name: String
    let value: SpecNode

    /// Parses `NAME=VALUE`. The value is a scalar of the core schema (`1e-3` is a number, `no` is text,
    /// nothing at all is empty text), or, when it starts with a quote or a bracket, YAML.
    ///
    /// - Throws: `UsageError`.
    public init(parsing argument: String) throws(UsageError) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
            throw UsageError(problem: "--set '\(argument)' is not NAME=VALUE")
        }
        name = String(argument[..<equals])
        let text = String(argument[argument.index(after: equals)...])
        let place = Place(file: "--set \(name)", line: 1, column: 1)
        if let first = text.first, "\"'[{".contains(first) {
            value = try Self.compose(text, place: place)
        } else {
            let scalar: Value = text.isEmpty ? .string("") : CoreSchema.value(of: text)
            value = SpecNode(place: place, content: .scalar(scalar, text: text))
        }
    }

    private static func compose(_ text: String, place: Place) throws(UsageError) -> SpecNode {
        let problems = ProblemList()
        let documents: [SpecNode]
        do {
            documents = try YAMLComposer.documents(
                Array(text.utf8), file: place.file, problems: problems)
            try problems.throwIfAny()
        } catch {
            throw UsageError(problem: "\(error)")
        }
        return documents.first ?? SpecNode(place: place, content: .scalar(.string(""), text: ""))
    }
}

/// A mistake of the command line. The program ends with exit code 64.
public struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let problem: String
    /// What to do about it.
    public let hint: String?

    /// Creates an error.
    public init(problem: String, hint: String? = nil) {
        self.problem = problem
        self.hint = hint
    }

    /// The problem, and the hint on a line of its own.
    public var description: String {
        problem + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}
