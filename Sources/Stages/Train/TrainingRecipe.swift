import Engine
import Pipeline

/// How parameters are trained: everything about the loop but what is trained on which pictures.
struct TrainingRecipe: Encodable, Sendable {
    /// Passes over the pictures of a task.
    let epochs: Int
    let batch: Batch
    let optimizer: OptimizerMethod
    /// The learning rate as written; the rate in effect is `effectiveRate`.
    let rate: Double
    var schedule: LearningRateSchedule
    /// The bound of the global gradient norm; nil leaves gradients as they are.
    let clipNorm: Double?
    /// The order of the pictures; nil draws one for every epoch.
    let order: Order?

    /// An order of pictures that is not drawn.
    enum Order: String, Encodable, Sendable {
        /// As the dataset lists them, to replay a run step by step elsewhere.
        case sequential
    }

    /// How a step's pictures are divided.
    struct Batch: Encodable, Sendable {
        /// Pictures in one replica's batch.
        let size: Int
        /// Batches whose gradients are averaged in one step: the reference's processes.
        let replicas: Int
    }

    /// The base learning rate: as written × batch size / 256, replicas not counted (Reference 5.3).
    var effectiveRate: Double { rate * Double(batch.size) / 256 }

    /// Creates a plain recipe: Adam at a constant rate, pictures in their order, gradients as they are.
    ///
    /// - Parameter effectiveRate: the rate in effect, whatever the batch.
    init(epochs: Int, batchSize: Int, effectiveRate: Double) {
        self.epochs = epochs
        batch = Batch(size: batchSize, replicas: 1)
        optimizer = .adam
        rate = effectiveRate * 256 / Double(batchSize)
        schedule = .constant
        clipNorm = nil
        order = .sequential
    }

    /// Reads `epochs`, `batch`, `optimizer`, `schedule`, `clip-norm` and `order-of-pictures`.
    init(_ reader: ParameterReader) {
        epochs = reader.integer("epochs", in: Bounds.count)
        let batch = reader.mapping("batch", isRequired: true)
        self.batch = Batch(
            size: batch?.integer("size", in: Bounds.batch) ?? 1,
            replicas: batch?.integer("replicas", default: 1, in: Bounds.batch) ?? 1)
        (optimizer, rate) = reader.choice(
            "optimizer",
            [
                "adam": { (OptimizerMethod.adam, $0.real("lr", in: Bounds.rate)) },
                "sgd": {
                    (
                        .sgd(momentum: $0.real("momentum", default: 0.9, in: 0...1)),
                        $0.real("lr", in: Bounds.rate)
                    )
                },
            ])
        schedule = reader.choice(
            "schedule", default: "constant",
            [
                "constant": { _ in .constant },
                "step": {
                    .step(
                        decayEpochs: $0.integer("every", default: 30, in: Bounds.count),
                        rate: $0.real("factor", default: 0.1, in: 0...1),
                        warmUp: $0.integer("warm-up", default: 0, in: Bounds.countOrNone))
                },
                "cosine": {
                    .cosine(warmUp: $0.integer("warm-up", default: 0, in: Bounds.countOrNone))
                },
            ])
        clipNorm = reader.optionalReal("clip-norm", in: Bounds.norm)
        order = reader.choice(
            "order-of-pictures", default: "random",
            ["random": { _ in nil }, "sequential": { _ in .sequential }])
    }
}
