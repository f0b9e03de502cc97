import Data
import Foundation
import TestSupport
import Testing

/// Formats beside JPEG and PNG: the bytes are those of Pillow.
@Suite struct PictureFormatTests {
    @Test func pixelsEqualPillows() throws {
        let fixtures = try PictureFixture.all()
        #expect(fixtures.count >= 50)
        for fixture in fixtures {
            let picture = try Picture.decode([UInt8](fixture.content), name: fixture.name)
            let size: [Int] = [picture.width, picture.height]
            let expectedSize: [Int] = [fixture.width, fixture.height]
            #expect(size == expectedSize, "\(fixture.name)")
            let expected: [UInt8] = Array(fixture.pixels)
            #expect(picture.pixels == expected, "\(fixture.name)")
        }
    }

    /// Each format has fixtures, so that no decoder goes untested.
    @Test func everyFormatIsThere() throws {
        let kinds: [String] = try PictureFixture.all().map { fixture in
            String(fixture.name.prefix { $0.isLetter })
        }
        let formats: Set<String> = ["webp", "gif", "bmp", "tiff", "ppm", "pgm", "pbm"]
        #expect(Set(kinds) == formats)
    }

    /// What stands behind the pixels may be missing; anything before may not.
    @Test func aCutFileIsRefusedOrGivesTheWholePicture() throws {
        for fixture in try PictureFixture.all() {
            let file = [UInt8](fixture.content)
            for length in 0..<file.count {
                let cut = Array(file[..<length])
                guard let picture = try? Picture.decode(cut, name: "cut") else { continue }
                // In a plain file the last digit of a number may be what is missing.
                let lost = fixture.name.contains("plain") ? 3 : 0
                let expected: [UInt8] = Array(fixture.pixels.dropLast(lost))
                #expect(
                    Array(picture.pixels.dropLast(lost)) == expected,
                    "\(fixture.name), \(length) of \(file.count)")
            }
            #expect(throws: PictureError.self) {
                try Picture.decode(Array(file[..<(file.count / 4)]), name: "cut")
            }
        }
    }

    /// A header that promises more than the limit is refused before memory is taken.
    @Test func aHugePictureIsRefusedByItsHeader() throws {
        let bomb = Array("P5 50000 50000 255\n".utf8)
        var gif = [UInt8](try PictureFixture.named("gif, palette").content)
        gif.replaceSubrange(6..<10, with: [0xFF, 0xFF, 0xFF, 0xFF])
        var bmp = [UInt8](try PictureFixture.named("bmp, colour").content)
        bmp.replaceSubrange(18..<26, with: [0, 0, 1, 0, 0, 0, 1, 0])
        for file in [bomb, gif, bmp] {
            let error = #expect(throws: PictureError.self) {
                try Picture.decode(file, name: "huge")
            }
            #expect(error?.problem.contains("are more than the limit of 89478485") == true)
            #expect(error?.hint == "scale the picture down")
        }
    }

    @Test func whatAFormatMayHoldAndIsNotReadIsNamed() throws {
        var bmp = [UInt8](try PictureFixture.named("bmp, colour").content)
        bmp[30] = 4
        var tiff = [UInt8](try PictureFixture.named("tiff, 16 bits").content)
        // The tag of the number of bits a sample, with 16 in the only place.
        let tag: [UInt8] = [2, 1, 3, 0, 1, 0, 0, 0, 16]
        let places = (8..<tiff.count - tag.count).filter {
            Array(tiff[$0..<$0 + tag.count]) == tag
        }
        let bits = try #require(places.first)
        tiff[bits + 8] = 12
        for (file, problem) in [
            (bmp, "a BMP picture of compression 4, which is not supported"),
            (
                tiff,
                "a TIFF picture of photometric 1 with 1 samples of 12 bits, which is not supported"
            ),
        ] {
            let error = #expect(throws: PictureError.self) {
                try Picture.decode(file, name: "odd")
            }
            #expect(error?.problem == problem)
            #expect(error?.hint == "convert it to JPEG or PNG")
        }
    }
}
