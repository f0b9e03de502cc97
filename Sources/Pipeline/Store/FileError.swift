import Glibc

/// A failed call of the operating system on a file or folder.
public struct FileError: Error, Equatable, CustomStringConvertible {
    /// What was tried: "write", "read", "create".
    public let operation: String
    /// The file or folder.
    public let path: String
    /// The error number.
    public let code: Int32

    /// Creates an error.
    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// The system's words for the error number.
    public var problem: String { String(cString: strerror(code)) }

    public var description: String { "cannot \(operation) '\(path)': \(problem)" }

    /// Whether the file or folder does not exist.
    var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}
