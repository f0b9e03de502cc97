import Data
import Engine
public import Pipeline

/// A trained backbone as a checkpoint file.
public enum BackboneExport {
    /// Returns the backbone of an artifact in the format .safetensors: timm names, float32, with what
    /// the shapes do not tell (heads, epsilon) in the file's free text.
    ///
    /// - Throws: `ExportError` when the artifact holds no backbone.
    public static func safetensors(_ artifact: Artifact, unit: String) throws -> [UInt8] {
        let weights: ViTWeights
        do {
            weights = try artifact.backbone()
        } catch let error as NonFiniteArtifact {
            throw error
        } catch {
            throw ExportError(unit: unit)
        }
        let model = weights.configuration
        return try SafetensorsFile.encoded(
            weights.parameters, as: .float32,
            metadata: [
                "format": "pt", "heads": "\(model.heads)",
                "layer-norm-epsilon": "\(model.layerNormEpsilon)",
            ])
    }
}

/// A unit without anything to export.
public struct ExportError: Error, CustomStringConvertible {
    let unit: String

    public var description: String {
        """
        unit '\(unit)' holds no backbone
          hint: the units of the stages 'pretrain' and 'checkpoint' do
        """
    }
}
