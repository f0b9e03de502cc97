import Glibc
import Pipeline

/// The file that a download grows in, `DESTINATION.part`, and beside it `DESTINATION.part.source`,
/// which says of what version of what address it is the beginning. Whatever a crash leaves of the two
/// is either gone on with or begun anew. Locked while it is open.
final class PartialFile {
    /// Where the bytes come from.
    struct Source: Equatable {
        /// The address.
        let address: String
        /// Names the version of the file there; nil when the server names none.
        let validator: String?
    }

    /// Where the whole file is to lie.
    let destination: String
    /// The bytes so far.
    private(set) var byteCount: Int
    private let descriptor: Int32
    private let disk = DiskFiles()

    private static let format = "hide-pipeline download 1"

    /// The name while it is not whole.
    var path: String { Self.path(of: destination) }

    /// The name of the unfinished file of a destination.
    static func path(of destination: String) -> String { destination + ".part" }

    private var sourcePath: String { path + ".source" }

    /// Opens or makes the unfinished file.
    ///
    /// - Throws: `FileError`; `UnreadableInput` when another process is writing it.
    init(destination: String) throws {
        self.destination = destination
        let path = Self.path(of: destination)
        try disk.makeFolder(Self.folder(of: destination))
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw FileError(operation: "create", path: path, code: errno)
        }
        byteCount = 0
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw UnreadableInput(
                path: path, problem: "another process is writing it",
                hint: "wait until that one is done")
        }
        byteCount = Int(lseek(descriptor, 0, SEEK_END))
        guard byteCount >= 0 else { throw failure("read") }
    }

    deinit { close(descriptor) }

    /// What the bytes are the beginning of; nil when nobody knows.
    var source: Source? {
        guard let bytes = try? disk.read(sourcePath) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[0] == Self.format, lines[3].isEmpty else { return nil }
        return Source(
            address: String(lines[1]), validator: lines[2].isEmpty ? nil : String(lines[2]))
    }

    /// Throws the bytes away and says what will come instead.
    func restart(_ source: Source) throws(FileError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw failure("write")
        }
        byteCount = 0
        let text = "\(Self.format)\n\(source.address)\n\(source.validator ?? "")\n"
        try disk.write(Array(text.utf8), to: sourcePath)
    }

    /// Adds bytes at the end.
    func append(_ bytes: [UInt8]) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("write") }
            offset += count
            byteCount += count
        }
    }

    /// Waits until the bytes are on the disk, gives the file its final name and waits for that too.
    func place() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw failure("write") }
        try disk.replace(destination, with: path)
        try disk.remove(sourcePath)
    }

    /// Removes everything.
    func discard() throws(FileError) {
        try disk.remove(path)
        try disk.remove(sourcePath)
    }

    private func failure(_ operation: String) -> FileError {
        FileError(operation: operation, path: path, code: errno)
    }

    /// The folder of a path.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
