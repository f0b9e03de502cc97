/// Marks errors that say: an input of the user (dataset, picture, checkpoint) is missing or
/// unreadable. The program ends with exit code 66.
public protocol InputError: ExitCoded, CustomStringConvertible {}

extension InputError {
    /// An input is missing or unreadable.
    public var exitStatus: ProgramStatus { .missingInput }
}

/// An input that is missing or unreadable.
public struct UnreadableInput: InputError, Equatable {
    /// The file or folder.
    public let path: String
    /// What is wrong with it.
    public let problem: String
    /// What to do about it.
    public let hint: String?

    /// Creates an error.
    public init(path: String, problem: String, hint: String? = nil) {
        self.path = path
        self.problem = problem
        self.hint = hint
    }

    /// `path: problem`, and the hint on a line of its own.
    public var description: String {
        "\(path): \(problem)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}
