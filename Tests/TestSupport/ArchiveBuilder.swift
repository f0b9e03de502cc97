/// Writes tar archives and gzip files, so that tests can hold any entry in them.
package enum ArchiveBuilder {
    /// An entry of a tar archive.
    package struct Entry {
        let path: String
        /// `0` file, `5` folder, `1` hard link, `2` symbolic link.
        let type: Character
        let content: [UInt8]
        let link: String

        package init(
            _ path: String, _ content: [UInt8] = [], type: Character = "0", link: String = ""
        ) {
            self.path = path
            self.type = type
            self.content = content
            self.link = link
        }
    }

    /// An uncompressed ustar archive.
    package static func tar(_ entries: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += header(entry) + entry.content
            bytes += [UInt8](repeating: 0, count: (512 - entry.content.count % 512) % 512)
        }
        return bytes + [UInt8](repeating: 0, count: 1024)
    }

    /// A gzip file of stored blocks.
    ///
    /// - Parameter checksum: the CRC-32 of `bytes`.
    package static func gzip(_ bytes: [UInt8], checksum: UInt32) -> [UInt8] {
        var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            file += [rest.isEmpty ? 1 : 0] + littleEndian(Int(count), 2)
            file += littleEndian(Int(~count), 2) + block
        } while !rest.isEmpty
        return file + littleEndian(Int(checksum), 4) + littleEndian(bytes.count, 4)
    }

    private static func header(_ entry: Entry) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8))
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(entry.path, 0)
        put(octal(0o644, 7), 100)
        put(octal(0, 7), 108)
        put(octal(0, 7), 116)
        put(octal(entry.content.count, 11), 124)
        put(octal(0, 11), 136)
        put("        " + String(entry.type) + entry.link, 148)
        put("ustar", 257)
        put("00", 263)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", 148)
        return header
    }

    private static func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
