import Data
import Testing

@Suite struct ProceduralPicturesTests {
    private let pictures = ProceduralPictures(seed: 1, size: 32)
    private let classes =
        0..<(ProceduralPictures.baseClassCount + ProceduralPictures.continualClassCount)

    /// Pixels are computed without a mathematical library, so one number holds on every machine.
    /// It changes only with the pictures, and then the shipped checkpoint has to be trained again.
    @Test func picturesHaveTheRecordedBytes() {
        var hash = FNV1a()
        for classID in classes {
            hash.add(pictures.picture(classID: classID, index: 3, split: .train).pixels)
            hash.add(pictures.picture(classID: classID, index: 0, split: .test).pixels)
        }
        #expect(hash.value == 1_192_284_745_879_642_003)
    }

    @Test func aPictureDependsOnItsArgumentsAlone() {
        let first = pictures.picture(classID: 5, index: 7, split: .test)
        _ = pictures.picture(classID: 6, index: 7, split: .test)
        let again = ProceduralPictures(seed: 1, size: 32)
            .picture(classID: 5, index: 7, split: .test)
        #expect(first == again)
    }

    @Test func seedClassIndexAndSplitGiveOtherPictures() {
        let all = [
            pictures.picture(classID: 5, index: 7, split: .test),
            pictures.picture(classID: 5, index: 7, split: .train),
            pictures.picture(classID: 5, index: 8, split: .test),
            pictures.picture(classID: 6, index: 7, split: .test),
            ProceduralPictures(seed: 2, size: 32).picture(classID: 5, index: 7, split: .test),
        ]
        #expect(Set(all).count == all.count)
    }

    @Test(arguments: [8, 32, 33, 64])
    func aPictureIsSquareAndOfTheAskedSize(size: Int) {
        let picture = ProceduralPictures(seed: 1, size: size)
            .picture(classID: 50, index: 0, split: .train)
        #expect(picture.width == size)
        #expect(picture.height == size)
        #expect(picture.pixels.count == size * size * 3)
    }

    @Test func classNamesDiffer() {
        #expect(Set(classes.map(pictures.className)).count == classes.count)
    }

    @Test func theSeedChoosesTheContinualClassesAlone() {
        let other = ProceduralPictures(seed: 2, size: 32)
        let base = 0..<ProceduralPictures.baseClassCount
        let continual = base.upperBound..<classes.upperBound
        #expect(base.map(pictures.className) == base.map(other.className))
        #expect(continual.map(pictures.className) != continual.map(other.className))
    }

    /// Colours are left to chance, so a pixel alone says nothing.
    @Test func noPixelIsTheSameInAllPicturesOfAClass() {
        let all = (0..<40).map { pictures.picture(classID: 0, index: $0, split: .train).pixels }
        for offset in stride(from: 0, to: 32 * 32 * 3, by: 37) {
            let values = all.map { Int($0[offset]) }
            let spread = (values.max() ?? 0) - (values.min() ?? 0)
            #expect(spread > 60, "channel value \(offset)")
        }
    }
}

/// A hash that says whether two runs of bytes are the same (Fowler, Noll and Vo, 64 bits).
private struct FNV1a {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}
