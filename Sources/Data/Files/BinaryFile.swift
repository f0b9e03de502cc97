import Foundation
public import Pipeline

/// An open file of known size, read at positions. Reading beyond the end, or a file that shrinks
/// meanwhile, is an error and never a crash, which a memory map could not promise.
public final class BinaryFile: Sendable {
    /// The path, for messages.
    public let path: String
    /// The size when the file was opened, in bytes.
    public let byteCount: Int
    // `pread` moves no position, so threads may share the descriptor; it is closed with the object.
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Throws: `UnreadableInput` when it is missing, unreadable or not a plain file.
    public init(_ path: String) throws(UnreadableInput) {
        self.path = path
        // A FIFO without a writer would hold the program up; of a plain file the flag changes nothing.
        let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        self.descriptor = descriptor
        var status = stat()
        guard descriptor >= 0, retrying({ fstat(descriptor, &status) }) == 0 else {
            let problem = Self.systemError()
            if descriptor >= 0 { _ = closeOnce(descriptor) }
            byteCount = 0
            throw UnreadableInput(path: path, problem: problem)
        }
        byteCount = Int(status.st_size)
        let kind = InputPath.kind(status)
        guard kind == .file else {
            _ = closeOnce(descriptor)
            let found = if case .other(let words) = kind { words } else { "a folder" }
            throw UnreadableInput(path: path, problem: "is \(found), not a file")
        }
    }

    deinit { _ = closeOnce(descriptor) }

    /// Returns the whole content of a file.
    ///
    /// - Throws: `UnreadableInput`, also above `limit` bytes.
    public static func contents(
        of path: String, limit: Int = 1 << 30
    ) throws(UnreadableInput) -> [UInt8] {
        let file = try BinaryFile(path)
        guard file.byteCount <= limit else {
            throw file.error("\(file.byteCount) bytes are more than the limit of \(limit)")
        }
        return try file.read(at: 0, count: file.byteCount)
    }

    /// Returns `count` bytes from `offset` on.
    ///
    /// - Throws: `UnreadableInput` when the file ends before.
    public func read(at offset: Int, count: Int) throws(UnreadableInput) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
            throw cut()
        }
        var readCount = 0
        var problem: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            while readCount < count {
                let target = UnsafeMutableBufferPointer(rebasing: buffer[readCount...])
                let got = retrying {
                    pread(descriptor, target.baseAddress, target.count, off_t(offset + readCount))
                }
                guard got > 0 else {
                    problem = got == 0 ? nil : Self.systemError()
                    break
                }
                readCount += got
            }
            initializedCount = readCount
        }
        guard readCount == count else { throw problem.map(error) ?? cut() }
        return bytes
    }

    /// An error about this file. The problem may hold names of the file: their control characters are
    /// shown escaped.
    func error(_ problem: String) -> UnreadableInput {
        UnreadableInput(path: path, problem: Printable.text(problem))
    }

    private func cut() -> UnreadableInput { error("the file ends before its content does") }

    private static func systemError() -> String {
        errno == ENOENT ? "does not exist" : String(cString: strerror(errno))
    }
}

/// Little-endian integers out of bytes. The caller has checked the length.
extension [UInt8] {
    func littleEndian16(at offset: Int) -> Int {
        Int(self[offset]) | Int(self[offset + 1]) << 8
    }

    func littleEndian32(at offset: Int) -> Int {
        littleEndian16(at: offset) | littleEndian16(at: offset + 2) << 16
    }

    func littleEndian64(at offset: Int) -> UInt64 {
        UInt64(littleEndian32(at: offset)) | UInt64(littleEndian32(at: offset + 4)) << 32
    }
}
