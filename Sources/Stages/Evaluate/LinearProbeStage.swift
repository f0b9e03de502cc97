import Data
import Engine
import Pipeline

/// `linear-probe`: how far a linear classifier gets on fixed features, or on bare pixels.
struct LinearProbeStage: Stage {
    static let kind = "linear-probe"
    static let summary = "accuracy of a linear classifier on frozen features, or on bare pixels"
    static let needs = [
        Need(Role.data, accepts: "a dataset"),
        Need(
            Role.backbone, isOptional: true, accepts: "a frozen backbone; without it, bare pixels"),
    ]

    private let steps: Int
    private let rate: Double
    private let decay: Double
    private let imageSize: Int?

    init(_ reader: ParameterReader) {
        steps = reader.integer("steps", default: 400, in: Bounds.count)
        rate = reader.real("lr", default: 0.01, in: Bounds.rate)
        decay = reader.real("weight-decay", default: 1e-3, in: Bounds.rate)
        imageSize = reader.optionalInteger("image-size", in: Bounds.side)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let data = try expansion.required(Role.data, as: DataOutput.self)
        let backbone = try expansion.need(Role.backbone, as: BackboneOutput.self)
        try data.transforms.check(backbone)
        let model = backbone?.configuration
        guard let size = model?.imageSize ?? imageSize else {
            throw ExpansionError(
                problem: "parameter 'image-size' is missing",
                hint: "bare pixels need it; a backbone brings its own")
        }
        var inputs: UnitInputs = [(Role.data, data.unit)]
        if let backbone { inputs.append((Role.backbone, backbone.unit)) }
        _ = expansion.add(
            LinearProbe(
                onFeatures: backbone != nil, imageSize: size, steps: steps, rate: rate,
                decay: decay,
                transform: backbone.map(data.transforms.evaluation(for:))
                    ?? data.transforms.evaluation(size: size),
                access: data.access),
            step: "probe", inputs: inputs, UnitTraits(isResult: true))
    }
}

/// A fit that left the finite numbers.
private struct ProbeDiverged: Error, CustomStringConvertible {
    let step: Int
    let loss: Double

    var description: String {
        """
        the loss of the linear probe is \(loss.isNaN ? "nan" : "\(loss)") at step \(step)
          hint: a lower 'lr' usually helps
        """
    }
}

/// Fits the classifier on all training pictures, scores it on all test pictures.
///
/// Inputs: `data`, and `backbone` where it is on features. Output: `metric.faa`, percent.
private struct LinearProbe: UnitWork {
    static let kind = "linear-probe"
    static let version = 1

    let onFeatures: Bool
    let imageSize: Int
    let steps: Int
    let rate: Double
    let decay: Double
    let transform: EvaluationTransform
    let access: any PictureAccess

    // The manifest's digest names the pictures, wherever they lie.
    enum CodingKeys: CodingKey { case onFeatures, imageSize, steps, rate, decay, transform }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try context.manifest()
        let train = manifest.entries(split: .train)
        let test = manifest.entries(split: .test)
        let guesses = try SoftmaxRegression(steps: steps, rate: Float(rate), decay: decay)
            .predictions(
                train: try rows(train, context), labels: train.map(\.label),
                classes: manifest.classNames.count, test: try rows(test, context)
            ) { step, loss in
                if !loss.isFinite { throw ProbeDiverged(step: step, loss: loss) }
                try context.step(done: step, of: steps, loss: loss, detail: "fitting")
            }
        let right = zip(guesses, test).count { $0 == $1.label }
        return Artifact(attributes: [
            "metric.faa": .real(100 * Double(right) / Double(max(test.count, 1)))
        ])
    }

    /// Features or pixels, `[n, D]`.
    private func rows(
        _ entries: [DatasetManifest.Entry], _ context: UnitContext
    ) throws -> Tensor {
        if onFeatures {
            let backbone = try context.backbone()
            return try FeatureExtractor(
                backbone: backbone, transform: transform, access: access, context: context
            ).features(entries)
        }
        let values = try entries.flatMap { entry in
            transform.values(of: try access.picture(entry), part: entry.part)
        }
        return Tensor(shape: [entries.count, values.count / max(entries.count, 1)], values)
    }
}
