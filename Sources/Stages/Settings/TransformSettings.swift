import Data
import Engine
import Pipeline

/// How pictures become model inputs, but for the size, which the model decides.
struct TransformSettings: Sendable {
    /// What is done to training pictures.
    private enum Augmentation: Sendable {
        case none
        case random(RandomResizedCrop, brightness: Double)
    }

    /// How 8-bit pixels become numbers, the same for each channel.
    private enum Normalization: Sendable {
        case unit
        case symmetric
        case cifar
        /// As the pre-trained weights of the model were trained.
        case checkpoint
        case uniform(mean: Double, deviation: Double)

        func encoding(channels: Int, pretraining: PixelEncoding?) -> PixelEncoding {
            switch self {
            case .checkpoint:
                guard let pretraining else { preconditionFailure("check(_:) comes first") }
                return pretraining
            case .unit: return .unit(channels: channels)
            case .symmetric: return .symmetric(channels: channels)
            case .cifar: return .cifar(channels: channels)
            case .uniform(let mean, let deviation):
                return .uniform(channels: channels, mean: Float(mean), deviation: Float(deviation))
            }
        }
    }

    private let augmentation: Augmentation
    /// Whether evaluation sees the whole of a square picture, not the centre of a larger one.
    private let isWhole: Bool
    private let normalization: Normalization
    private let interpolation: Interpolation
    /// The filter of evaluation.
    private let resize: Interpolation
    /// The settings of each dataset of a sequence; empty for a single dataset.
    private var parts: [TransformSettings] = []

    /// Joins the settings of the datasets of a sequence.
    ///
    /// - Precondition: there is one.
    static func sequence(_ settings: [TransformSettings]) -> TransformSettings {
        var joined = settings[0]
        joined.parts = settings
        return joined
    }

    /// Reads `augment`, `evaluation`, `resize` and `normalize`.
    ///
    /// - Parameter family: what holds where the pipeline file does not say.
    init(_ reader: ParameterReader, family: TransformFamily) {
        let isCIFAR = family == .cifar
        let subject = Toggle.Subject(isCIFAR: isCIFAR)
        interpolation = isCIFAR ? .bicubic : .bilinear
        resize = reader.choice(
            "resize", .resize, subject,
            ["bilinear": { _ in .bilinear }, "bicubic": { _ in .bicubic }])
        isWhole = reader.choice(
            "evaluation", default: "standard",
            ["standard": { _ in false }, "whole": { _ in true }])
        normalization = reader.choice(
            "normalize", .normalize, subject,
            [
                "unit": { _ in .unit },
                "symmetric": { _ in .symmetric },
                "cifar": { _ in .cifar },
                "checkpoint": { _ in .checkpoint },
                "uniform": {
                    .uniform(
                        mean: $0.real("mean", in: 0...1),
                        deviation: $0.real("deviation", in: 0.001...1000))
                },
            ])
        augmentation = reader.choice(
            "augment", .augment, subject,
            [
                "standard": {
                    let crop =
                        $0.profile == .legacyHidePrompt && !isCIFAR
                        ? RandomResizedCrop(minimumArea: 0.05) : RandomResizedCrop()
                    return .random(crop, brightness: isCIFAR ? 63.0 / 255 : 0)
                },
                "none": { _ in .none },
                "crop": {
                    .random(
                        RandomResizedCrop(minimumArea: $0.real("minimum-area", in: 0.01...1)),
                        brightness: 0)
                },
            ])
    }

    /// Checks that the settings fit a backbone; nil stands for none.
    func check(_ backbone: BackboneOutput?) throws(ExpansionError) {
        for part in parts { try part.check(backbone) }
        guard case .checkpoint = normalization, backbone?.encoding == nil else { return }
        throw ExpansionError(
            role: Role.data,
            problem: "'normalize: checkpoint' needs weights that are known by name",
            hint: "give the dataset another 'normalize', such as 'unit' or 'symmetric'")
    }

    /// The transform of training.
    ///
    /// - Precondition: `check(_:)` accepts the backbone, here and below.
    func train(for backbone: BackboneOutput) -> PictureTransform {
        train(for: backbone.configuration, pretraining: backbone.encoding)
    }

    /// The transform of training for a model that is yet to be trained, or whose training is known.
    func train(
        for model: ViTConfiguration, pretraining: PixelEncoding? = nil
    ) -> PictureTransform {
        let transforms = parts.map { $0.train(for: model, pretraining: pretraining) }
        if Set(transforms).count > 1 { return .sequence(transforms) }
        switch augmentation {
        case .none:
            return .evaluation(
                evaluation(
                    size: model.imageSize, channels: model.channels, pretraining: pretraining))
        case .random(let crop, let brightness):
            return .train(
                TrainTransform(
                    size: model.imageSize, interpolation: interpolation, crop: crop,
                    brightness: brightness,
                    encoding: normalization.encoding(
                        channels: model.channels, pretraining: pretraining)))
        }
    }

    /// The transform of evaluation and of class statistics.
    func evaluation(for backbone: BackboneOutput) -> EvaluationTransform {
        evaluation(
            size: backbone.configuration.imageSize, channels: backbone.configuration.channels,
            pretraining: backbone.encoding)
    }

    /// The transform of evaluation for pictures of `size` pixels.
    func evaluation(
        size: Int, channels: Int = 3, pretraining: PixelEncoding? = nil
    ) -> EvaluationTransform {
        if !parts.isEmpty {
            return .sequence(
                parts.map {
                    $0.evaluation(size: size, channels: channels, pretraining: pretraining)
                })
        }
        return EvaluationTransform(
            size: size, interpolation: resize,
            encoding: normalization.encoding(channels: channels, pretraining: pretraining),
            resizedSide: isWhole ? size : nil)
    }
}
