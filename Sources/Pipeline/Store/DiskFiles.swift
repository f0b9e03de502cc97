import Glibc
import Synchronization

/// The file layer of the operating system.
package struct DiskFiles: FileLayer {
    package init() {}

    package func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = try Descriptor(path, O_RDONLY, "read")
        var bytes: [UInt8] = []
        try file.forEachChunk { bytes.append(contentsOf: $0) }
        return bytes
    }

    package func digest(of path: String) throws(FileError) -> Digest {
        let file = try Descriptor(path, O_RDONLY, "read")
        var stream = DigestStream()
        var buffer = [UInt8](repeating: 0, count: try file.bufferByteCount())
        while true {
            let count = try file.readChunk(into: &buffer)
            if count == 0 { break }
            buffer.withUnsafeBytes { stream.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return stream.finish()
    }

    package func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let file = try Descriptor(path, O_WRONLY | O_CREAT | O_TRUNC, "create")
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(file.number, $0.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("write", path) }
            offset += count
        }
        guard fsync(file.number) == 0 else { throw failure("write", path) }
        try file.close("write")
    }

    package func replace(_ path: String, with staged: String) throws(FileError) {
        guard rename(staged, path) == 0 else { throw failure("replace", path) }
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let descriptor = try Descriptor(folder, O_RDONLY | O_DIRECTORY, "write")
        // Some file systems cannot sync a folder and say EINVAL; there is nothing to wait for then.
        guard fsync(descriptor.number) == 0 || errno == EINVAL else {
            throw failure("write", folder)
        }
    }

    package func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else {
            throw failure("remove", path)
        }
    }

    package func makeFolder(_ path: String) throws(FileError) {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw failure("create", path)
        }
        try makeFolder(String(path[..<slash]))
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("create", path) }
    }

    package func names(in folder: String) throws(FileError) -> [String] {
        var opened: OpaquePointer?
        repeat { opened = opendir(folder) } while opened == nil && errno == EINTR
        guard let stream = opened else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw failure("list", folder)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // The end and an error look alike but for this: it must be 0 before every call.
            errno = 0
            guard let entry = readdir(stream) else {
                if errno == EINTR { continue }
                guard errno == 0 else { throw failure("list", folder) }
                return names.sorted(by: Value.precedes)
            }
            let name = Self.name(of: entry)
            if name != "." && name != ".." { names.append(name) }
        }
    }

    /// The name of an entry, which may be longer than the field that the header declares.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return "" }
        let start = UnsafeRawPointer(entry).advanced(by: offset)
        return String(cString: start.assumingMemoryBound(to: CChar.self))
    }

    package func status(of path: String) throws(FileError) -> FileStatus? {
        var information = stat()
        guard stat(path, &information) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw failure("read", path)
        }
        func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }
        return FileStatus(
            facts: FileFacts(
                byteCount: Int(information.st_size), modified: nanoseconds(information.st_mtim),
                inode: UInt64(information.st_ino)),
            changed: nanoseconds(information.st_ctim))
    }

    package func setModified(_ path: String, to time: Int) throws(FileError) {
        let moment = timespec(tv_sec: time / 1_000_000_000, tv_nsec: time % 1_000_000_000)
        guard utimensat(AT_FDCWD, path, [moment, moment], 0) == 0 else {
            throw failure("write", path)
        }
    }

    package func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        while true {
            let file = try Descriptor(path, O_RDWR | O_CREAT, "create")
            if flock(file.number, LOCK_EX | LOCK_NB) != 0 {
                if errno == EWOULDBLOCK { return nil }
                if errno == EINTR { continue }
                throw failure("lock", path)
            }
            // The former holder removes the file when it lets go: a lock on a file that has left
            // the folder guards nothing.
            var held = stat()
            var named = stat()
            guard fstat(file.number, &held) == 0 else { throw failure("lock", path) }
            if stat(path, &named) == 0 && named.st_ino == held.st_ino {
                return DiskLock(path: path, number: file.keepOpen())
            }
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

/// An open file, closed when the value goes out of scope.
private struct Descriptor: ~Copyable {
    private(set) var number: Int32
    private let path: String

    init(_ path: String, _ flags: Int32, _ operation: String) throws(FileError) {
        var opened: Int32
        repeat { opened = open(path, flags | O_CLOEXEC, 0o666) } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw failure(operation, path) }
        number = opened
        self.path = path
    }

    deinit {
        if number >= 0 { _ = Glibc.close(number) }
    }

    /// Closes the file and reports what the system only says then.
    consuming func close(_ operation: String) throws(FileError) {
        let open = number
        number = -1
        guard Glibc.close(open) == 0 else { throw failure(operation, path) }
    }

    /// Hands the number out; the receiver closes it.
    consuming func keepOpen() -> Int32 {
        let open = number
        number = -1
        return open
    }

    /// Reads up to the buffer's length; 0 at the end.
    func readChunk(into buffer: inout [UInt8]) throws(FileError) -> Int {
        while true {
            let count = buffer.withUnsafeMutableBytes {
                Glibc.read(number, $0.baseAddress, $0.count)
            }
            if count >= 0 { return count }
            if errno != EINTR { throw failure("read", path) }
        }
    }

    /// Enough for the whole file and the end, up to a megabyte.
    func bufferByteCount() throws(FileError) -> Int {
        var information = stat()
        guard fstat(number, &information) == 0 else { throw failure("read", path) }
        return min(Int(information.st_size) + 1, 1 << 20)
    }

    func forEachChunk(_ body: (ArraySlice<UInt8>) -> Void) throws(FileError) {
        var buffer = [UInt8](repeating: 0, count: try bufferByteCount())
        while true {
            let count = try readChunk(into: &buffer)
            if count == 0 { return }
            body(buffer[..<count])
        }
    }
}

/// A lock by `flock`, which the kernel drops with the process.
private final class DiskLock: FileLock {
    private let path: String
    /// The descriptor; nil once released.
    private let number: Mutex<Int32?>

    init(path: String, number: Int32) {
        self.path = path
        self.number = Mutex(number)
    }

    deinit { release() }

    func release() {
        number.withLock { number in
            guard let open = number else { return }
            // Removed while held, so nobody can hold a lock on the name at the same time. A failure
            // leaves an empty file that the next run removes.
            _ = unlink(path)
            _ = close(open)
            number = nil
        }
    }
}
