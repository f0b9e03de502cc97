import Engine
import Pipeline

extension TrainingLoop {
    /// Reads saved progress; nil when it is none that this training can have left: a sealed file may hold
    /// anything.
    func restored(_ saved: Artifact, stepsPerEpoch: Int) -> (History, TrainerState)? {
        guard let (history, state) = try? Self.content(of: saved),
            (0...recipe.epochs).contains(history.epoch),
            (0...stepsPerEpoch).contains(history.step), history.losses.count == history.epoch,
            history.crossEntropies.count == history.epoch,
            Self.isLike(trainer.state, state)
        else { return nil }
        return (history, state)
    }

    private static func content(of saved: Artifact) throws -> (History, TrainerState) {
        var history = History()
        history.epoch = try saved.integer("epoch")
        history.step = try saved.integer("step")
        history.lossSum = try saved.real("loss-sum")
        history.losses = try saved.doubles(ArrayName.losses)
        // Progress of versions before has the losses alone, which are at least as large.
        history.crossEntropySum = (try? saved.real("cross-entropy-sum")) ?? history.lossSum
        history.crossEntropies = (try? saved.doubles("cross-entropies")) ?? history.losses
        let state = TrainerState(
            parameters: try saved.parameters(in: "parameters"),
            optimizer: Optimizer.State(
                stepCount: try saved.integer("step-count"),
                first: try saved.parameters(in: "first-moments"),
                second: try saved.parameters(in: "second-moments"),
                skipped: try saved.integers("skipped")))
        return (history, state)
    }

    private static func isLike(_ own: TrainerState, _ state: TrainerState) -> Bool {
        func isLike(_ left: ParameterSet, _ right: ParameterSet) -> Bool {
            left.names == right.names && left.tensors.map(\.shape) == right.tensors.map(\.shape)
        }
        let skipped = state.optimizer.skipped
        return state.optimizer.stepCount >= 0 && isLike(own.parameters, state.parameters)
            && isLike(own.optimizer.first, state.optimizer.first)
            && isLike(own.optimizer.second, state.optimizer.second)
            && (skipped.isEmpty || skipped.count == own.parameters.names.count)
    }
}
