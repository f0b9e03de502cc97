public import Pipeline

/// A zip archive, read through its central directory: entries stored or deflated, 64-bit sizes
/// included. Encryption, other methods, several disks and entries above the limits are refused, and
/// so is an archive whose two descriptions of an entry differ, which readers would take differently, whose
/// entries share bytes, or whose names lead out of the folder it would be unpacked in.
public struct ZipArchive: Sendable {
    /// The greatest number of entries.
    public static let maximumEntryCount = 100_000
    /// The greatest size of one entry, decompressed, in bytes.
    public static let maximumEntryBytes = (1 << 32) - 2
    /// The greatest growth of a deflated entry above `freeGrowth`; weights hardly compress at all.
    static let maximumRatio = 200
    /// The size, decompressed, up to which any growth is taken, in bytes.
    static let freeGrowth = 1 << 24

    /// One file of the archive.
    public struct Entry: Sendable, Hashable {
        /// The name with its folders.
        public let name: String
        /// The size, decompressed, in bytes.
        public let byteCount: Int
        let compressedByteCount: Int
        let isDeflated: Bool
        let checksum: UInt32
        let headerOffset: Int
    }

    /// The file.
    public let file: BinaryFile
    /// The files of the archive, in the order of its directory, names without repetition.
    public let entries: [Entry]

    /// Reads the directory of an archive.
    ///
    /// - Throws: `UnreadableInput` when it is damaged or uses what is refused.
    public init(_ file: BinaryFile) throws(UnreadableInput) {
        self.file = file
        let end = try ZipDirectoryEnd(file)
        let directory = try file.read(at: end.directoryOffset, count: end.directoryByteCount)
        var entries: [Entry] = []
        var names: Set<String> = []
        var position = 0
        for _ in 0..<end.entryCount {
            let (entry, length) = try Self.entry(directory, at: position, in: file)
            guard names.insert(entry.name).inserted else {
                throw file.error("the archive has two entries '\(Self.shown(entry.name))'")
            }
            entries.append(entry)
            position += length
        }
        self.entries = entries
        try checkTogether(end)
    }

    /// Checks what no entry shows by itself: all together are within the limit of growth, and no byte
    /// belongs to two of them or to the directory too, by which small archives become endless ones.
    private func checkTogether(_ end: ZipDirectoryEnd) throws(UnreadableInput) {
        let total = entries.reduce(0.0) { $0 + Double($1.byteCount) }
        guard total <= Double(file.byteCount) * Double(Self.maximumRatio) + Double(Self.freeGrowth)
        else { throw file.error("the archive claims \(Int(total)) bytes") }
        var used = 0
        for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard entry.headerOffset >= used else {
                throw file.error("entry '\(Self.shown(entry.name))' shares bytes with another")
            }
            used = entry.headerOffset + 30 + entry.name.utf8.count + entry.compressedByteCount
        }
        guard used <= end.directoryOffset else {
            throw file.error("the last entry shares bytes with the archive's directory")
        }
    }

    /// Returns the content of an entry, its checksum verified.
    ///
    /// - Throws: `UnreadableInput` when it is damaged.
    public func bytes(of entry: Entry) throws(UnreadableInput) -> [UInt8] {
        let header = try file.read(at: entry.headerOffset, count: 30)
        guard header.littleEndian32(at: 0) == 0x0403_4B50,
            header.littleEndian16(at: 8) == (entry.isDeflated ? 8 : 0)
        else { throw damaged(entry) }
        let nameCount = header.littleEndian16(at: 26)
        let name = try file.read(at: entry.headerOffset + 30, count: nameCount)
        guard name.elementsEqual(entry.name.utf8) else { throw damaged(entry) }
        let start = entry.headerOffset + 30 + nameCount + header.littleEndian16(at: 28)
        let stored = try file.read(at: start, count: entry.compressedByteCount)
        let content =
            entry.isDeflated
            ? Inflation.inflate(stored, count: entry.byteCount, format: .raw) : stored
        guard let content, content.count == entry.byteCount,
            Inflation.checksum(content) == entry.checksum
        else { throw damaged(entry) }
        return content
    }

    private static func shown(_ name: String) -> String { Printable.quoted(name, limit: 200) }

    private func damaged(_ entry: Entry) -> UnreadableInput {
        file.error("entry '\(Self.shown(entry.name))' is damaged")
    }

    /// One record of the directory and its length in bytes.
    private static func entry(
        _ directory: [UInt8], at position: Int, in file: BinaryFile
    ) throws(UnreadableInput) -> (Entry, Int) {
        guard position + 46 <= directory.count,
            directory.littleEndian32(at: position) == 0x0201_4B50
        else { throw file.error("the archive's directory is damaged") }
        let nameCount = directory.littleEndian16(at: position + 28)
        let extraCount = directory.littleEndian16(at: position + 30)
        let length = 46 + nameCount + extraCount + directory.littleEndian16(at: position + 32)
        guard position + length <= directory.count else {
            throw file.error("the archive's directory is damaged")
        }
        let nameStart = position + 46
        let name = String(
            decoding: directory[nameStart..<nameStart + nameCount], as: UTF8.self)
        let extra = Array(directory[(nameStart + nameCount)...].prefix(extraCount))
        let sizes = try ZipSizes(directory, at: position, extra: extra, in: file)
        let method = directory.littleEndian16(at: position + 10)
        guard directory.littleEndian16(at: position + 8) & 1 == 0 else {
            throw file.error("entry '\(shown(name))' is encrypted")
        }
        guard method == 0 || method == 8 else {
            throw file.error("entry '\(shown(name))' is compressed by method \(method)")
        }
        let entry = Entry(
            name: name, byteCount: sizes.byteCount,
            compressedByteCount: sizes.compressedByteCount, isDeflated: method == 8,
            checksum: UInt32(directory.littleEndian32(at: position + 16)),
            headerOffset: sizes.headerOffset)
        try check(entry, in: file)
        return (entry, length)
    }

    private static func check(_ entry: Entry, in file: BinaryFile) throws(UnreadableInput) {
        let parts = entry.name.split(separator: "/", omittingEmptySubsequences: false)
        guard !entry.name.isEmpty, !entry.name.hasPrefix("/"), !parts.contains(".."),
            !entry.name.contains(where: { $0 == "\\" || $0 == "\0" })
        else { throw file.error("entry '\(shown(entry.name))' has a path that is not read") }
        let isWithinLimits =
            entry.compressedByteCount <= file.byteCount && entry.byteCount <= maximumEntryBytes
            && entry.byteCount <= entry.compressedByteCount * maximumRatio + freeGrowth
        guard isWithinLimits, entry.isDeflated || entry.byteCount == entry.compressedByteCount
        else {
            throw file.error("entry '\(Self.shown(entry.name))' claims \(entry.byteCount) bytes")
        }
    }
}

