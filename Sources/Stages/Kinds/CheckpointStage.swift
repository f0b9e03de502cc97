import Engine
import Pipeline

/// `checkpoint`: a frozen backbone from a file of pre-trained weights.
struct CheckpointStage: Stage {
    static let kind = "checkpoint"
    static let summary = "a frozen backbone from a .safetensors or .npz file"
    static let needs: [Need] = []

    private let configuration: ViTConfiguration
    private let path: String

    init(_ reader: ParameterReader) {
        configuration = ViTConfiguration(reader, key: "model")
        // The name of the weights is for the reader of the file: the digest says what they are.
        _ = reader.optionalString("weights")
        path = reader.path("path")
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let unit = expansion.add(
            LoadCheckpoint(model: configuration, path: path), step: "load", inputs: [],
            sources: [("file", CheckpointSource(path: path))])
        expansion.output = BackboneOutput(unit: unit, configuration: configuration)
    }
}

/// Reads a checkpoint file into a backbone: `backbone/<name>`, and the model's sizes.
private struct LoadCheckpoint: UnitWork {
    static let kind = "checkpoint"
    static let version = 1

    let model: ViTConfiguration
    let path: String

    // The path is left out: the digest of the file is in the key.
    enum CodingKeys: CodingKey { case model }

    func run(_ context: UnitContext) throws -> Artifact {
        let loaded = try PretrainedWeights(path: path, configuration: model)
        for line in loaded.log { context.log(line) }
        return try Artifact(backbone: loaded.weights)
    }
}
