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

    /// Runs `body`, and adds to what it throws of an input what to do about it.
    ///
    /// - Parameter hint: takes the place of a hint that the error has, unless it is nil.
    package static func hinting<Result>(
        _ hint: @autoclosure () -> String?, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as UnreadableInput {
            throw UnreadableInput(
                path: error.path, problem: error.problem, hint: hint() ?? error.hint)
        }
    }

    /// `path: problem`, and the hint on a line of its own.
    public var description: String {
        "\(path): \(problem)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}
