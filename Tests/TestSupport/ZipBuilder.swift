/// Writes zip archives of stored entries, so that tests can hold any entry in them.
package enum ZipBuilder {
    /// An archive.
    ///
    /// - Parameter checksum: the CRC-32 of bytes.
    package static func file(
        _ entries: [(name: String, content: [UInt8])], checksum: ([UInt8]) -> UInt32
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let offset = bytes.count
            // Version, flags, method, time and date, then what both descriptions share.
            let facts =
                littleEndian(Int(checksum(entry.content)), 4)
                + littleEndian(entry.content.count, 4) + littleEndian(entry.content.count, 4)
                + littleEndian(entry.name.utf8.count, 2) + littleEndian(0, 2)
            let common = littleEndian(20, 2) + [UInt8](repeating: 0, count: 8) + facts
            bytes += littleEndian(0x0403_4B50, 4) + common + Array(entry.name.utf8) + entry.content
            directory += littleEndian(0x0201_4B50, 4) + littleEndian(20, 2) + common
            directory += [UInt8](repeating: 0, count: 10) + littleEndian(offset, 4)
            directory += Array(entry.name.utf8)
        }
        let count = littleEndian(entries.count, 2)
        let end =
            littleEndian(0x0605_4B50, 4) + [0, 0, 0, 0] + count + count
            + littleEndian(directory.count, 4) + littleEndian(bytes.count, 4) + [0, 0]
        return bytes + directory + end
    }

    /// The lowest bytes of a number, lowest first.
    package static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
