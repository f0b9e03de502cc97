import Engine
import Pipeline

/// How pictures become model inputs, but for the size, which the model decides.
struct TransformSettings: Sendable {
    /// What is done to training pictures.
    private enum Augmentation: Sendable {
        case none
        case random(RandomResizedCrop)
    }

    private let augmentation: Augmentation

    /// Reads `augment`.
    init(_ reader: ParameterReader) {
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
                    size: model.imageSize, crop: crop, encoding: .unit(channels: model.channels)))
        }
    }

    /// The transform of evaluation and of class statistics.
    func evaluation(for model: ViTConfiguration) -> EvaluationTransform {
        EvaluationTransform(
            size: model.imageSize, encoding: .unit(channels: model.channels))
    }

    /// The transform of evaluation for pictures of `size` pixels.
    func evaluation(size: Int) -> EvaluationTransform {
        EvaluationTransform(size: size)
    }
}
