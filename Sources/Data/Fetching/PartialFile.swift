import Glibc
import Pipeline

/// The file that a download grows in, `DESTINATION.part`, and beside it `DESTINATION.part.source`,
/// which says of what version of what address it is the beginning. Whatever a crash leaves of the two
/// is either gone on with or begun anew. Locked while it is open; one that is still empty at the end is
/// removed. Links are not written through: what they lead to may be somebody's file.
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
    private let file: OpenFile
    /// Whether the name is no longer ours: it was given away, or removed.
    private var isGone = false
    private let disk = DiskFiles()

    private static let format = "hide-pipeline download 1"

    /// The name while it is not whole.
    var path: String { Self.path(of: destination) }

    /// The name of the unfinished file of a destination.
    static func path(of destination: String) -> String { destination + ".part" }

    private var sourcePath: String { path + ".source" }

    /// Opens or makes the unfinished file.
    ///
    /// - Throws: `FileError`; `UnreadableInput` when another process is writing it, and when it or the
    ///   destination is a link or no file at all.
    init(destination: String) throws {
        self.destination = destination
        try Self.refuseLink(destination)
        try disk.makeFolder(Self.folder(of: destination))
        file = try Self.locked(Self.path(of: destination))
        byteCount = try file.size()
    }

    deinit {
        if byteCount == 0 && !isGone { try? discard() }
    }

    private static func locked(_ path: String) throws -> OpenFile {
        while true {
            let file = try open(path)
            guard try file.lock() else {
                throw UnreadableInput(
                    path: path, problem: "another process is writing it",
                    hint: "wait until that one is done")
            }
            // The process before may have given it its final name meanwhile: that file is done.
            if try file.isNamed() { return file }
        }
    }

    private static func open(_ path: String) throws -> OpenFile {
        let hint = "remove it, then run again"
        try refuseLink(path)
        do throws(FileError) {
            let file = try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, "create")
            if file.hasOneName { return file }
        } catch {
            guard let found = error.found else { throw error }
            throw UnreadableInput(path: path, problem: "is \(found), not a file", hint: hint)
        }
        throw UnreadableInput(
            path: path, problem: "is a file with another name besides (a hard link)", hint: hint)
    }

    private static func refuseLink(_ path: String) throws(UnreadableInput) {
        var status = stat()
        guard retrying({ lstat(path, &status) }) == 0, status.st_mode & S_IFMT == S_IFLNK else {
            return
        }
        throw UnreadableInput(
            path: path, problem: "is a link, through which nothing is written",
            hint: "remove it, then run again")
    }

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
        try file.truncate(to: 0)
        byteCount = 0
        let text = "\(Self.format)\n\(source.address)\n\(source.validator ?? "")\n"
        try disk.write(Array(text.utf8), to: sourcePath)
    }

    /// Adds bytes at the end.
    func append(_ bytes: [UInt8]) throws(FileError) {
        try file.write(bytes, at: byteCount)
        byteCount += bytes.count
    }

    /// Waits until the bytes are on the disk, gives the file its final name and waits for that too.
    func place() throws(FileError) {
        try file.sync()
        try disk.replace(destination, with: path)
        isGone = true
        try disk.remove(sourcePath)
    }

    /// Removes everything.
    func discard() throws(FileError) {
        isGone = true
        try disk.remove(path)
        try disk.remove(sourcePath)
    }

    /// The folder of a path.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
