import Data
import Engine
import Pipeline
import TestSupport

/// One small model, and files that hold it in the ways of other programs.
struct CheckpointSamples {
    let folder: TemporaryFolder
    let configuration: ViTConfiguration
    let weights: ViTWeights

    init() throws {
        folder = try TemporaryFolder()
        configuration = try ViTConfiguration(
            imageSize: 6, patchSize: 2, width: 4, depth: 2, heads: 2, mlpWidth: 8)
        weights = ViTWeights.initial(configuration, stream: RandomStream(seed: 3, name: "sample"))
    }

    /// Other weights of the same sizes.
    var others: ParameterSet {
        ViTWeights.initial(configuration, stream: RandomStream(seed: 4, name: "sample")).parameters
    }

    func torch(_ node: TorchBuilder.Node) throws -> String {
        try folder.write(
            TorchBuilder.zip(node, checksum: Inflation.checksum), to: "weights.pt")
    }

    func safetensors(
        _ parameters: ParameterSet, to name: String = "weights.safetensors"
    ) throws -> String {
        try folder.write(SafetensorsFile.encoded(parameters), to: name)
    }

    func read(_ path: String, weightsIn: String? = nil) throws -> PretrainedWeights {
        try PretrainedWeights(
            path: path, configuration: configuration, mapping: .automatic, weightsIn: weightsIn)
    }

    /// The error by which a file is refused, without its path.
    func problem(_ path: String, weightsIn: String? = nil) -> (text: String, hint: String?)? {
        do {
            _ = try read(path, weightsIn: weightsIn)
            return nil
        } catch let error as UnreadableInput {
            return (error.problem, error.hint)
        } catch {
            return ("\(error)", nil)
        }
    }
}

extension ParameterSet {
    /// The same tensors under other names; nil leaves one out.
    func renamed(_ name: (String) -> String?) -> ParameterSet {
        ParameterSet(
            zip(names, tensors).compactMap { own, tensor in name(own).map { ($0, tensor) } })
    }

    /// These and others.
    func with(_ others: [(name: String, tensor: Tensor)]) -> ParameterSet {
        ParameterSet(zip(names, tensors).map { ($0, $1) } + others)
    }
}
