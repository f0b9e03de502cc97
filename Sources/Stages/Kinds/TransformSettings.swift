import Engine
import Pipeline

/// How pictures become model inputs, but for the size, which the model decides.
struct TransformSettings: Sendable {
    /// What is done to training pictures.
    private enum Augmentation: Sendable {
        case none
        case random(RandomResizedCrop)
    }

    /// How 8-bit pixels become numbers, the same for each channel.
    private enum Normalization: Sendable {
        case unit
        case symmetric
        case uniform(mean: Double, deviation: Double)

        func encoding(channels: Int) -> PixelEncoding {
            switch self {
            case .unit: .unit(channels: channels)
            case .symmetric: .symmetric(channels: channels)
            case .uniform(let mean, let deviation):
                .uniform(channels: channels, mean: Float(mean), deviation: Float(deviation))
            }
        }
    }

    private let augmentation: Augmentation
    /// Whether evaluation sees the whole of a square picture, not the centre of a larger one.
    private let isWhole: Bool
    private let normalization: Normalization

    /// Reads `augment`, `evaluation` and `normalize`.
    init(_ reader: ParameterReader) {
        isWhole = reader.choice(
            "evaluation", default: "standard",
            ["standard": { _ in false }, "whole": { _ in true }])
        normalization = reader.choice(
            "normalize", default: "unit",
            [
                "unit": { _ in .unit },
                "symmetric": { _ in .symmetric },
                "uniform": {
                    .uniform(
                        mean: $0.real("mean", in: 0...1),
                        deviation: $0.real("deviation", in: 0.001...1000))
                },
            ])
        augmentation = reader.choice(
            "augment", default: "standard",
            [
                "standard": { _ in .random(RandomResizedCrop()) },
                "none": { _ in .none },
                "crop": {
                    .random(
                        RandomResizedCrop(minimumArea: $0.real("minimum-area", in: 0.01...1)))
                },
            ])
    }

    /// The transform of training.
    func train(for model: ViTConfiguration) -> PictureTransform {
        switch augmentation {
        case .none:
            .evaluation(evaluation(for: model))
        case .random(let crop):
            .train(
                TrainTransform(
                    size: model.imageSize, crop: crop,
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
            size: size, encoding: normalization.encoding(channels: channels),
            resizedSide: isWhole ? size : nil)
    }
}
