import Data
import TestSupport
import Testing

/// What a file holds beside its pixels costs neither time nor memory.
@Suite struct SideChunkTests {
    private static let rows = [[UInt8]](repeating: [1, 2, 3, 4, 5, 6], count: 2)
    private static let plain = PNGBuilder.file(
        width: 2, height: 2, depth: 8, colorType: 2, rows: rows)
    /// Behind signature and header.
    private static let place = 8 + 25

    private func picture(with chunks: [UInt8]) throws -> Picture {
        var file = Self.plain
        file.insert(contentsOf: chunks, at: Self.place)
        return try Picture.decode(file, name: "made")
    }

    private func expectSamePixels(with chunks: [UInt8], within limit: Duration) throws {
        let clock = ContinuousClock()
        let started = clock.now
        #expect(try picture(with: chunks).pixels == Self.rows.flatMap { $0 })
        #expect(clock.now - started < limit)
    }

    /// A zlib stream of zero bytes by repeated matches of the fixed code: 258 bytes in 13 bits.
    private static func bomb(matches: Int) -> [UInt8] {
        var bytes: [UInt8] = [0x78, 0x01]
        var (held, count) = (UInt64(0), UInt64(0))
        func put(_ value: UInt64, _ width: UInt64) {
            held |= value << count
            count += width
            while count >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: held))
                held >>= 8
                count -= 8
            }
        }
        put(0b011, 3)
        put(0b0000_1100, 8)  // a zero byte, 0x30 with its bits turned round
        for _ in 0..<matches { put(0b1010_0011, 13) }  // length 258 and distance 1
        put(0, 7)
        put(0, 8)
        // The sum of so many zero bytes: 1 in the lower half, their number in the upper.
        let sum = (1 + 258 * matches) % 65521
        return bytes + [UInt8(sum >> 8), UInt8(sum & 255), 0, 1]
    }

    /// Inflating them takes ten seconds.
    @Test func compressedTextsAreSkipped() throws {
        let bomb = Self.bomb(matches: 232_000)
        let forms: [(String, [UInt8])] = [
            ("zTXt", Array("k".utf8) + [0, 0]), ("iTXt", Array("k".utf8) + [0, 1, 0, 0, 0]),
            ("iCCP", Array("k".utf8) + [0, 0]),
        ]
        for (name, head) in forms {
            let chunk = PNGBuilder.chunk(name, head + bomb)
            let chunks = [[UInt8]](repeating: chunk, count: 60).flatMap { $0 }
            try expectSamePixels(with: chunks, within: .seconds(3))
        }
    }

    @Test func manyChunksAreSkipped() throws {
        for name in ["tEXt", "sPLT", "prVt"] {
            let chunk = PNGBuilder.chunk(name, Array("k".utf8) + [0, 8, 1, 2, 3, 4, 0, 1])
            let chunks = [[UInt8]](repeating: chunk, count: 100_000).flatMap { $0 }
            try expectSamePixels(with: chunks, within: .seconds(3))
        }
    }

    /// Gamma, significant bits, background and transparency changed no pixel before they were skipped.
    @Test func noSideChunkChangesAPixel() throws {
        let chunks = [
            ("gAMA", [0, 0, 0, 100]), ("sBIT", [3, 3, 3]), ("tRNS", [0, 1, 0, 2, 0, 3]),
            ("bKGD", [0, 9, 0, 9, 0, 9]), ("eXIf", [77, 77, 0, 42]), ("iCCP", [1, 2, 3]),
        ].flatMap { PNGBuilder.chunk($0, $1) }
        try expectSamePixels(with: chunks, within: .seconds(3))
    }
}
