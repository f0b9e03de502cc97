/// Writes PNG files of any colour type and depth from packed rows, so that tests can state every
/// sample themselves. Rows are stored, not compressed.
package enum PNGBuilder {
    package static func file(
        width: Int, height: Int, depth: UInt8, colorType: UInt8, rows: [[UInt8]],
        palette: [UInt8] = []
    ) -> [UInt8] {
        let header = bigEndian(width) + bigEndian(height) + [depth, colorType, 0, 0, 0]
        let data: [UInt8] = rows.flatMap { row -> [UInt8] in [0] + row }
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        file += chunk("IHDR", header)
        if !palette.isEmpty { file += chunk("PLTE", palette) }
        return file + chunk("IDAT", stored(data)) + chunk("IEND", [])
    }

    /// A chunk with its length and checksum.
    package static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return bigEndian(data.count) + body + bigEndian(Int(crc(body)))
    }

    /// A zlib stream of one stored block.
    private static func stored(_ data: [UInt8]) -> [UInt8] {
        let count = UInt16(data.count)
        let lengths = [count, ~count].flatMap { value -> [UInt8] in
            [UInt8(value & 0xFF), UInt8(value >> 8)]
        }
        var (a, b) = (1, 0)
        for byte in data {
            a = (a + Int(byte)) % 65521
            b = (b + a) % 65521
        }
        let start: [UInt8] = [0x78, 0x01, 0x01]
        return start + lengths + data + bigEndian(b << 16 | a)
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var remainder: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            remainder ^= UInt32(byte)
            for _ in 0..<8 {
                remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
            }
        }
        return ~remainder
    }
}
