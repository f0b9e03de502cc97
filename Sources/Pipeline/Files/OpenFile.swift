import Glibc
import Synchronization

/// An open plain file. FIFOs, devices, sockets and folders are refused at once: opening one neither
/// waits nor has an effect.
///
/// Bytes are read at positions, so threads may share a file. It is closed with the object.
package final class OpenFile: Sendable {
    /// The path it was opened with.
    package let path: String
    /// The size when it was opened, in bytes.
    package let byteCount: Int
    /// Whether it has no other name: nobody sees by another path what is written here.
    package let hasOneName: Bool
    /// The descriptor; nil once closed.
    private let descriptor: Mutex<Int32?>
    private let number: Int32
    private let device: UInt
    private let inode: UInt

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - flags: those of `open`; `O_CLOEXEC` and `O_NONBLOCK` are added.
    ///   - operation: the word for errors: "read", "create".
    package init(_ path: String, _ flags: Int32, _ operation: String) throws(FileError) {
        let number = retrying { open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o666) }
        guard number >= 0 else { throw Self.refusal(path, operation, errno) }
        var status = stat()
        guard retrying({ fstat(number, &status) }) == 0 else {
            let code = errno
            _ = closeOnce(number)
            throw FileError(operation: operation, path: path, code: code)
        }
        guard InputPath.kind(status) == .file else {
            _ = closeOnce(number)
            throw FileError(operation: operation, path: path, kind: InputPath.kind(status))
        }
        self.path = path
        self.number = number
        descriptor = Mutex(number)
        byteCount = Int(status.st_size)
        hasOneName = status.st_nlink <= 1
        (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
    }

    deinit {
        // Whoever wrote has called `close`, which says whether the bytes arrived.
        descriptor.withLock { if let number = $0 { _ = closeOnce(number) } }
    }

    /// A writer without a reader, and a socket, cannot even be opened.
    private static func refusal(_ path: String, _ operation: String, _ code: Int32) -> FileError {
        var status = stat()
        guard code == ENXIO || code == EISDIR, retrying({ stat(path, &status) }) == 0,
            InputPath.kind(status) != .file
        else { return FileError(operation: operation, path: path, code: code) }
        return FileError(operation: operation, path: path, kind: InputPath.kind(status))
    }

    /// Whether the name that it was opened with still leads to it.
    package func isNamed() throws(FileError) -> Bool {
        var named = stat()
        guard retrying({ lstat(path, &named) }) == 0 else {
            if errno == ENOENT { return false }
            throw failure("read")
        }
        return UInt(named.st_dev) == device && UInt(named.st_ino) == inode
    }

    /// The size at this moment, in bytes.
    package func size() throws(FileError) -> Int {
        var status = stat()
        guard retrying({ fstat(number, &status) }) == 0 else { throw failure("read") }
        return Int(status.st_size)
    }

    /// Reads from a position on until the buffer is full or the file ends.
    ///
    /// - Returns: the bytes read.
    package func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Int {
        var count = 0
        while count < buffer.count {
            let got = retrying {
                pread(
                    number, buffer.baseAddress?.advanced(by: count), buffer.count - count,
                    off_t(offset + count))
            }
            guard got >= 0 else { throw failure("read") }
            if got == 0 { break }
            count += got
        }
        return count
    }

    /// Reads up to `limit` bytes from a position on.
    package func bytes(at offset: Int, limit: Int) throws(FileError) -> [UInt8] {
        var problem: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            do throws(FileError) {
                count = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                problem = error
            }
        }
        if let problem { throw problem }
        return bytes
    }

    /// Hands out the content in pieces of at most a megabyte.
    ///
    /// - Parameter body: returns whether to go on.
    package func forEachChunk(_ body: (UnsafeRawBufferPointer) -> Bool) throws(FileError) {
        // Enough for the whole file and the end.
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(byteCount + 1, 1 << 20), alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = try read(at: offset, into: buffer)
            if count == 0 || !body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { return }
            offset += count
        }
    }

    /// Writes bytes at a position.
    package func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var count = 0
        while count < bytes.count {
            let done = bytes.withUnsafeBytes { buffer in
                retrying {
                    pwrite(
                        number, buffer.baseAddress?.advanced(by: count), bytes.count - count,
                        off_t(offset + count))
                }
            }
            guard done >= 0 else { throw failure("write") }
            count += done
        }
    }

    /// Cuts the file at a length.
    package func truncate(to byteCount: Int) throws(FileError) {
        guard retrying({ ftruncate(number, off_t(byteCount)) }) == 0 else {
            throw failure("write")
        }
    }

    /// Waits until the bytes are on the disk.
    package func sync() throws(FileError) {
        guard retrying({ fsync(number) }) == 0 else { throw failure("write") }
    }

    /// Takes the file's lock without waiting; false when somebody has it.
    package func lock() throws(FileError) -> Bool {
        if lockOpenFile(number, waits: false) { return true }
        if errno == EWOULDBLOCK { return false }
        throw failure("lock")
    }

    /// Closes the file and reports what the system only says then. Later calls do nothing.
    package func close() throws(FileError) {
        let code = descriptor.withLock { number -> Int32 in
            guard let open = number else { return 0 }
            number = nil
            return closeOnce(open) == 0 ? 0 : errno
        }
        if code != 0 { throw FileError(operation: "write", path: path, code: code) }
    }

    /// Runs `body` and closes the file, the first time that it is called.
    func letGo(_ body: (String) -> Void) {
        descriptor.withLock { number in
            guard let open = number else { return }
            body(path)
            _ = closeOnce(open)
            number = nil
        }
    }

    private func failure(_ operation: String) -> FileError {
        FileError(operation: operation, path: path, code: errno)
    }
}
