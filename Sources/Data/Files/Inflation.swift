import CZip

/// Decompression and checksums of zlib, on whole arrays.
package enum Inflation {
    /// The framing of compressed bytes.
    package enum Format: Int32 {
        /// Bare deflate, as in zip archives.
        case raw = -15
        /// With the header of gzip.
        case gzip = 31
    }

    /// Returns the decompressed bytes; nil when they are damaged or not exactly `count`.
    package static func inflate(_ bytes: [UInt8], count: Int, format: Format) -> [UInt8]? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, format.rawValue, ZLIB_VERSION, size) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var isComplete = false
        // One byte more than declared, so that a longer stream shows; and never a null pointer.
        let result = [UInt8](unsafeUninitializedCapacity: count + 1) { output, initializedCount in
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = uInt(clamping: input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = uInt(clamping: count + 1)
                let status = CZip.inflate(&stream, Z_FINISH)
                isComplete = status == Z_STREAM_END && Int(stream.total_out) == count
            }
            initializedCount = isComplete ? count : 0
        }
        return isComplete ? result : nil
    }

    /// Returns the CRC-32 of bytes.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(crc32_z(0, $0.baseAddress, $0.count)) }
    }
}
