import Data
import Foundation
import TestSupport
import Testing

private let jpegFolder = SharedData.real?.appending(path: "jpeg")

/// Real, odd and damaged pictures: every file of the folder, whatever it holds. What is expected of
/// a file follows from the manifest beside it.
@Suite(
    .enabled(if: jpegFolder != nil, "the folder of real data is absent"),
    .timeLimit(.minutes(1)))
struct RealPictureTests {
    /// What the manifest says of a file.
    private struct Row {
        let path: String
        private let fields: [String: String]

        init(_ names: [String], _ values: [String]) {
            fields = Dictionary(zip(names, values)) { first, _ in first }
            path = fields["file"] ?? ""
        }

        subscript(name: String) -> Int? { fields[name].flatMap { Int($0) } }
        var isJPEG: Bool { fields["sof"]?.hasPrefix("SOF") == true }
        var isLossless: Bool { fields["sof"] == "SOF3" }
        /// 8 bits a sample, in a process that libjpeg-turbo decodes.
        var isOrdinary: Bool { isJPEG && !isLossless && self["precision"] == 8 }
        /// Damaged files are in folders of that name.
        var isIntact: Bool { !path.hasPrefix("corrupt/") }
    }

    private func rows() throws -> [Row] {
        let url = try #require(jpegFolder).appending(path: "manifest.csv")
        let lines = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline)
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let names = try #require(lines.first)
        return lines.dropFirst().map { Row(names, $0) }
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: try #require(jpegFolder).appending(path: path)))
    }

    private func decoded(_ path: String) throws -> Picture {
        try Picture.decode(try bytes(path), name: path)
    }

    private func problem(_ path: String) throws -> String? {
        do {
            _ = try decoded(path)
            return nil
        } catch let error as PictureError {
            #expect(error.name == path && !error.problem.isEmpty)
            return error.problem
        }
    }

    @Test func everyFileIsDecodedOrRefusedByName() throws {
        let folder = try #require(jpegFolder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter {
            ["jpg", "jpeg", "png"].contains(URL(filePath: $0).pathExtension.lowercased())
        }
        for name in names { _ = try problem(name) }
        #expect(!names.isEmpty)
    }

    @Test func intactFilesDecodeToTheStoredSizeWhateverTheirOrientation() throws {
        var orientations: Set<Int> = []
        for row in try rows() where row.isOrdinary && row.isIntact {
            let picture = try decoded(row.path)
            #expect(
                [picture.width, picture.height] == [row["width"], row["height"]], "\(row.path)")
            if let orientation = row["exif_orientation"] { orientations.insert(orientation) }
        }
        // Pillow's `convert("RGB")` does not turn a picture; nor is one turned here.
        #expect(orientations.contains { $0 >= 5 })
    }

    @Test func aProcessThatIsNotDecodedIsNamed() throws {
        for row in try rows() where row.isJPEG && row.isIntact && !row.isOrdinary {
            let expected =
                row.isLossless
                ? "lossless JPEG (SOF3), which is not supported"
                : "JPEG with \(row["precision"] ?? 0) bits a sample, of which only 8 are supported"
            #expect(try problem(row.path) == expected, "\(row.path)")
        }
    }

    @Test func aFileCutInTheMiddleIsRefused() throws {
        for row in try rows() where row.isOrdinary && row.isIntact {
            let whole = try bytes(row.path)
            for count in [whole.count / 4, whole.count / 2] {
                let result = Result { () throws(PictureError) in
                    try Picture.decode(Array(whole[..<count]), name: "cut").width
                }
                let expected = PictureError(
                    name: "cut", problem: "truncated: it ends after \(count) bytes",
                    hint: "fetch or copy the file again")
                #expect(result == .failure(expected), "\(row.path)")
            }
        }
    }

    @Test func referencePicturesEqualTheirPNGWithinTwoLevels() throws {
        var compared = 0
        for row in try rows() where row.isOrdinary && row.isIntact {
            let png = URL(filePath: row.path).deletingPathExtension().relativePath + ".png"
            guard row.path.hasSuffix(".jpg"), let file = try? bytes(png) else { continue }
            let picture = try decoded(row.path)
            compared += 1
            if let expected = GrayPNG16(file) {
                #expect(picture.width == expected.width && picture.height == expected.height)
                let levels = stride(from: 0, to: picture.pixels.count, by: 3).map {
                    Double(picture.pixels[$0])
                }
                expectClose(
                    levels, expected.samples.map { Double($0) / 257 }, within: 2,
                    "\(row.path), 16 bits")
                continue
            }
            let expected = try Picture.decode(file, name: png)
            #expect(picture.width == expected.width && picture.height == expected.height)
            expectClose(
                picture.pixels.map(Double.init), expected.pixels.map(Double.init), within: 2,
                row.path)
        }
        #expect(compared > 0)
    }

    @Test func anotherFormatUnderThePictureNameIsRead() throws {
        var isFound = false
        for row in try rows() where !row.isJPEG && row.isIntact {
            guard try bytes(row.path).starts(with: "GIF8".utf8) else { continue }
            #expect(try problem(row.path) == nil, "\(row.path)")
            isFound = true
        }
        #expect(isFound)
        let whole = try rows().filter { $0.path.hasPrefix("wrong_extension/") && $0.isJPEG }
        for row in whole { #expect(try problem(row.path) == nil, "\(row.path)") }
    }
}
