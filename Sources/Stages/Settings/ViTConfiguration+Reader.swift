import Data
import Engine
import Foundation
import Pipeline

extension ViTConfiguration {
    /// Reads a model: the name of a preset, or its sizes.
    init(_ reader: ParameterReader, key: String) {
        var options: [String: (ParameterReader) -> ViTConfiguration] = [
            "vit": { Self.sizes($0) }
        ]
        for preset in ModelPreset.all {
            options[preset.name] = { _ in preset.configuration }
        }
        self = reader.choice(key, options)
    }

    private static func sizes(_ reader: ParameterReader) -> ViTConfiguration {
        let width = reader.integer("width", in: Bounds.width)
        let (image, patch) = (
            reader.integer("image-size", in: Bounds.side),
            reader.integer("patch-size", in: Bounds.side)
        )
        if image / patch > Bounds.grid {
            reader.report("patch-size", "makes more than \(Bounds.grid) patches a side")
        }
        let channels = reader.integer("channels", default: 3)
        if channels != 1 && channels != 3 { reader.report("channels", "must be 1 or 3") }
        do {
            return try ViTConfiguration(
                imageSize: image, patchSize: patch,
                channels: channels, width: width,
                depth: reader.integer("depth", in: Bounds.depth),
                heads: reader.integer("heads", in: Bounds.depth),
                headWidth: reader.optionalInteger("head-width", in: Bounds.width),
                mlpWidth: reader.integer("mlp-width", default: 4 * width, in: Bounds.mlpWidth),
                layerNormEpsilon: reader.real("layer-norm-epsilon", default: 1e-6, in: 0...1),
                activation: reader.choice(
                    "activation", default: "gelu",
                    ["gelu": { _ in .gelu }, "relu": { _ in .relu }]),
                hasQKVBias: reader.bool("qkv-bias", default: true),
                hasFinalNorm: reader.bool("final-norm", default: true))
        } catch {
            reader.report("width", "does not fit: \(error)")
            return .base16
        }
    }
}

extension Artifact {
    /// An artifact with a backbone: `backbone/<name>` and the model's sizes.
    init(backbone weights: ViTWeights) throws {
        self.init()
        store(weights.parameters, in: Group.backbone)
        attributes["model"] = try ValueEncoder.value(of: weights.configuration)
    }

    /// The backbone of this artifact.
    func backbone() throws -> ViTWeights {
        guard let model = attributes["model"] else {
            throw ArtifactContentError(path: "model", expected: "model description")
        }
        let configuration = try JSONDecoder().decode(
            ViTConfiguration.self, from: Data(model.canonicalJSON.utf8))
        return try ViTWeights(
            configuration: configuration, parameters: parameters(in: Group.backbone))
    }
}
