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
    let schedule: LearningRateSchedule
    /// The bound of the global gradient norm; nil leaves gradients as they are.
    let clipNorm: Double?

    /// How a step's pictures are divided.
    struct Batch: Encodable, Sendable {
        /// Pictures in one replica's batch.
        let size: Int
        /// Batches whose gradients are averaged in one step: the reference's processes.
        let replicas: Int
    }

    /// The base learning rate: as written × batch size / 256, replicas not counted (spec section 8.2).
    var effectiveRate: Double { rate * Double(batch.size) / 256 }

    /// Reads `epochs`, `batch`, `optimizer`, `schedule` and `clip-norm`.
    init(_ reader: ParameterReader) {
        epochs = reader.integer("epochs", in: Bounds.count)
        let batch = reader.mapping("batch", isRequired: true)
        self.batch = Batch(
            size: batch?.integer("size", in: Bounds.batch) ?? 1,
            replicas: batch?.integer("replicas", default: 1, in: Bounds.batch) ?? 1)
        (optimizer, rate) = reader.choice(
            "optimizer",
            [
                "adam": { (OptimizerMethod.adam, $0.real("lr", in: 0...Double.infinity)) },
                "sgd": {
                    (
                        .sgd(momentum: $0.real("momentum", default: 0.9, in: 0...1)),
                        $0.real("lr", in: 0...Double.infinity)
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
        clipNorm = reader.optionalReal("clip-norm", in: 0...Double.infinity)
    }
}

/// What happens to a shared PET after the first task (spec section 8.4).
enum SharedStrategy: Encodable, Sendable {
    /// The same rate throughout: plain sequential tuning.
    case sequential
    /// The PET learns at a fraction of the rate in every task.
    case slowLearner(slowFactor: Double)
    /// The PET learns at a fraction of the rate after the first task (`first_sl`).
    case firstSessionSlow(slowFactor: Double)

    /// Reads `strategy`.
    init(_ reader: ParameterReader) {
        self = reader.choice(
            "strategy", default: "sequential",
            [
                "sequential": { _ in .sequential },
                "slow-learner": { .slowLearner(slowFactor: Self.factor($0)) },
                "first-session-slow": { .firstSessionSlow(slowFactor: Self.factor($0)) },
            ])
    }

    private static func factor(_ reader: ParameterReader) -> Double {
        reader.real("slow-factor", in: 0...1)
    }

    /// What the PET's rate is multiplied by in a task, counted from 0.
    func petFactor(task: Int) -> Double {
        switch self {
        case .sequential: 1
        case .slowLearner(let factor): factor
        case .firstSessionSlow(let factor): task == 0 ? 1 : factor
        }
    }
}
