import Engine
import Foundation
import Pipeline

extension ViTConfiguration {
    /// Reads a model: the name of a preset, or its sizes.
    init(_ reader: ParameterReader, key: String) {
        var options: [String: (ParameterReader) -> ViTConfiguration] = [
            "vit": { Self.sizes($0) }
        ]
        for (name, preset) in Catalog.models {
            options[name] = { _ in preset }
        }
        self = reader.choice(key, options)
    }

    private static func sizes(_ reader: ParameterReader) -> ViTConfiguration {
        let positive = 1...Int.max
        let width = reader.integer("width", in: positive)
        do {
            return try ViTConfiguration(
                imageSize: reader.integer("image-size", in: positive),
                patchSize: reader.integer("patch-size", in: positive),
                channels: reader.integer("channels", default: 3, in: 1...4),
                width: width, depth: reader.integer("depth", in: positive),
                heads: reader.integer("heads", in: positive),
                mlpWidth: reader.integer("mlp-width", default: 4 * width, in: positive),
                layerNormEpsilon: reader.real("layer-norm-epsilon", default: 1e-6, in: 0...1))
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
        store(weights.parameters, in: "backbone")
        let sizes = String(decoding: try JSONEncoder().encode(weights.configuration), as: UTF8.self)
        attributes["model"] = try Value(json: sizes)
    }

    /// The backbone of this artifact.
    func backbone() throws -> ViTWeights {
        guard let model = attributes["model"] else {
            throw ArtifactContentError(path: "model", expected: "model description")
        }
        let configuration = try JSONDecoder().decode(
            ViTConfiguration.self, from: Data(model.canonicalJSON.utf8))
        return try ViTWeights(
            configuration: configuration, parameters: parameters(in: "backbone"))
    }
}
