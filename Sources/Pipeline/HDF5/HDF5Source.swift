import CHDF5
import Synchronization

/// Where the bytes of an HDF5 file come from when libhdf5 reads it. The library asks for them here and
/// holds no descriptor: neither a failing read nor a failing `close` happens inside it.
package final class HDF5Source: Sendable {
    /// Fills a buffer with the bytes from a position on.
    package typealias Reading =
        @Sendable (Int, UnsafeMutableRawBufferPointer) throws(FileError) -> Void

    /// The size of the file in bytes.
    package let byteCount: Int
    package let read: Reading
    private let firstFailure = Mutex<FileError?>(nil)

    /// Bytes that a function gives.
    package init(byteCount: Int, read: @escaping Reading) {
        self.byteCount = byteCount
        self.read = read
    }

    /// The bytes of an open file, read when they are wanted.
    package init(_ file: OpenFile) {
        byteCount = file.byteCount
        read = { (offset, buffer) throws(FileError) in
            // A file that shrinks meanwhile has zeros where its end was: libhdf5 refuses those.
            let count = try file.read(at: offset, into: buffer)
            if count < buffer.count {
                UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                    .initializeMemory(as: UInt8.self, repeating: 0)
            }
        }
    }

    /// Bytes in memory.
    package init(_ bytes: [UInt8]) {
        byteCount = bytes.count
        read = { (offset, buffer) throws(FileError) in
            bytes.withUnsafeBytes {
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
            }
        }
    }

    /// Why bytes could not be read, the first time that happened.
    package var failure: FileError? { firstFailure.withLock { $0 } }

    /// Opens the file with libhdf5. The caller is alone in the library, and keeps the source for as
    /// long as the file is open.
    func open() -> hid_t {
        var source = hide_h5_source()
        source.context = Unmanaged.passUnretained(self).toOpaque()
        source.byte_count = UInt64(byteCount)
        source.read = { context, offset, count, buffer in
            guard let context else { return -1 }
            return Unmanaged<HDF5Source>.fromOpaque(context).takeUnretainedValue()
                .fill(UnsafeMutableRawBufferPointer(start: buffer, count: count), at: Int(offset))
        }
        return hide_h5_open_source(&source, .random(in: 0 ... .max))
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int32 {
        do throws(FileError) {
            try read(offset, buffer)
            return 0
        } catch {
            firstFailure.withLock { $0 = $0 ?? error }
            return -1
        }
    }
}
