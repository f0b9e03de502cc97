import Data
import Engine
import Testing

@Suite struct PictureTransformTests {
    private func ramp(width: Int, height: Int) -> Picture {
        let count = width * height * 3
        return Picture(
            width: width, height: height, pixels: (0..<count).map { UInt8($0 * 37 % 251) })
    }

    @Test func halvingWithBilinearWeighsTwoNeighboursOnEachSide() {
        // Scale 2 widens the triangle to support 2. Around centre 1 lie the samples at distance 0.5
        // and 1.5 with weights 3/4 and 1/4; the left one at 1.5 is outside the picture, so the
        // weights 3, 3, 1 are divided by 7: (3·0 + 3·70 + 1·140) / 7 = 50.
        let row: [UInt8] = [0, 70, 140, 210].flatMap { [$0, $0, $0] }
        let picture = Picture(width: 4, height: 1, pixels: row)
        let halved = picture.resized(width: 2, height: 1, interpolation: .bilinear)
        #expect(halved.pixels == [50, 50, 50, 160, 160, 160])
    }

    @Test(arguments: Interpolation.allCases)
    func aPlainPictureStaysPlain(interpolation: Interpolation) {
        for (width, height) in [(1, 1), (3, 2), (5, 7), (40, 9)] {
            let pixels = [UInt8](repeating: 200, count: 9 * 11 * 3)
            let picture = Picture(width: 11, height: 9, pixels: pixels)
            let result = picture.resized(
                width: width, height: height, interpolation: interpolation)
            #expect(result.pixels == [UInt8](repeating: 200, count: width * height * 3))
        }
    }

    @Test(arguments: Interpolation.allCases)
    func aRegionIsResampledAsIfCutOutFirst(interpolation: Interpolation) {
        let picture = ramp(width: 17, height: 13)
        let region = PictureRegion(top: 2, left: 5, height: 7, width: 9)
        for (width, height) in [(4, 4), (9, 4), (4, 7), (9, 7), (20, 20)] {
            let direct = picture.resized(
                region, width: width, height: height, interpolation: interpolation)
            let cut = picture.cropped(region)
                .resized(width: width, height: height, interpolation: interpolation)
            #expect(direct == cut)
        }
    }

    @Test func centreOffsetsRoundHalfToEven() {
        // Remainders 3 and 5: 1.5 and 2.5 both round to 2.
        let first = ramp(width: 7, height: 9).centerCropped(to: 4)
        let expected = ramp(width: 7, height: 9)
            .cropped(PictureRegion(top: 2, left: 2, height: 4, width: 4))
        #expect(first == expected)
    }

    @Test func sizesOfTheEvaluationTransformFollowTheReference() {
        #expect(EvaluationTransform(size: 224).resizedSide == 256)
        #expect(EvaluationTransform(size: 64).resizedSide == 73)
        #expect(EvaluationTransform(size: 32).resizedSide == 36)
    }

    @Test func randomRegionsLieInsideWithinTheBounds() {
        let crop = RandomResizedCrop()
        var stream = RandomStream(seed: 1, name: "test")
        for (width, height) in [(500, 375), (64, 64), (1, 1), (1000, 10), (10, 1000)] {
            for _ in 0..<200 {
                let region = crop.region(width: width, height: height, stream: &stream)
                #expect(region.top >= 0 && region.top + region.height <= height)
                #expect(region.left >= 0 && region.left + region.width <= width)
                if width == 500 {
                    let share = Double(region.width * region.height) / Double(width * height)
                    #expect((0.075...1.0).contains(share))
                    let aspect = Double(region.width) / Double(region.height)
                    #expect((0.74...1.35).contains(aspect))
                }
            }
        }
    }

    @Test func aNarrowPictureFallsBackToItsCentre() {
        // Aspect 1/100 never fits: width 10, height 10 / (3/4) = 13.3, rounded to 13.
        var stream = RandomStream(seed: 2, name: "test")
        let region = RandomResizedCrop(minimumArea: 1)
            .region(width: 10, height: 1000, stream: &stream)
        #expect(region == PictureRegion(top: 493, left: 0, height: 13, width: 10))
    }

    @Test func equalStreamsGiveEqualPictures() {
        let picture = ramp(width: 40, height: 30)
        let transform = PictureTransforms.cifar(size: 16).train
        var results: Set<[Float]> = []
        for name in ["a", "a", "b"] {
            var stream = RandomStream(seed: 3, name: name)
            results.insert(transform.values(of: picture, stream: &stream))
        }
        #expect(results.count == 2)
        #expect(results.allSatisfy { $0.count == 3 * 16 * 16 })
    }

    @Test func brightnessCutsAndClips() {
        let picture = Picture(width: 1, height: 1, pixels: [3, 101, 250])
        #expect(picture.brightened(by: 1.2).pixels == [3, 121, 255])
        #expect(picture.brightened(by: 0.8).pixels == [2, 80, 200])
    }

    @Test func channelsAreSeparatedAndNormalised() {
        let picture = Picture(width: 2, height: 1, pixels: [0, 51, 255, 255, 51, 0])
        #expect(PixelEncoding.unit().values(of: picture) == [0, 1, 0.2, 0.2, 1, 0])
        #expect(PixelEncoding.symmetric().values(of: picture) == [-1, 1, -0.6, -0.6, 1, -1])
        let gray = Picture(width: 1, height: 1, pixels: [51, 51, 51])
        #expect(PixelEncoding.unit(channels: 1).values(of: gray) == [0.2])
    }
}
