import Data
import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

private let folder = SharedData.real

/// Vision transformers that others trained on MNIST, of two layouts and two architectures, classify as
/// a double-precision computation of them does (`reference.json`).
@Suite(.enabled(if: folder != nil, "the folder of real data is absent"))
struct TrainedViTTests {
    /// Below this distance of the two best classes, rounding may decide between them.
    private static let margin: Float = 1e-4

    private func path(_ name: String) throws -> String {
        try #require(folder).appending(path: "vit_mnist/\(name)").path
    }

    private func weights(_ model: TrainedViT) throws -> (file: CheckpointFile, loaded: ViTWeights) {
        let file = try CheckpointFile(path(model.checkpoint))
        let configuration = try ViTSizes(file).configuration(
            heads: model.heads, layerNormEpsilon: model.layerNormEpsilon,
            activation: model.activation == "relu" ? .relu : .gelu)
        #expect(configuration.headWidth == model.headWidth)
        #expect(configuration.width == model.dim && configuration.depth == model.depth)
        #expect(configuration.hasQKVBias == model.hasQKVBias)
        return (file, try PretrainedWeights(file, configuration: configuration).weights)
    }

    /// Features of the first pictures, all of them where tests are optimised. `[count, width]`.
    private func features(_ model: TrainedViT, _ weights: ViTWeights) throws -> Tensor {
        #if DEBUG
            let count = model.firstLogits.count
        #else
            let count = model.predictions.count
        #endif
        let side = weights.configuration.imageSize
        let packed = try BinaryFile.contents(of: path("mnist-t10k-images-idx3-ubyte.gz"))
        // 16 bytes of header, then the pictures.
        let bytes = try #require(
            Inflation.inflate(
                packed, count: 16 + model.predictions.count * side * side, format: .gzip))
        let pixels = bytes[16..<16 + count * side * side]
        let (mean, deviation) = try model.scaling()
        let images = Tensor(
            shape: [count, 1, side, side], pixels.map { (Float($0) / 255 - mean) / deviation })
        return VisionTransformer(weights).features(images, pet: nil, workers: Workers(threads: 2))
    }

    private func check(_ logits: [[Float]], _ model: TrainedViT) {
        for (row, wanted) in zip(logits, model.firstLogits) {
            let scales = wanted.map { max(1, abs($0)) }
            expectClose(
                ComparedNumbers(zip(row, scales).map { $0 / $1 }),
                ComparedNumbers(zip(wanted, scales).map { $0 / $1 }), within: 1e-3, "logits")
        }
        for (index, (row, digit)) in zip(logits, model.predictions).enumerated() {
            let order = row.indices.sorted { row[$0] > row[$1] }
            if "\(order[0])" == String(digit) { continue }
            #expect(
                row[order[0]] - row[order[1]] <= Self.margin,
                "picture \(index): \(order[0]), expected \(digit)")
        }
    }

    /// Fused queries, keys and values without bias, heads wider than their share of the width, ReLU.
    @Test func theModelOfVitPytorchClassifiesAsItsReference() throws {
        let model = try TrainedViT.load().A
        let (file, loaded) = try weights(model)
        let features = try features(model, loaded)
        let head = LinearHead(
            weight: try tensor("mlp_head.1.weight", file), bias: try tensor("mlp_head.1.bias", file)
        )
        let logits = head.logits(features)
        check(rows(logits), model)
    }

    /// Separate queries, keys and values, no projection; behind the features that the model has, the file's
    /// second layer normalisation and its tanh head, computed here.
    @Test func theModelWithSeparateQueriesClassifiesAsItsReference() throws {
        let model = try TrainedViT.load().B
        let (file, loaded) = try weights(model)
        let derived = try PretrainedWeights(
            path: path("vit_b_timm_layout.safetensors"), configuration: loaded.configuration)
        #expect(loaded == derived.weights)
        let normalised = try layerNorm(
            rows(features(model, loaded)), "norm", file, epsilon: Float(model.layerNormEpsilon))
        let first = LinearHead(
            weight: try tensor("classifier.fc1.weight", file),
            bias: try tensor("classifier.fc1.bias", file))
        var hidden = first.logits(
            Tensor(shape: [normalised.count, model.dim], Array(normalised.joined())))
        for index in hidden.values.indices { hidden.values[index] = tanh(hidden.values[index]) }
        let second = LinearHead(
            weight: try tensor("classifier.fc2.weight", file),
            bias: try tensor("classifier.fc2.bias", file))
        check(rows(second.logits(hidden)), model)
    }

    private func tensor(_ name: String, _ file: CheckpointFile) throws -> Tensor {
        let array = try file.array(name)
        return Tensor(shape: array.shape, try #require(array.floats))
    }

    private func rows(_ tensor: Tensor) -> [[Float]] {
        let width = tensor.shape[1]
        return (0..<tensor.shape[0]).map { Array(tensor.values[$0 * width..<($0 + 1) * width]) }
    }

    /// (x - mean) / sqrt(variance + epsilon) · weight + bias, over a row.
    private func layerNorm(
        _ rows: [[Float]], _ name: String, _ file: CheckpointFile, epsilon: Float
    ) throws -> [[Float]] {
        let weight = try tensor("\(name).weight", file).values
        let bias = try tensor("\(name).bias", file).values
        return rows.map { row in
            let mean = row.reduce(0, +) / Float(row.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(row.count)
            let scale = 1 / (variance + epsilon).squareRoot()
            return row.indices.map { (row[$0] - mean) * scale * weight[$0] + bias[$0] }
        }
    }
}

/// A model of `reference.json`.
private struct TrainedViT: Decodable {
    // The names are those of the file.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Models: Decodable {
        let A, B: TrainedViT
    }

    let checkpoint, input, activation, predictions: String
    let heads, headWidth, dim, depth: Int
    let layerNormEpsilon: Double
    let hasQKVBias: Bool
    let firstLogits: [[Float]]

    enum CodingKeys: String, CodingKey {
        case checkpoint, input, activation, predictions, heads, dim, depth
        case headWidth = "dim_head"
        case layerNormEpsilon = "layernorm_eps"
        case hasQKVBias = "qkv_bias"
        case firstLogits = "logits_first64"
    }

    static func load() throws -> Models {
        let url = try #require(SharedData.real).appending(path: "vit_mnist/reference.json")
        return try JSONDecoder().decode(Models.self, from: try Data(contentsOf: url))
    }

    /// Mean and deviation of `(pixel/255 - mean)/deviation`.
    func scaling() throws -> (mean: Float, deviation: Float) {
        let numbers = try #require(
            input.wholeMatch(of: #/\(pixel/255 - ([0-9.]+)\)/([0-9.]+)/#), "\(input)")
        return (try #require(Float(numbers.1)), try #require(Float(numbers.2)))
    }
}
