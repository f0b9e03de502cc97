import Data

/// Makes the checksums of damaged files right, as an attacker would.
enum Repair {
    /// A zip archive: the CRC-32 in its directory.
    static func zip(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for record in positions(of: [0x50, 0x4B, 1, 2], in: bytes) where record + 46 <= bytes.count
        {
            let packed = number(bytes, record + 20, 4)
            let header = number(bytes, record + 42, 4)
            guard header + 30 <= bytes.count else { continue }
            let start = header + 30 + number(bytes, header + 26, 2) + number(bytes, header + 28, 2)
            guard start <= bytes.count, packed <= bytes.count - start else { continue }
            let stored = Array(bytes[start..<start + packed])
            let size = number(bytes, record + 24, 4)
            let content =
                number(bytes, record + 10, 2) == 8
                ? Inflation.inflate(stored, count: min(size, 1 << 20), format: .raw) : stored
            guard let content else { continue }
            put(Int(Inflation.checksum(content)), into: &bytes, at: record + 16)
        }
        return bytes
    }

    /// A tar archive: the sums in its headers.
    static func tar(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for start in stride(from: 0, through: bytes.count - 512, by: 512)
        where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
            let field = start + 148..<start + 156
            bytes.replaceSubrange(field, with: [UInt8](repeating: 0x20, count: 8))
            let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            let text = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "\0 "
            bytes.replaceSubrange(field, with: Array(text.utf8.prefix(8)))
        }
        return bytes
    }

    /// A PNG file: the CRC-32 of its chunks. Other files are left alone.
    static func png(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return bytes }
        var position = 8
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - position - 12 else { break }
            let end = position + 8 + length
            let sum = Inflation.checksum(Array(bytes[position + 4..<end]))
            for index in 0..<4 {
                bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index))
            }
            position = end + 4
        }
        return bytes
    }

    private static func positions(of mark: [UInt8], in bytes: [UInt8]) -> [Int] {
        bytes.indices.dropLast(mark.count - 1).filter {
            bytes[$0] == mark[0] && bytes[$0..<$0 + mark.count].elementsEqual(mark)
        }
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func put(_ value: Int, into bytes: inout [UInt8], at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }
}