/// The record at the end of an archive, which says where the directory is.
private struct ZipDirectoryEnd {
    let directoryOffset, directoryByteCount, entryCount: Int

    init(_ file: BinaryFile) throws(UnreadableInput) {
        // The record is 22 bytes and a comment of up to 65,535.
        let tailCount = min(file.byteCount, 22 + 65_535)
        let tailStart = file.byteCount - tailCount
        let tail = try file.read(at: tailStart, count: tailCount)
        let position = stride(from: tailCount - 22, through: 0, by: -1).first {
            tail.littleEndian32(at: $0) == 0x0605_4B50
        }
        guard let position else {
            throw file.error("the archive's directory is missing; the file is cut or damaged")
        }
        let isWide =
            tail.littleEndian16(at: position + 10) == 0xFFFF
            || tail.littleEndian32(at: position + 16) == 0xFFFF_FFFF
        if isWide, position >= 20, tail.littleEndian32(at: position - 20) == 0x0706_4B50 {
            let offset = tail.littleEndian64(at: position - 12)
            let record = try file.read(at: Int(clamping: offset), count: 56)
            guard record.littleEndian32(at: 0) == 0x0606_4B50 else {
                throw file.error("the archive's directory is damaged")
            }
            entryCount = Int(clamping: record.littleEndian64(at: 32))
            directoryByteCount = Int(clamping: record.littleEndian64(at: 40))
            directoryOffset = Int(clamping: record.littleEndian64(at: 48))
        } else {
            entryCount = tail.littleEndian16(at: position + 10)
            directoryByteCount = tail.littleEndian32(at: position + 12)
            directoryOffset = tail.littleEndian32(at: position + 16)
        }
        guard entryCount <= ZipArchive.maximumEntryCount else {
            throw file.error("the archive has \(entryCount) entries")
        }
    }
}

/// Sizes and place of an entry, from the 32-bit fields or the 64-bit extra field.
private struct ZipSizes {
    let byteCount, compressedByteCount, headerOffset: Int

    init(
        _ directory: [UInt8], at position: Int, extra: [UInt8], in file: BinaryFile
    ) throws(UnreadableInput) {
        // In the order in which the 64-bit field lists those that do not fit.
        var fields = [24, 20, 42].map { directory.littleEndian32(at: position + $0) }
        var wide = Self.wideField(extra)[...]
        for index in fields.indices where fields[index] == 0xFFFF_FFFF {
            guard wide.count >= 8 else { throw file.error("the archive's directory is damaged") }
            fields[index] = Int(clamping: Array(wide.prefix(8)).littleEndian64(at: 0))
            wide = wide.dropFirst(8)
        }
        // Half of Int leaves room for sums of two of them.
        guard fields.allSatisfy({ $0 <= Int.max / 2 }) else {
            throw file.error("the archive's directory is damaged")
        }
        (byteCount, compressedByteCount, headerOffset) = (fields[0], fields[1], fields[2])
    }

    private static func wideField(_ extra: [UInt8]) -> [UInt8] {
        var position = 0
        while position + 4 <= extra.count {
            let count = extra.littleEndian16(at: position + 2)
            let body = extra[(position + 4)...].prefix(count)
            if extra.littleEndian16(at: position) == 1 { return Array(body) }
            position += 4 + count
        }
        return []
    }
}
