import CArchive
import Foundation
import Pipeline

/// Reads an archive entry by entry through libarchive.
final class ArchiveReader {
    /// The head of an entry.
    struct Entry {
        /// What an entry is.
        enum Kind {
            case file, folder
            /// A link, device, pipe or socket.
            case other
        }

        let path: String
        let kind: Kind
    }

    /// The size of the archive in bytes.
    let byteCount: Int
    private let path: String
    private let handle: OpaquePointer

    /// Opens an archive.
    ///
    /// - Throws: `UnreadableInput` when it is missing.
    init(_ path: String) throws(UnreadableInput) {
        self.path = path
        byteCount = try BinaryFile(path).byteCount
        guard let handle = hide_archive_open(path) else {
            throw UnreadableInput(path: path, problem: "out of memory")
        }
        self.handle = handle
    }

    deinit { hide_archive_close(handle) }

    /// How many bytes of the archive have been read.
    var position: Int { Int(hide_archive_position(handle)) }

    /// Goes to the next entry; nil after the last.
    ///
    /// - Throws: `UnreadableInput` when the archive is damaged or of a format that is not read.
    func next() throws(UnreadableInput) -> Entry? {
        var name: UnsafePointer<CChar>?
        var kind: Int32 = 0
        let status = hide_archive_next(handle, &name, &kind)
        if status == Int32(HIDE_ARCHIVE_DONE) { return nil }
        guard status == Int32(HIDE_ARCHIVE_ENTRY) else { throw failure(status) }
        guard let name else { throw failure("an entry without a readable name") }
        return Entry(
            path: String(cString: name),
            kind: kind == Int32(HIDE_ARCHIVE_FILE)
                ? .file : kind == Int32(HIDE_ARCHIVE_FOLDER) ? .folder : .other)
    }

    /// Writes the content of the current entry to a new file.
    ///
    /// - Parameter budget: bytes that may be written yet.
    /// - Throws: `UnreadableInput` when the archive is at fault, `FileError` when the disk is.
    func write(to target: String, budget: inout Int) throws {
        let descriptor = retrying {
            open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        }
        guard descriptor >= 0 else { throw systemFailure(errno, target) }
        var rest = Int64(budget)
        var status = hide_archive_write(handle, descriptor, &rest)
        var code = errno
        budget = Int(rest)
        if closeOnce(descriptor) != 0, status == 0 {
            (status, code) = (Int32(HIDE_ARCHIVE_SYSTEM), errno)
        }
        if status == Int32(HIDE_ARCHIVE_SYSTEM) { throw systemFailure(code, target) }
        guard status == 0 else { throw failure(status) }
    }

    private func systemFailure(_ code: Int32, _ target: String) -> any Error {
        // Other errors are about the path, which the archive chose.
        let isOfTheDisk = [ENOSPC, EDQUOT, EIO, EROFS, EACCES, EPERM, EFBIG].contains(code)
        return isOfTheDisk
            ? FileError(operation: "write", path: target, code: code)
            : failure(String(cString: strerror(code)))
    }

    private func failure(_ status: Int32) -> UnreadableInput {
        switch status {
        case Int32(HIDE_ARCHIVE_SYSTEM): failure(String(cString: strerror(errno)))
        case Int32(HIDE_ARCHIVE_OVER_BUDGET):
            failure("is far larger unpacked than packed")
        default: failure(String(cString: hide_archive_problem(handle)))
        }
    }

    private func failure(_ problem: String) -> UnreadableInput {
        UnreadableInput(path: path, problem: "the archive cannot be unpacked: \(problem)")
    }
}
