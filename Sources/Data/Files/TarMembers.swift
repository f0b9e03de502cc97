import Pipeline

/// The plain files of an uncompressed tar archive (ustar, GNU or pax): where the bytes of each lie.
struct TarMembers: Sendable {
    /// The greatest number of entries.
    static let maximumEntryCount = 1000
    private static let blockByteCount = 512

    /// The bytes of each file by its name, a leading `./` removed.
    let files: [String: Range<Int>]

    /// Whether a file starts like a tar archive: its mark is at byte 257.
    static func isArchive(_ start: [UInt8]) -> Bool {
        start.count >= 262 && start[257..<262].elementsEqual("ustar".utf8)
    }

    /// Reads the table of contents.
    ///
    /// - Throws: `UnreadableInput` when the archive is cut or damaged, or names a file twice.
    init(_ file: BinaryFile) throws(UnreadableInput) {
        var files: [String: Range<Int>] = [:]
        var position = 0
        var entryCount = 0
        while position <= file.byteCount - Self.blockByteCount {
            let header = try file.read(at: position, count: Self.blockByteCount)
            // Two blocks of zeros end the archive; one will do.
            if header.allSatisfy({ $0 == 0 }) { break }
            entryCount += 1
            guard entryCount <= Self.maximumEntryCount else {
                throw file.error("the archive has more than \(Self.maximumEntryCount) entries")
            }
            let start = position + Self.blockByteCount
            guard Self.hasValidChecksum(header), let count = Self.octal(header[124..<136]),
                count <= file.byteCount - start
            else { throw file.error("the archive is damaged at byte \(position)") }
            // '0' and, from before POSIX, 0 are plain files.
            if header[156] == 0 || header[156] == UInt8(ascii: "0") {
                let name = Self.name(header)
                guard files.updateValue(start..<start + count, forKey: name) == nil else {
                    throw file.error(
                        "the archive has two entries '\(Printable.quoted(name, limit: 200))'")
                }
            }
            let blocks = (count + Self.blockByteCount - 1) / Self.blockByteCount
            position = start + blocks * Self.blockByteCount
        }
        self.files = files
    }

    private static func name(_ header: [UInt8]) -> String {
        let name = String(decoding: header[..<100].prefix { $0 != 0 }, as: UTF8.self)
        return name.hasPrefix("./") ? String(name.dropFirst(2)) : name
    }

    /// The sum of all bytes, those of the sum itself taken as blanks.
    private static func hasValidChecksum(_ header: [UInt8]) -> Bool {
        let field = 148..<156
        let sum = header.indices.reduce(0) { $0 + (field.contains($1) ? 0x20 : Int(header[$1])) }
        return octal(header[field]) == sum
    }

    /// A number in octal digits, which blanks may surround and a blank or zero ends; nil when damaged.
    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        // Twelve digits of three bits fit.
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
}
