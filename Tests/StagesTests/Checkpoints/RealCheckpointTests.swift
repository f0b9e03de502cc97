import Data
import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

private let folder = SharedData.real

/// Trained weights in both layouts, and arrays written by NumPy itself.
@Suite(.enabled(if: folder != nil, "the folder of real data is absent"))
struct RealCheckpointTests {
    private func path(_ name: String) throws -> String {
        try #require(folder).appending(path: name).path
    }

    /// Heads and epsilon are those of the reference computation; everything else is in the file.
    private func weights(_ name: String) throws -> PretrainedWeights {
        let reference = try Reference.load()
        let file = try CheckpointFile(path("vit_mnist/\(name)"))
        let configuration = try ViTSizes(file).configuration(
            heads: reference.heads, layerNormEpsilon: reference.layernorm_eps)
        return try PretrainedWeights(file, configuration: configuration)
    }

    @Test func bothLayoutsHoldTheSameWeights() throws {
        let timm = try weights("vit_b_timm_layout.safetensors")
        let flax = try weights("vit_b_google_layout.npz")
        #expect(timm.weights == flax.weights)
        #expect(timm.log.isEmpty)
        #expect(
            flax.log == [
                "left out, classifier: head/kernel, head/bias",
                "left out, pre-logits layer: pre_logits/kernel, pre_logits/bias",
            ])
    }

    @Test(arguments: ["vit_b_timm_layout.safetensors", "vit_b_google_layout.npz"])
    func classTokenFeaturesEqualTheReference(name: String) throws {
        let expected = try Reference.load().cls_after_encoder6_norm_first64
        let loaded = try weights(name).weights
        let images = try digits(expected.count, side: loaded.configuration.imageSize)
        let features = VisionTransformer(loaded).features(
            images, pet: nil, workers: Workers(threads: 2))
        #expect(features.shape == [expected.count, loaded.configuration.width])
        expectClose(
            ComparedNumbers(features.values), ComparedNumbers(Array(expected.joined())),
            within: 1e-4, "features")
    }

    /// The first digits of MNIST, scaled to -1 to 1 as the reference did. `[count, 1, side, side]`.
    private func digits(_ count: Int, side: Int) throws -> Tensor {
        let packed = try BinaryFile.contents(
            of: path("vit_mnist/mnist-t10k-images-idx3-ubyte.gz"))
        // 16 bytes of header, then 5,000 pictures.
        let bytes = try #require(
            Inflation.inflate(packed, count: 16 + 5000 * side * side, format: .gzip))
        let pixels = bytes[16..<16 + count * side * side]
        return Tensor(
            shape: [count, 1, side, side], pixels.map { (Float($0) / 255 - 0.5) / 0.5 })
    }

    @Test func numpyFilesAreReadWithTypeAndShape() throws {
        let integers = try CheckpointFile(path("numpy_files/candle_test.npz"))
        #expect(integers.names == ["x", "x_plus_one"])
        let x = try integers.array("x")
        #expect(x.elementType == .int64 && x.shape == [10])
        let expected = (0..<10).flatMap { [$0] + [UInt8](repeating: 0, count: 7) }
        #expect(Array(x.bytes) == expected)
        let deflated = try CheckpointFile(path("numpy_files/scipy_AFIRO.npz"))
        let row = try deflated.array("A_ub")
        #expect(row.elementType == .float64 && row.shape == [19, 32])
        #expect(try #require(row.floats).prefix(5) == [0, 0, 0, 0.108, 0.109])
        #expect(try deflated.array("obj").floats == [-464.75314286])
        #expect(try deflated.array("bounds").floats == [])
    }

    @Test func pickledObjectsAreRefused() throws {
        let path = try path("numpy_files/picklescan_object_arrays.npz")
        let file = try CheckpointFile(path)
        let error = #expect(throws: UnreadableInput.self) { try file.array("a") }
        #expect(
            error?.description
                == "\(path): array 'a' has elements of type '|O', which are not read")
    }

    @Test func theArchiveCutAnywhereIsRefused() throws {
        let temporary = try TemporaryFolder()
        let bytes = try BinaryFile.contents(of: path("numpy_files/scipy_AFIRO.npz"))
        for count in stride(from: 4, to: bytes.count, by: 97) {
            let cut = try temporary.write(Array(bytes[..<count]), to: "cut.npz")
            #expect(throws: UnreadableInput.self) { try CheckpointFile(cut) }
        }
    }

    @Test func everyFlippedByteIsNoticedOrHarmless() throws {
        let temporary = try TemporaryFolder()
        let original = try BinaryFile.contents(of: path("numpy_files/candle_test.npz"))
        for position in original.indices {
            var bytes = original
            bytes[position] ^= 0x55
            let path = try temporary.write(bytes, to: "flipped.npz")
            do {
                let file = try CheckpointFile(path)
                for name in file.names { _ = try file.array(name) }
            } catch {
                #expect(error.path == path)
            }
        }
    }
}

/// The part of `reference.json` about the weights in both layouts.
struct Reference: Decodable {
    // The names are those of the file.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Model: Decodable {
        let heads: Int
        let layernorm_eps: Double
        let cls_after_encoder6_norm_first64: [[Float]]
    }

    let model: Model

    enum CodingKeys: String, CodingKey { case model = "B" }

    static func load() throws -> Model {
        let url = try #require(SharedData.real).appending(path: "vit_mnist/reference.json")
        return try JSONDecoder().decode(Reference.self, from: try Data(contentsOf: url)).model
    }
}
