import Data
import Foundation
import TestSupport
import Testing

@Suite struct PictureDecodingTests {
    private func pixels(
        width: Int, depth: UInt8, colorType: UInt8, row: [UInt8], palette: [UInt8] = []
    ) throws -> [UInt8] {
        let file = PNGBuilder.file(
            width: width, height: 1, depth: depth, colorType: colorType, rows: [row],
            palette: palette)
        return try Picture.decode(file, name: "made").pixels
    }

    private func gray(_ levels: [UInt8]) -> [UInt8] { levels.flatMap { [$0, $0, $0] } }

    @Test func grayOfAnyDepthIsScaledToBytes() throws {
        #expect(
            try pixels(width: 3, depth: 1, colorType: 0, row: [0b1010_0000]) == gray([255, 0, 255]))
        #expect(
            try pixels(width: 4, depth: 2, colorType: 0, row: [0b0001_1011])
                == gray([0, 85, 170, 255]))
        #expect(try pixels(width: 2, depth: 4, colorType: 0, row: [0x1F]) == gray([17, 255]))
        #expect(try pixels(width: 2, depth: 8, colorType: 0, row: [7, 200]) == gray([7, 200]))
    }

    @Test func grayOf16BitsIsClippedAsPillowDoes() throws {
        let row: [UInt8] = [0x00, 0x07, 0x01, 0x00, 0xFF, 0xFF]
        #expect(try pixels(width: 3, depth: 16, colorType: 0, row: row) == gray([7, 255, 255]))
    }

    @Test func colourOf16BitsKeepsTheHighByteAndAlphaIsDropped() throws {
        let colour: [UInt8] = [1, 255, 2, 255, 3, 255]
        #expect(try pixels(width: 1, depth: 16, colorType: 2, row: colour) == [1, 2, 3])
        #expect(try pixels(width: 1, depth: 16, colorType: 6, row: colour + [0, 0]) == [1, 2, 3])
        #expect(try pixels(width: 1, depth: 8, colorType: 6, row: [9, 8, 7, 0]) == [9, 8, 7])
        #expect(try pixels(width: 2, depth: 8, colorType: 4, row: [9, 0, 8, 1]) == gray([9, 8]))
        #expect(try pixels(width: 1, depth: 16, colorType: 4, row: [9, 1, 0, 0]) == gray([9]))
    }

    @Test func aPaletteIsLookedUpAndItsMissingEntriesAreGray() throws {
        let palette: [UInt8] = [10, 20, 30, 40, 50, 60]
        let expected: [UInt8] = [40, 50, 60, 10, 20, 30] + gray([3])
        #expect(
            try pixels(width: 3, depth: 2, colorType: 3, row: [0b0100_1100], palette: palette)
                == expected)
    }

    @Test func aCutFileIsRefusedAtEveryLength() {
        let rows = [[UInt8]](repeating: [1, 2, 3, 4, 5, 6], count: 2)
        let file = PNGBuilder.file(width: 2, height: 2, depth: 8, colorType: 2, rows: rows)
        let endOfData = file.count - 12 - 4
        for length in 0..<endOfData - 4 {
            #expect(throws: PictureError.self, "\(length) of \(file.count)") {
                try Picture.decode(Array(file[..<length]), name: "cut")
            }
        }
    }

    @Test func aHugePictureIsRefusedBeforeItsMemoryIsTaken() {
        let file = PNGBuilder.file(
            width: 60000, height: 60000, depth: 8, colorType: 2, rows: [[0]])
        let error = #expect(throws: PictureError.self) {
            try Picture.decode(file, name: "huge.png")
        }
        #expect(
            error?.description == "picture 'huge.png' cannot be read: "
                + "60000 × 60000 pixels are more than the limit of 89478485\n"
                + "  hint: scale the picture down")
    }
}
