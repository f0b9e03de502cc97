import Engine
import Foundation
import TestSupport
import Testing

@Suite struct VisionTransformerTests {
    @Test func anyNumberOfThreadsGivesTheSameFeatures() throws {
        let small = try SmallModel(pictures: 50)
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 2]))
        let features = [1, 2, 3].map {
            small.model.features(small.images, pet: pet, workers: Workers(threads: $0))
        }
        #expect(features[0] == features[1])
        #expect(features[0] == features[2])
    }

    @Test func groupingChangesFeaturesByRoundingOnly() throws {
        let small = try SmallModel(pictures: 9)
        let workers = Workers(threads: 1)
        let single = small.model.features(
            small.images, pet: nil, grouping: .single, workers: workers)
        for pictures in [2, 4, 9] {
            let grouped = small.model.features(
                small.images, pet: nil, grouping: .fixed(pictures), workers: workers)
            expectClose(grouped, single, 1e-5, "groups of \(pictures)")
        }
    }

    @Test func logitsOfARowDoNotDependOnTheOthers() throws {
        let small = try SmallModel()
        let features = small.model.features(
            small.images, pet: nil, workers: Workers(threads: 1))
        let width = small.configuration.width
        let one = Tensor(shape: [1, width], Array(features.values[2 * width..<3 * width]))
        let classes = small.head.classCount
        #expect(
            small.head.logits(one).values
                == Array(small.head.logits(features).values[2 * classes..<3 * classes]))
    }

    @Test func parameterCountsArePublishedOnes() {
        // ViT-B/16 has 86 567 656 parameters with its head of 1000 classes, 769 000.
        #expect(ViTWeights.parameterCount(.base16) == 85_798_656)
        #expect(ViTWeights.expectedShapes(.base16).count == 4 + 12 * 12 + 2)
    }

    @Test func initialWeightsFollowTheirDistributions() throws {
        let configuration = try SmallModel().configuration
        let stream = RandomStream(seed: 5, name: "test")
        let weights = ViTWeights.initial(configuration, stream: stream)
        #expect(weights == ViTWeights.initial(configuration, stream: stream))
        #expect(weights.parameters["norm.weight"]?.values.allSatisfy { $0 == 1 } == true)
        #expect(
            weights.parameters["blocks.1.attn.qkv.bias"]?.values.allSatisfy { $0 == 0 } == true)
        let linear = try #require(weights.parameters["blocks.0.mlp.fc1.weight"]).values
        let square = linear.reduce(0) { $0 + Double($1 * $1) } / Double(linear.count)
        // Uniform in ±b has variance b² / 3, here 2 / (in + out).
        let width = Double(configuration.width + configuration.mlpWidth)
        expectClose(square.squareRoot(), (2 / width).squareRoot(), 0.1, "deviation")
        let patch = try #require(weights.parameters["patch_embed.proj.weight"]).values
        let bound = (6 / Float(configuration.patchLength + configuration.width)).squareRoot()
        #expect(patch.allSatisfy { abs($0) <= bound } && patch.contains { $0 > 0.9 * bound })
    }

    @Test func wrongWeightsAreAllNamed() throws {
        let small = try SmallModel(depth: 1)
        var parameters = small.weights.parameters
        parameters["cls_token"] = nil
        parameters["extra"] = Tensor(zeros: [1])
        parameters["norm.bias"] = Tensor(zeros: [3])
        let error = #expect(throws: WeightsError.self) {
            try ViTWeights(configuration: small.configuration, parameters: parameters)
        }
        #expect(
            error?.description == """
                weights do not fit the model; missing: cls_token; unknown: extra; \
                of another shape: norm.bias is [3], expected [24]
                """)
    }

    @Test func anUnusedVariantDoesNotEnterTheEncoding() throws {
        func keys(_ configuration: ViTConfiguration) throws -> Set<String> {
            let data = try JSONEncoder().encode(configuration)
            #expect(try JSONDecoder().decode(ViTConfiguration.self, from: data) == configuration)
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
            return Set(try #require(object).keys)
        }
        let common: Set = [
            "channels", "depth", "heads", "imageSize", "layerNormEpsilon", "mlpWidth", "patchSize",
            "width",
        ]
        #expect(try keys(.base16) == common)
        let variant = try ViTConfiguration(
            imageSize: 28, patchSize: 4, channels: 1, width: 64, depth: 6, heads: 4, headWidth: 64,
            mlpWidth: 128, layerNormEpsilon: 1e-5, activation: .relu, hasQKVBias: false,
            hasFinalNorm: false)
        let used: Set = ["activation", "hasFinalNorm", "hasQKVBias", "headWidth"]
        #expect(try keys(variant) == common.union(used))
        #expect(variant.attentionWidth == 256)
        let shapes = Dictionary(
            uniqueKeysWithValues: ViTWeights.expectedShapes(variant).map { ($0.name, $0.shape) })
        #expect(shapes["blocks.5.attn.qkv.weight"] == [768, 64])
        #expect(shapes["blocks.5.attn.qkv.bias"] == nil && shapes["norm.weight"] == nil)
        #expect(shapes["blocks.5.attn.proj.weight"] == [64, 256])
    }

    @Test func impossibleSizesAreNamed() {
        let odd = #expect(throws: ViTConfigurationError.self) {
            try ViTConfiguration(
                imageSize: 30, patchSize: 4, width: 8, depth: 1, heads: 2, mlpWidth: 8)
        }
        #expect(odd?.description == "image size 30 is not a multiple of patch size 4")
        let empty = #expect(throws: ViTConfigurationError.self) {
            try ViTConfiguration(
                imageSize: 32, patchSize: 4, width: 8, depth: 0, heads: 2, mlpWidth: 8)
        }
        #expect(empty?.description == "depth must be positive, not 0.0")
        let heads = #expect(throws: ViTConfigurationError.self) {
            try ViTConfiguration(
                imageSize: 32, patchSize: 4, width: 10, depth: 1, heads: 3, mlpWidth: 8)
        }
        #expect(heads?.description == "width 10 is not a multiple of heads 3")
    }

    @Test func necessaryOperationsAreThoseOfViTB16() {
        let forward = NecessaryOperations(.base16)
        expectClose(forward.forward / 1e9, 32.7, 0.005, "forward")
        #expect(forward.backward == 0)
        let all = LoRA(rank: 5, blocks: Array(0..<12))
        let step = NecessaryOperations(.base16, pet: all, scope: .petAndHead)
        expectClose(step.backward / 1e9, 33.1, 0.01, "backward")
        // Below the first patched block there is no gradient.
        let last = NecessaryOperations(
            .base16, pet: LoRA(rank: 5, blocks: [11]), scope: .petAndHead)
        #expect(last.backward < step.backward / 50)
    }

    @Test func peakMemoryOfATrainingStepIsThatOfItsActivations() {
        // Kept of one token in one block: x, q, k, v, the middle, GELU's derivative (4 widths) and a
        // row of weights of each head; 12 blocks of 24 pictures of 197 tokens.
        let token = 768 * (1 + 3 + 1 + 4) + 12 * 208
        let bytes = CPUDevice.peakTrainingBytes(
            .base16, batch: 24, pet: LoRA(rank: 5, blocks: Array(0..<12)), scope: .petAndHead,
            classes: 200, threads: 2)
        let activations = 11 * 24 * 197 * token * 4
        #expect(bytes > activations && bytes < activations + 1_000_000_000)
        let features = CPUDevice.peakFeatureBytes(.base16, pictures: 24, threads: 2)
        #expect(features < 600_000_000)
    }
}
