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
        case uniform(mean: Double, deviation: Double)

        func encoding(channels: Int) -> PixelEncoding {
            switch self {
            case .unit: .unit(channels: channels)
            case .symmetric: .symmetric(channels: channels)
            case .cifar: .cifar(channels: channels)
            case .uniform(let mean, let deviation):
                .uniform(channels: channels, mean: Float(mean), deviation: Float(deviation))
            }
        }
    }

    private let augmentation: Augmentation
    /// Whether evaluation sees the whole of a square picture, not the centre of a larger one.
    private let isWhole: Bool
    private let normalization: Normalization
    private let interpolation: Interpolation

    /// Reads `augment`, `evaluation` and `normalize`.
    ///
    /// - Parameter family: what holds where the pipeline file does not say.
    init(_ reader: ParameterReader, family: TransformFamily) {
        let isCIFAR = family == .cifar
        interpolation = isCIFAR ? .bicubic : .bilinear
        isWhole = reader.choice(
            "evaluation", default: "standard",
            ["standard": { _ in false }, "whole": { _ in true }])
        normalization = reader.choice(
            "normalize", default: isCIFAR ? "cifar" : "unit",
            [
                "unit": { _ in .unit },
                "symmetric": { _ in .symmetric },
                "cifar": { _ in .cifar },
                "uniform": {
                    .uniform(
                        mean: $0.real("mean", in: 0...1),
                        deviation: $0.real("deviation", in: 0.001...1000))
                },
            ])
        augmentation = reader.choice(
            "augment", default: "standard",
            [
                "standard": { _ in
                    .random(RandomResizedCrop(), brightness: isCIFAR ? 63.0 / 255 : 0)
                },
                "none": { _ in .none },
                "crop": {
                    .random(
                        RandomResizedCrop(minimumArea: $0.real("minimum-area", in: 0.01...1)),
                        brightness: 0)
                },
            ])
    }

    /// The transform of training.
    func train(for model: ViTConfiguration) -> PictureTransform {
        switch augmentation {
        case .none:
            .evaluation(evaluation(for: model))
        case .random(let crop, let brightness):
            .train(
                TrainTransform(
                    size: model.imageSize, interpolation: interpolation, crop: crop,
                    brightness: brightness,
                    encoding: normalization.encoding(channels: model.channels)))
        }
    }

    /// The transform of evaluation and of class statistics.
    func evaluation(for model: ViTConfiguration) -> EvaluationTransform {
        evaluation(size: model.imageSize, channels: model.channels)
    }

    /// The transform of evaluation for pictures of `size` pixels.
    func evaluation(size: Int, channels: Int = 3) -> EvaluationTransform {
        EvaluationTransform(
            size: size, interpolation: interpolation,
            encoding: normalization.encoding(channels: channels),
            resizedSide: isWhole ? size : nil)
    }
}
