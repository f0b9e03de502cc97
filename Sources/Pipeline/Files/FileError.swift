import Glibc

/// A failed call of the operating system on a file or folder.
public struct FileError: ExitCoded, Equatable, CustomStringConvertible {
    /// What was tried: "write", "read", "create".
    public let operation: String
    /// The file or folder.
    public let path: String
    /// The error number.
    public let code: Int32
    /// What was found instead of a plain file, in words; nil when the system's words say it all.
    public let found: String?

    /// Creates an error.
    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
        found = nil
    }

    /// The error that something else is where a plain file is due.
    package init(operation: String, path: String, kind: InputPath.Kind) {
        self.operation = operation
        self.path = path
        code = kind == .folder ? EISDIR : ENXIO
        found = if case .other(let words) = kind { words } else { "a folder" }
    }

    /// The system's words for the error number, or what was found instead of a file.
    public var problem: String {
        found.map { "it is \($0), not a file" } ?? String(cString: strerror(code))
    }

    public var description: String { "cannot \(operation) '\(path)': \(problem)" }

    public var exitStatus: ProgramStatus { .storeFailed }

    /// Whether the file or folder does not exist.
    package var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}
