/// One `--set NAME=VALUE`, or one line of a `--set @FILE`: a value for a declared variable.
///
/// ```swift
/// try Setting(parsing: "blocks=[0, 1]").name  // "blocks"
/// try Setting.list(parsing: "seed=7").map(\.name)  // ["seed"]
/// ```
public struct Setting: Sendable, Hashable {
    /// The variable.
    public let name: String
    /// Where it was set, for messages: `--set 'x'`, `smoke.yaml:3:1: variable 'x'`.
    let origin: String
    let value: SpecNode

    /// Parses `NAME=VALUE`. The value is a scalar of the core schema (`1e-3` is a number, `no` is text,
    /// nothing at all is empty text), or, when it starts with a quote or a bracket, YAML.
    ///
    /// - Throws: `UsageError`.
    public init(parsing argument: String) throws(UsageError) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
            throw UsageError(problem: "--set '\(Printable.quoted(argument))' is not NAME=VALUE")
        }
        name = String(argument[..<equals])
        origin = "--set '\(Printable.quoted(name))'"
        let text = String(argument[argument.index(after: equals)...])
        let place = Place.ofSetting(Printable.quoted(name))
        if let first = text.first, "\"'[{".contains(first) {
            value = try Self.compose(text, place: place)
        } else {
            let scalar: Value = text.isEmpty ? .string("") : CoreSchema.value(of: text)
            value = SpecNode(place: place, content: .scalar(scalar, text: text))
        }
    }

    private init(_ entry: SpecEntry) {
        name = entry.key
        origin = "\(entry.keyPlace): variable '\(Printable.quoted(entry.key))'"
        value = entry.value
    }

    /// Parses what stands behind `--set`: `NAME=VALUE`, or `@FILE` for every variable of a YAML
    /// mapping of names to values. `${here}` in it is the folder of that file.
    ///
    /// - Throws: `UsageError`, `UnreadableInput` for a file that cannot be read, `SpecError` for one
    ///   that is not such a mapping.
    public static func list(parsing argument: String) throws -> [Setting] {
        guard argument.hasPrefix("@") else { return [try Setting(parsing: argument)] }
        let path = UserPath.expanded(String(argument.dropFirst()))
        let bytes: [UInt8]
        do {
            bytes = try SpecParser.read(path)
        } catch {
            throw UnreadableInput(
                path: path, problem: "the file of settings cannot be read: \(error.reason)")
        }
        let problems = ProblemList()
        var entries: [SpecEntry] = []
        do {
            let documents = try YAMLComposer.documents(bytes, file: path, problems: problems)
            if documents.count == 1, let found = documents[0].entries {
                entries = found
            } else {
                problems.report(
                    documents.first?.place ?? Place(file: path, line: 1, column: 1),
                    "a file of settings is one mapping of variables to values")
            }
        } catch {
            problems.add(error)
        }
        try problems.throwIfAny()
        return entries.map(Setting.init)
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
public struct UsageError: ExitCoded, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let problem: String
    /// What to do about it.
    public let hint: String?

    /// Creates an error.
    public init(problem: String, hint: String? = nil) {
        self.problem = problem
        self.hint = hint
    }

    public var exitStatus: ProgramStatus { .usage }

    /// The problem, and the hint on a line of its own.
    public var description: String {
        problem + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}
