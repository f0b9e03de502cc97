import Data
import Engine
import Pipeline

/// `checkpoint`: a frozen backbone from a file of pre-trained weights (Reference 3.3).
struct CheckpointStage: Stage {
    static let kind = "checkpoint"
    static let summary = "a frozen backbone from a .safetensors, .npz or PyTorch file"
    static let needs: [Need] = []

    private let configuration: ViTConfiguration
    private let weights: NamedWeights?
    private let source: CheckpointSource
    private let weightsIn: String?

    init(_ reader: ParameterReader) {
        let name =
            reader.has("weights") ? reader.name("weights", of: NamedWeights.all.map(\.name)) : nil
        let weights = name.flatMap(NamedWeights.named)
        self.weights = weights
        configuration = Self.model(reader, weights)
        source = CheckpointSource(
            path: reader.path("path", default: weights?.path), weights: weights?.name,
            demand: Self.demand(reader, weights))
        weightsIn = reader.optionalString("weights-in")
        if weightsIn == "", reader.has("weights-in") {
            reader.report("weights-in", "is empty", hint: "leave it out")
        }
    }

    /// Reads `model`, which the name of the weights gives too.
    private static func model(
        _ reader: ParameterReader, _ weights: NamedWeights?
    ) -> ViTConfiguration {
        guard let weights else { return ViTConfiguration(reader, key: "model") }
        let own = weights.configuration
        guard reader.has("model") else { return own }
        let given = ViTConfiguration(reader, key: "model")
        // The position embedding is resampled, so the size of the pictures may differ.
        if weights.name == reader.string("weights"), !weights.fits(given) {
            reader.report(
                "model", "is not that of the weights '\(weights.name)'",
                hint: "leave it out: they are of '\(weights.model)'")
        }
        return weights.adapted(given)
    }

    /// Reads `digest`.
    private static func demand(
        _ reader: ParameterReader, _ weights: NamedWeights?
    ) -> CheckpointSource.Demand {
        // What is not text has been reported, and comes out empty.
        guard let text = reader.optionalString("digest"), !text.isEmpty else { return .byName }
        if text == "any" { return .any }
        let digest = text.lowercased()
        guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else {
            reader.report(
                "digest", "must be a SHA-256 in 64 hexadecimal digits, or 'any'", hint: nil)
            return .byName
        }
        if let weights, let known = weights.digest.text, !digest.hasPrefix(known) {
            reader.report(
                "digest",
                "is not that of the weights '\(weights.name)', which begins with "
                    + "'\(known.prefix(12))'",
                hint: "leave out 'weights' where another file is meant")
        }
        return .digest(digest)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let unit = expansion.add(
            LoadCheckpoint(
                model: configuration, path: source.path,
                mapping: weights?.mapping ?? .automatic, weightsIn: weightsIn),
            step: "load", inputs: [], sources: [("file", source)])
        expansion.output = BackboneOutput(
            unit: unit, configuration: configuration, encoding: weights?.encoding)
    }
}

/// Reads a checkpoint file into a backbone: `backbone/<name>`, and the model's sizes.
private struct LoadCheckpoint: UnitWork {
    static let kind = "checkpoint"
    static let version = 1

    let model: ViTConfiguration
    let path: String
    let mapping: WeightMapping
    let weightsIn: String?

    // The path is left out: the digest of the file is in the key. So are the usual mapping, and a name
    // that is not given.
    enum CodingKeys: String, CodingKey {
        case model, mapping
        case weightsIn = "weights-in"
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(model, forKey: .model)
        if !mapping.readsLike(.automatic) { try values.encode(mapping, forKey: .mapping) }
        try values.encodeIfPresent(weightsIn, forKey: .weightsIn)
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let loaded = try PretrainedWeights(
            path: path, configuration: model, mapping: mapping, weightsIn: weightsIn)
        for line in loaded.log { context.log(line) }
        if !model.hasFinalNorm {
            context.log(
                "features are not normalised here; a head with a layer normalisation trains it, "
                    + "and so does the recovery of the classifier (Docs/Reference.md#b-21); with "
                    + "'norm-recovery' the next task goes on from what it leaves")
        }
        return try Artifact(backbone: loaded.weights)
    }
}
