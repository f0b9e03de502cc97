import CArchive
import Foundation
import Pipeline

/// Unpacks the archives in which datasets are published: tar (plain, gzip, bzip2, xz) and zip.
///
/// Everything is written to a staging folder beside the archive's target and renamed at the end, so
/// that a folder that is there is whole, whatever interrupts the work. Of two processes that unpack
/// the same archive one waits for the other.
public struct ArchiveUnpacker: Sendable {
    /// The greatest number of entries.
    static let maximumEntryCount = 4_000_000

    /// The archive.
    public let archive: String
    /// The folder that the items are put into.
    public let folder: String
    /// The files and folders at the archive's top level that are wanted. Others are passed over.
    public let items: [String]

    /// Prepares the unpacking of `items` of an archive into a folder.
    ///
    /// - Precondition: there is an item, and each is a plain name.
    public init(archive: String, into folder: String, items: [String]) {
        precondition(!items.isEmpty && items.allSatisfy { ArchivePath($0)?.parts.count == 1 })
        self.archive = archive
        self.folder = folder
        self.items = items
    }

    /// Returns whether every item is there.
    ///
    /// - Throws: `UnreadableInput` when that cannot be told.
    func isDone() throws(UnreadableInput) -> Bool {
        for item in items where !(try InputPath.exists("\(folder)/\(item)")) { return false }
        return true
    }

    /// Unpacks the archive, unless every item is there.
    ///
    /// - Parameter progress: called now and then with bytes of the archive read, of all; may throw
    ///   to give up.
    /// - Returns: whether something was unpacked.
    /// - Throws: `UnreadableInput` when the archive is missing or damaged, holds a link or a path
    ///   that leaves the folder, lacks an item, or when the folder cannot be made; `FileError` when
    ///   the disk is full or refuses to be written.
    @discardableResult
    public func unpack(
        progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
    ) throws -> Bool {
        if try isDone() { return false }
        let name = archive.split(separator: "/").last.map(String.init) ?? archive
        let staging: StagingFolder
        do {
            staging = try StagingFolder("\(folder)/.unpacking-\(name)")
        } catch {
            throw UnreadableInput(
                path: archive, problem: "cannot be unpacked into '\(folder)': \(error.problem)",
                hint: "unpack it by hand where the pictures are to lie")
        }
        defer { staging.remove() }
        // Another process may have done it while this one waited for the folder.
        if try isDone() { return false }
        try extract(into: staging.path, progress)
        guard staging.sync() else {
            throw failure("cannot be unpacked into '\(folder)': \(systemError())")
        }
        for item in items {
            let target = "\(folder)/\(item)"
            if try InputPath.exists(target) { continue }
            guard retrying({ rename("\(staging.path)/\(item)", target) }) == 0 else {
                throw failure("'\(item)' cannot be put into '\(folder)': \(systemError())")
            }
        }
        return true
    }

    private func extract(
        into staging: String, _ progress: (Int, Int) throws -> Void
    ) throws {
        let reader = try ArchiveReader(archive)
        // Pictures hardly compress, so this is far above any archive that is meant well.
        var budget = 1 << 30 + 64 * reader.byteCount
        var count = 0
        while let entry = try reader.next() {
            count += 1
            guard count <= Self.maximumEntryCount else { throw failure("has too many entries") }
            guard let path = ArchivePath(entry.path) else {
                throw failure("holds the path '\(entry.path)', which leaves the folder")
            }
            guard let top = path.parts.first, items.contains(top) else { continue }
            let target = "\(staging)/\(path.parts.joined(separator: "/"))"
            switch entry.kind {
            case .folder: try makeFolder(target)
            case .file:
                try makeFolder(
                    String(target.prefix(upTo: target.lastIndex(of: "/") ?? target.endIndex)))
                try reader.write(to: target, budget: &budget)
            case .other: throw failure("'\(entry.path)' is a link or device, which is not unpacked")
            }
            if count.isMultiple(of: 64) { try progress(reader.position, reader.byteCount) }
        }
        for item in items where !(try InputPath.exists("\(staging)/\(item)")) {
            throw failure("does not hold '\(item)'")
        }
        try progress(reader.byteCount, reader.byteCount)
    }

    private func makeFolder(_ path: String) throws(UnreadableInput) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw failure("cannot be unpacked: \(path): \(systemError())")
        }
    }

    private func failure(_ problem: String) -> UnreadableInput {
        UnreadableInput(
            path: archive, problem: problem, hint: "get the archive again, or unpack it by hand")
    }

    private func systemError() -> String { String(cString: strerror(errno)) }
}

/// A path inside an archive that stays below the folder it is unpacked into.
struct ArchivePath {
    /// The names from the top, without `.`.
    let parts: [String]

    /// Reads a path; nil when it is absolute, leads upwards or holds a zero byte.
    init?(_ text: String) {
        let parts = text.split(separator: "/").map(String.init).filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.contains(".."), !text.utf8.contains(0) else {
            return nil
        }
        self.parts = parts
    }
}

/// A folder that one process at a time works in. What a dead process left in it is removed.
final class StagingFolder: Sendable {
    let path: String
    // Locked as long as it is open, and unlocked with the death of the process.
    private let descriptor: Int32

    /// Makes the folder, waits until no other process has it, and empties it.
    ///
    /// - Throws: when it cannot be made.
    init(_ path: String) throws(StagingProblem) {
        self.path = path
        while true {
            guard retrying({ mkdir(path, 0o755) }) == 0 || errno == EEXIST else {
                throw StagingProblem(path)
            }
            let descriptor = retrying {
                open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
            if descriptor < 0 {
                if errno == ENOENT { continue }
                throw StagingProblem(path)
            }
            guard lockOpenFile(descriptor, waits: true) else {
                defer { _ = closeOnce(descriptor) }
                throw StagingProblem(path)
            }
            // The process before may have removed it; then the lock is on a folder without a name.
            var (held, named) = (stat(), stat())
            guard retrying({ fstat(descriptor, &held) }) == 0,
                retrying({ lstat(path, &named) }) == 0 || errno == ENOENT
            else {
                defer { _ = closeOnce(descriptor) }
                throw StagingProblem(path)
            }
            if held.st_ino == named.st_ino {
                self.descriptor = descriptor
                break
            }
            _ = closeOnce(descriptor)
        }
        // What is left over here would be taken for content of the archive.
        do {
            for name in try InputPath.names(in: path) {
                try FileManager.default.removeItem(atPath: "\(path)/\(name)")
            }
        } catch {
            throw StagingProblem(problem: "\(path) cannot be emptied: \(error)")
        }
    }

    /// Has everything in it written to the disk; false when that fails.
    func sync() -> Bool { hide_archive_sync(descriptor) == 0 }

    /// Removes the folder with everything in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }

    deinit { _ = closeOnce(descriptor) }
}

/// Why a staging folder cannot be made: what the system says, or what is in its place.
struct StagingProblem: Error {
    let problem: String

    fileprivate init(_ path: String) {
        let words = String(cString: strerror(errno))
        var status = stat()
        let isFolder =
            retrying { lstat(path, &status) } != 0 || status.st_mode & S_IFMT == S_IFDIR
        problem = isFolder ? words : "'\(path)' is in the way: it is no folder"
    }

    fileprivate init(problem: String) { self.problem = problem }
}
