public import Pipeline

/// A picture that cannot be decoded.
public struct PictureError: InputError, Hashable {
    /// The file, or what stands for it.
    public let name: String
    /// What is wrong with it: what it holds instead, or the words of the decoder.
    public let problem: String
    /// What mends it: converting it, fetching it again or completing it.
    public let hint: String?

    /// Creates an error.
    public init(name: String, problem: String, hint: String? = nil) {
        self.name = name
        self.problem = problem
        self.hint = hint
    }

    public var description: String {
        "picture '\(Printable.text(name))' cannot be read: \(problem)"
            + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}

/// What mends a file that cannot be decoded. No picture is lost by any of it.
enum PictureRemedy: String, Sendable {
    case convert = "convert it to JPEG or PNG"
    case fetchAgain = "fetch or copy the file again"
    case pull = "'git lfs pull' in the repository that it is of brings the picture"
    case get = "'git annex get' in the repository that it is of brings the picture"
    case unpack = "unpack the archive, and put the pictures in its place"
    case scale = "scale the picture down"

    /// What mends a file of a known format, by what its decoder says.
    init(_ problem: String) {
        if problem.contains("not supported") {
            self = .convert
        } else if problem.contains("more than the limit") || problem.contains("too much memory") {
            self = .scale
        } else {
            self = .fetchAgain
        }
    }
}
