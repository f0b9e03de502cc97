import Glibc
import Synchronization

/// The file layer of the operating system.
package struct DiskFiles: FileLayer {
    package init() {}

    package func open(_ path: String) throws(FileError) -> OpenFile {
        try OpenFile(path, O_RDONLY, "read")
    }

    package func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = try open(path)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(file.byteCount)
        try file.forEachChunk {
            bytes.append(contentsOf: $0)
            return true
        }
        return bytes
    }

    package func digest(of path: String) throws(FileError) -> Digest {
        let file = try open(path)
        var stream = DigestStream()
        try file.forEachChunk {
            stream.update($0)
            return true
        }
        return stream.finish()
    }

    /// What stands under the name is removed and never written through: it may be a link, or a file
    /// with another name.
    package func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try remove(path)
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "create")
        try file.write(bytes, at: 0)
        try file.sync()
        try file.close()
    }

    package func replace(_ path: String, with staged: String) throws(FileError) {
        guard retrying({ rename(staged, path) }) == 0 else { throw failure("replace", path) }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try sync(folder: folder.isEmpty ? "/" : folder)
    }

    private func sync(folder: String) throws(FileError) {
        let descriptor = retrying { Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw failure("write", folder) }
        defer { _ = closeOnce(descriptor) }
        // Some file systems cannot sync a folder and say EINVAL; there is nothing to wait for then.
        guard retrying({ fsync(descriptor) }) == 0 || errno == EINVAL else {
            throw failure("write", folder)
        }
    }

    package func remove(_ path: String) throws(FileError) {
        guard retrying({ unlink(path) }) == 0 || errno == ENOENT || errno == ENOTDIR else {
            throw failure("remove", path)
        }
    }

    package func makeFolder(_ path: String) throws(FileError) {
        if make(path) { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw failure("create", path)
        }
        try makeFolder(String(path[..<slash]))
        guard make(path) else { throw failure("create", path) }
    }

    private func make(_ path: String) -> Bool {
        retrying { mkdir(path, 0o777) } == 0 || errno == EEXIST
    }

    package func names(in folder: String) throws(FileError) -> [String] {
        do throws(FolderListing.Failure) {
            return try FolderListing.names(in: folder).map { String(decoding: $0, as: UTF8.self) }
                .sorted(by: Value.precedes)
        } catch {
            if !error.isOpened, error.code == ENOENT { return [] }
            throw FileError(operation: "list", path: folder, code: error.code)
        }
    }

    package func status(of path: String) throws(FileError) -> FileStatus? {
        var information = stat()
        guard retrying({ stat(path, &information) }) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("read", path)
        }
        return FileStatus(
            facts: FileFacts(
                byteCount: Int(information.st_size),
                modified: Self.nanoseconds(information.st_mtim),
                inode: UInt64(information.st_ino)),
            changed: Self.nanoseconds(information.st_ctim))
    }

    /// A time in nanoseconds since 1970; one beyond the years 1677 to 2262, which a file may have, is
    /// the nearest of these.
    static func nanoseconds(_ time: timespec) -> Int {
        let (whole, overflows) = time.tv_sec.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowsToo) = whole.addingReportingOverflow(time.tv_nsec)
        return overflows || overflowsToo ? (time.tv_sec < 0 ? .min : .max) : sum
    }

    package func setModified(_ path: String, to time: Int) throws(FileError) {
        let moment = timespec(tv_sec: time / 1_000_000_000, tv_nsec: time % 1_000_000_000)
        guard retrying({ utimensat(AT_FDCWD, path, [moment, moment], 0) }) == 0 else {
            throw failure("write", path)
        }
    }

    package func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        while true {
            let file = try lockFile(path)
            guard try file.lock() else { return nil }
            // The former holder removes the file when it lets go: a lock on a file that has left
            // the folder guards nothing.
            if try file.isNamed() { return DiskLock(file) }
        }
    }

    /// The file of a lock. That of another user can be locked, though not written.
    private func lockFile(_ path: String) throws(FileError) -> OpenFile {
        do throws(FileError) {
            return try OpenFile(path, O_RDWR | O_CREAT | O_NOFOLLOW, "create")
        } catch {
            guard error.code == EACCES, (try? status(of: path)) != nil else { throw error }
            return try OpenFile(path, O_RDONLY | O_NOFOLLOW, "create")
        }
    }

    package func now() -> Int {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return moment.tv_sec * 1_000_000_000 + moment.tv_nsec
    }
}

private func failure(_ operation: String, _ path: String) -> FileError {
    FileError(operation: operation, path: path, code: errno)
}

/// A lock by `flock`, which the kernel drops with the process.
private final class DiskLock: FileLock {
    private let file: OpenFile

    init(_ file: OpenFile) { self.file = file }

    deinit { release() }

    func release() {
        file.letGo { path in
            // Removed while held, so nobody can hold a lock on the name at the same time. A failure
            // leaves an empty file that the next run removes.
            _ = retrying { unlink(path) }
        }
    }
}
