import Engine
import Pipeline

/// How the norm before the head of a model whose features are not normalised is recovered after each task,
/// so that the next task goes on from it, as in the reference (Reference B-21).
///
/// Training and recovery are one chain then. Equal units are one: a stage `recover-classifier` with the same
/// settings computes nothing again.
struct NormRecovery {
    private let statistics: StatisticsMethod
    private let recovery: RecoveryChoice

    /// Reads `norm-recovery`; nil where it is left out.
    init?(_ reader: ParameterReader) {
        guard let own = reader.mapping("norm-recovery") else { return nil }
        statistics =
            own.mapping("statistics").map(StatisticsMethod.read) ?? .multiCentroid(centroids: 10)
        recovery = RecoveryChoice(own)
    }

    /// Checks that a model has such a norm.
    func check(_ configuration: ViTConfiguration) throws(ExpansionError) {
        guard configuration.hasFinalNorm else { return }
        throw ExpansionError(
            problem: "parameter 'norm-recovery' is about models whose features are not normalised",
            hint: "leave it out: this backbone has a final norm")
    }

    /// The units of a chain so far.
    struct Chain {
        fileprivate(set) var statistics: [UnitID] = []
        /// The unit with the recovered classifier, and its norm, after each task.
        fileprivate(set) var recovered: [UnitID] = []
    }

    /// Adds what recovers the classifier after the last task that `model` was trained on.
    func add(
        after task: Int, of model: ModelOutput, to chain: inout Chain,
        _ expansion: inout StageExpansion
    ) {
        chain.statistics.append(expansion.addStatistics(statistics, of: model, task: task))
        chain.recovered.append(
            expansion.addRecovery(
                recovery.settings(batchSize: model.batchSize), of: model, task: task,
                head: chain.recovered.last, (statistics, chain.statistics)))
    }
}

extension StageExpansion {
    /// Adds the recovery of the classifier of a model after a task (Reference 8.2).
    ///
    /// - Parameters:
    ///   - head: the unit that the last task's recovery left; nil after the first task.
    ///   - statistics: those of each task so far, at least.
    mutating func addRecovery(
        _ settings: ClassifierRecovery.Settings, of model: ModelOutput, task: Int, head: UnitID?,
        _ statistics: (method: StatisticsMethod, units: [UnitID])
    ) -> UnitID {
        var inputs: UnitInputs = [
            (Role.data, model.data.unit), (Role.head, head ?? model.initial),
            (Role.rows, model.trained[task]),
        ]
        // The first task has nothing to be balanced against.
        if task > 0 {
            inputs += (0...task).map { (Role.statistics($0), statistics.units[$0]) }
        }
        return add(
            RecoverTask(
                task: task, settings: settings, statistics: statistics.method, seed: model.seed),
            step: "recover", task: task, seed: model.seed, inputs: inputs)
    }
}
