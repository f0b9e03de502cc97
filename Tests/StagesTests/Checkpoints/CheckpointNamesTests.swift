import Data
import Engine
import Pipeline
import Stages
import TestSupport
import Testing

/// Names of arrays that are long, odd or repeated.
@Suite struct CheckpointNamesTests {
    private let samples = Result { try CheckpointSamples() }

    private func safetensors(_ header: String, _ data: [UInt8]) throws -> String {
        let bytes = ZipBuilder.littleEndian(header.utf8.count, 8) + Array(header.utf8) + data
        return try samples.get().folder.write(bytes, to: "names.safetensors")
    }

    private static func entry(_ name: String, _ range: ClosedRange<Int>) -> String {
        "\"\(name)\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}"
    }

    /// The same name twice, spelled the same, with escapes, or with a composed letter.
    @Test(arguments: [("a", "a"), ("a", "\\u0061"), ("\u{E9}", "\\u00e9"), ("a\\/b", "a/b")])
    func aTensorNamedTwiceIsRefused(first: String, second: String) throws {
        for ranges in [(0...1, 1...2), (0...1, 0...1)] {
            let path = try safetensors(
                "{\(Self.entry(first, ranges.0)),\(Self.entry(second, ranges.1))}",
                [UInt8](repeating: 0, count: ranges.1.upperBound))
            let error = #expect(throws: UnreadableInput.self) { try CheckpointFile(path) }
            #expect(error?.problem.hasSuffix("twice") == true, "\(error?.problem ?? "")")
        }
    }

    @Test func equalNamesInsideOfOthersAreNoRepetition() throws {
        let path = try safetensors(
            "{\"__metadata__\":{\"a\":\"{\\\"a\\\"\",\"dtype\":\"x\"},\(Self.entry("a", 0...1))}",
            [0])
        #expect(try CheckpointFile(path).names == ["a"])
    }

    @Test func inspectEscapesAndBoundsWhatAFileSays() throws {
        let long = String(repeating: "n", count: 100_000)
        let path = try safetensors(
            "{\"__metadata__\":{\"k\\u001b\":\"\\u001b]0;x\\u0007\(long)\"},"
                + "\(Self.entry("a\\u001b[2J\\n\\u0000/\\u202e", 0...1)),\(Self.entry(long, 1...2))}",
            [0, 0])
        let text = try #require(try Catalog.registry.inspect(path))
        let lines = text.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { $0.count < 300 })
        #expect(lines[2] == "  a\\u{1B}[2J\\u{A}\\u{0}/\\u{202E}  U8 [1]")
        #expect(
            !text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
    }

    @Test func manyAxesAreRefused() throws {
        let shape = [String](repeating: "1", count: 100_000).joined(separator: ",")
        let path = try safetensors(
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[\(shape)],\"data_offsets\":[0,1]}}", [0])
        let error = #expect(throws: UnreadableInput.self) { try CheckpointFile(path) }
        #expect(error?.problem == "tensor 'a' has 100000 axes")
    }

    /// Nothing of a file reaches a message with control characters, whichever reader it is.
    @Test func messagesOfReadersAreEscaped() throws {
        let name = "a\u{1B}[2J\n" + String(repeating: "n", count: 1000)
        let array = Array("not an array".utf8)
        let path = try samples.get().folder.write(
            ZipBuilder.file([("\(name).npy", array)], checksum: Inflation.checksum), to: "names.npz"
        )
        let file = try CheckpointFile(path)
        let error = #expect(throws: UnreadableInput.self) { try file.array(file.names[0]) }
        let problem = try #require(error?.problem)
        #expect(problem.hasPrefix("array 'a\\u{1B}[2J\\u{A}nnn") && problem.count < 400)
    }

    @Test func inspectShowsTheModelBelowAPrefix() throws {
        let samples = try samples.get()
        let path = try samples.safetensors(samples.weights.parameters.renamed { "net." + $0 })
        let lines = try #require(try Catalog.registry.inspect(path)).split(separator: "\n")
        #expect(
            lines[1]
                == "vision transformer under 'net.': patch 2, 3 channels, width 4, depth 2, MLP 8, 3 × 3 patches"
        )
    }

    @Test func tensorsWithoutElementsAreNamed() throws {
        let samples = try samples.get()
        var parameters = samples.weights.parameters
        parameters["norm.bias"] = Tensor(zeros: [0])
        #expect(
            samples.problem(try samples.safetensors(parameters))?.text
                == "does not fit the model; of another shape: norm.bias is [0], expected [4]")
    }
}
