import Pipeline

/// What happens to a shared PET from task to task (Reference 5.5 and Reference 6.3).
enum SharedStrategy: Sendable {
    /// The same rate throughout: plain sequential tuning.
    case sequential
    /// The PET learns at a fraction of the rate in every task.
    case slowLearner(slowFactor: Double)
    /// The PET learns at a fraction of the rate after the first task (`first_sl`).
    case firstSessionSlow(slowFactor: Double)
    /// The PET learns in the first task alone: afterwards it has no gradient and no share in the norm
    /// (`first_adapt`, Reference B-14).
    case firstSessionAdaptation
    /// The PET has no gradient in the first epochs of each task.
    case fixAndTuning(fixedEpochs: Int)
    /// A shadow follows the PET after each task; logits under both are joined by their maximum.
    case momentum(decay: Double)

    /// Reads `strategy`.
    init(_ reader: ParameterReader) {
        self = reader.choice(
            "strategy", default: "sequential",
            [
                "sequential": { _ in .sequential },
                "slow-learner": { .slowLearner(slowFactor: Self.factor($0)) },
                "first-session-slow": { .firstSessionSlow(slowFactor: Self.factor($0)) },
                "first-session-adaptation": { _ in .firstSessionAdaptation },
                "fix-and-tuning": {
                    .fixAndTuning(
                        fixedEpochs: $0.integer(
                            "fixed-epochs", default: 10, in: Bounds.countOrNone))
                },
                "momentum": { .momentum(decay: $0.real("decay", default: 0.99, in: 0...1)) },
            ])
    }

    private static func factor(_ reader: ParameterReader) -> Double {
        reader.real("slow-factor", in: 0...1)
    }

    /// The factors of a task, counted from 0.
    ///
    /// - Parameter isFirstSession: whether it is the first task of its PET: of all tasks, or with a PET a
    ///   dataset of the dataset (Reference 5.5, "upstream, shared").
    func factors(
        task: Int, isFirstSession: Bool, _ groups: RateGroups, firstTaskPETFactor: Double
    ) -> RateFactors {
        var factors = RateFactors(pet: groups.pet, head: groups.head)
        if task == 0 { factors.pet *= firstTaskPETFactor }
        switch self {
        case .sequential, .momentum: break
        case .slowLearner(let factor): factors.pet *= factor
        case .firstSessionSlow(let factor): if !isFirstSession { factors.pet *= factor }
        case .firstSessionAdaptation: factors.isPETFrozen = !isFirstSession
        case .fixAndTuning(let epochs): factors.fixedEpochs = epochs
        }
        return factors
    }

    /// The share that the shadow keeps of itself after each task; nil without a shadow.
    var shadowDecay: Double? {
        if case .momentum(let decay) = self { decay } else { nil }
    }
}
