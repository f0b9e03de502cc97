import Data
import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

/// Checkpoints that PyTorch wrote in the ways of the programs that publish weights
/// (`Scripts/fixtures/torch_checkpoints.py`): all hold the same model.
@Suite struct PublishedFormsTests {
    private static let folder = SharedData.packageRoot.appending(path: "Tests/Fixtures/checkpoints")

    private static let configuration = Result {
        try ViTConfiguration(imageSize: 4, patchSize: 2, width: 4, depth: 1, heads: 2, mlpWidth: 4)
    }

    /// Element i of tensor k is ((7 k + i) mod 16) / 8 - 1.
    private func expected(_ configuration: ViTConfiguration) -> ParameterSet {
        let all = ViTWeights.expectedShapes(configuration).enumerated().map { index, entry in
            let count = entry.shape.reduce(1, *)
            let values = (0..<count).map { Float((7 * index + $0) % 16) / 8 - 1 }
            return (name: entry.name, tensor: Tensor(shape: entry.shape, values))
        }
        return ParameterSet(all)
    }

    /// A fixture, the name whose mapping reads it, and what is logged.
    private static let forms: [(file: String, weights: String?, log: [String])] = [
        ("strided.pt", nil, []), ("before_0.2.tar", nil, []),
        (
            "narrowed.pt", "deit",
            ["weights taken from 'model'", "left out, classifier: head.weight, head.bias"]
        ),
        (
            "teacher.pt", "ibot21k",
            [
                "weights taken from 'teacher'; left out: student, args, epoch, best, count, optimizer",
                "left unbuilt: argparse.Namespace under 'args'; a number of NumPy under 'best', 'count'",
                "prefix 'backbone.' removed from 18 of 20 names",
                "left out, projection head: head.mlp.0.weight, head.last_layer.weight_g",
            ]
        ),
        (
            "options.pt", "dino1k",
            [
                "left unbuilt: argparse.Namespace under 'args'",
                "prefix 'backbone.' removed from 18 of 20 names",
                "left out, projection head: head.mlp.0.weight, head.last_layer.weight_g",
            ]
        ),
        (
            "decoder.pt", "mae",
            [
                "weights taken from 'model'; left out: args",
                "left unbuilt: argparse.Namespace under 'args'",
                "left out, decoder: decoder_embed.weight, decoder_blocks.0.norm1.weight",
                "left out, mask token: mask_token",
            ]
        ),
    ]

    @Test(arguments: forms)
    func everyFormHoldsTheSameWeights(file: String, weights: String?, log: [String]) throws {
        let configuration = try Self.configuration.get()
        let mapping = try weights.map { try #require(NamedWeights.named($0)).mapping }
        let read = try PretrainedWeights(
            path: Self.folder.appending(path: file).path, configuration: configuration,
            mapping: mapping ?? .automatic)
        #expect(read.weights.parameters == expected(configuration))
        #expect(read.log == log)
    }

    /// The model of MoCo v3 has no last layer normalisation: the file's is dropped (Reference 3.3).
    @Test func theBaseEncoderIsTakenWithoutItsLastNormalisation() throws {
        let weights = try #require(NamedWeights.named("mocov3-1k"))
        #expect(!weights.configuration.hasFinalNorm)
        let configuration = try Self.configuration.get()
        let read = try PretrainedWeights(
            path: Self.folder.appending(path: "encoders.pt").path,
            configuration: configuration.withoutFinalNorm, mapping: weights.mapping)
        var wanted = expected(configuration)
        wanted["norm.weight"] = nil
        wanted["norm.bias"] = nil
        #expect(read.weights.parameters == wanted)
        #expect(
            read.log.contains(
                "left out, last layer normalisation, which the head replaces: norm.weight, norm.bias"
            ))
        #expect(read.log.contains { $0.hasPrefix("left out, momentum encoder: momentum_encoder.") })
    }

    /// Nothing unknown is left out unless the name of the weights says what it is.
    @Test func withoutTheNameTheDecoderIsAnError() throws {
        let path = Self.folder.appending(path: "decoder.pt").path
        let configuration = try Self.configuration.get()
        let error = #expect(throws: UnreadableInput.self) {
            try PretrainedWeights(path: path, configuration: configuration)
        }
        #expect(
            error?.problem == """
                does not fit the model; unknown: mask_token, decoder_embed.weight, \
                decoder_blocks.0.norm1.weight
                """)
        #expect(error?.hint?.contains("'weights: mae' leaves the decoder out") == true)
    }

    /// Narrow numbers are widened exactly: every value of the fixture has an exact form in all types.
    @Test func theNarrowFixtureHasAllTypes() throws {
        let file = try CheckpointFile(Self.folder.appending(path: "narrowed.pt").path)
        let types = try Set(file.names.map { try file.array($0).elementType })
        #expect(types == [.float16, .bfloat16, .float64, .float32])
    }

    @Test func copiesThatAreCutAnywhereAreRefused() throws {
        let temporary = try TemporaryFolder()
        for name in ["before_0.2.tar", "teacher.pt"] {
            let bytes = try BinaryFile.contents(of: Self.folder.appending(path: name).path)
            // Behind its last content an archive ends with zeros.
            let end = (bytes.lastIndex { $0 != 0 } ?? 0)
            for count in stride(from: 1, to: end, by: 61) {
                let path = try temporary.write(Array(bytes[..<count]), to: "cut")
                #expect(throws: UnreadableInput.self, "\(name) cut at \(count)") {
                    let file = try CheckpointFile(path)
                    for name in file.names { _ = try file.array(name) }
                }
            }
        }
    }
}
