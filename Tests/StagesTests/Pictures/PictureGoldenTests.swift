import Data
import Foundation
import Pipeline
import TestSupport
import Testing

private let goldenFile: String? = SharedData.goldens
    .map { $0.appending(path: "images_transforms.h5").path }
    .flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }

/// Every dataset of `images_transforms.h5`, byte for byte: the decoders and the resampling are
/// those of Pillow, so no tolerance is needed.
@Suite(.enabled(if: goldenFile != nil, "images_transforms.h5 is not in the folder of goldens"))
struct PictureGoldenTests {
    /// The file with the names of its pictures.
    private static func pictures() throws -> (HDF5File, [String]) {
        let file = try HDF5File.open(try #require(goldenFile))
        return (file, try file.children())
    }

    private static func bytes(_ file: HDF5File, _ path: String) throws -> (shape: [Int], [UInt8]) {
        let array = try file.read(path)
        guard case .uint8(let bytes) = array.elements else {
            Issue.record("\(path) is not made of bytes")
            return (array.shape, [])
        }
        return (array.shape, bytes)
    }

    private static func decoded(_ file: HDF5File, _ name: String) throws -> Picture {
        let (_, bytes) = try bytes(file, "\(name)/file_bytes")
        return try Picture.decode(bytes, name: name)
    }

    private static func integer(_ attributes: [String: Value], _ name: String) throws -> Int {
        guard case .integer(let value) = try #require(attributes[name]) else {
            Issue.record("\(name) is not a whole number")
            return 0
        }
        return value
    }

    /// Reports the first differing byte of two pictures.
    private static func expectEqual(
        _ picture: Picture, _ expected: (shape: [Int], [UInt8]), _ path: String
    ) {
        #expect([picture.height, picture.width, 3] == expected.shape, "\(path)")
        guard picture.pixels.count == expected.1.count else { return }
        let different = zip(picture.pixels, expected.1).enumerated().first { $1.0 != $1.1 }
        #expect(different == nil, "\(path): index, got and expected")
    }

    @Test func decodedPicturesEqualPillows() throws {
        let (file, names) = try Self.pictures()
        #expect(names.count >= 11)
        for name in names {
            let path = "\(name)/decoded_rgb"
            Self.expectEqual(try Self.decoded(file, name), try Self.bytes(file, path), path)
        }
    }

    @Test func transformedPicturesEqualPillows() throws {
        let (file, names) = try Self.pictures()
        var compared = 0
        for name in names where try file.contains("\(name)/transforms") {
            let picture = try Self.decoded(file, name)
            for transform in try file.children(of: "\(name)/transforms") {
                let path = "\(name)/transforms/\(transform)"
                let attributes = try file.attributes(of: path)
                if transform.contains("totensor") {
                    try Self.expectEqualValues(picture, transform, file, path)
                } else {
                    let result = try #require(
                        try Self.apply(transform, attributes, to: picture), "unknown \(transform)")
                    Self.expectEqual(result, try Self.bytes(file, path), path)
                }
                compared += 1
            }
        }
        #expect(compared > 30)
    }

    /// The 8-bit transform of a dataset's name.
    private static func apply(
        _ transform: String, _ attributes: [String: Value], to picture: Picture
    ) throws -> Picture? {
        let interpolation: Interpolation =
            transform.contains("bicubic") ? .bicubic : .bilinear
        let small = EvaluationTransform(size: 64).picture(from: picture)
        if transform.hasPrefix("resize256") {
            let whole = EvaluationTransform(size: 224, interpolation: interpolation)
            let resized = picture.resizedShorterSide(to: 256, interpolation: interpolation)
            #expect(resized.width == (try integer(attributes, "resized_w")))
            #expect(resized.height == (try integer(attributes, "resized_h")))
            return whole.picture(from: picture)
        }
        if transform.hasPrefix("resized_crop") {
            let size = try #require(Int(transform.split(separator: "_").last ?? ""))
            let region = PictureRegion(
                top: try integer(attributes, "top"), left: try integer(attributes, "left"),
                height: try integer(attributes, "height"), width: try integer(attributes, "width"))
            return picture.resized(region, width: size, height: size, interpolation: interpolation)
        }
        if transform == "centercrop160_pads_when_smaller" { return picture.centerCropped(to: 160) }
        if transform == "resize73_bilinear_centercrop64" { return small }
        if transform.hasSuffix("hflip") { return small.flippedHorizontally() }
        if transform.hasPrefix("resize73_cc64_brightness") {
            guard case .real(let factor) = attributes["factor"] else { return nil }
            return small.brightened(by: factor)
        }
        return nil
    }

    private static func expectEqualValues(
        _ picture: Picture, _ transform: String, _ file: HDF5File, _ path: String
    ) throws {
        let encoding: PixelEncoding = transform.contains("cifar") ? .cifar : .unit()
        let values = EvaluationTransform(size: 64, encoding: encoding).values(of: picture)
        let expected = try file.read(path)
        #expect(expected.shape == [3, 64, 64])
        #expect(expected.elements == .float32(values), "\(path)")
    }
}
