public import Pipeline

/// A picture that cannot be decoded.
public struct PictureError: InputError, Hashable {
    /// The file, or what stands for it.
    public let name: String
    /// What is wrong with it, in the words of the decoder.
    public let problem: String

    /// Creates an error.
    public init(name: String, problem: String) {
        self.name = name
        self.problem = problem
    }

    public var description: String { "picture '\(name)' cannot be read: \(problem)" }
}
