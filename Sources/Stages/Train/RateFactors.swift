import Engine
import Pipeline

/// What the effective rate is multiplied by during one task, for each group of parameters
/// (Reference 5.5), and when the PET has no gradient. In full fine-tuning the backbone stands for the PET.
struct RateFactors: Sendable, Hashable {
    /// The factor of the PET.
    var pet = 1.0
    /// The factor of the head.
    var head = 1.0
    /// Epochs at the start of the task in which the PET has no gradient.
    var fixedEpochs = 0
    /// Whether the PET has no gradient in the whole task.
    var isPETFrozen = false
}

extension TrainingRecipe {
    /// The rates in effect during an epoch, counted from 0 (Reference 5.4); that of the PET is nil
    /// where it has no gradient.
    func rates(epoch: Int, _ factors: RateFactors) -> (pet: Double?, head: Double) {
        func rate(_ factor: Double) -> Double {
            schedule.rate(epoch: epoch, of: epochs, base: effectiveRate * factor)
        }
        let isFixed = factors.isPETFrozen || epoch < factors.fixedEpochs
        return (isFixed ? nil : rate(factors.pet), rate(factors.head))
    }

    /// The rates of every epoch, for `plan`.
    ///
    /// - Parameter pet: what stands for the PET: `pet` or `backbone`; nil where the head alone learns.
    func series(_ factors: RateFactors, pet: String?) -> [RateSeries] {
        func series(_ group: String, factor: Double, fixedEpochs: Int) -> RateSeries {
            RateSeries(
                group: group, epochs: epochs,
                rule: ScheduledRate(
                    schedule: schedule, epochs: epochs, base: effectiveRate * factor,
                    fixedEpochs: fixedEpochs))
        }
        let fixed = factors.isPETFrozen ? epochs : min(factors.fixedEpochs, epochs)
        return (pet.map { [series($0, factor: factors.pet, fixedEpochs: fixed)] } ?? [])
            + [series("head", factor: factors.head, fixedEpochs: 0)]
    }
}

/// The rate of one group of parameters by a schedule, nothing in the first epochs of all.
private struct ScheduledRate: RateRule {
    let schedule: LearningRateSchedule
    let epochs: Int
    let base: Double
    let fixedEpochs: Int

    func rate(epoch: Int) -> Double? {
        epoch < fixedEpochs ? nil : schedule.rate(epoch: epoch, of: epochs, base: base)
    }
}

/// `rates: {pet: 1, head: 1}` of a stage.
struct RateGroups: Sendable {
    let pet: Double
    let head: Double

    init(_ reader: ParameterReader) {
        let rates = reader.mapping("rates")
        pet = rates?.real("pet", default: 1, in: 0...Bounds.factor) ?? 1
        head = rates?.real("head", default: 1, in: 0...Bounds.factor) ?? 1
    }
}
