import Engine
import Pipeline

extension ClassifierRecovery {
    /// Runs all epochs.
    ///
    /// - Parameter title: what is recovered, for messages: `classifier`.
    /// - Throws: `RecoveryDiverged`, `UnitInterrupted`.
    mutating func run(_ context: UnitContext, task: Int, title: String = "classifier") throws {
        while !isFinished {
            let loss = runEpoch()
            let values =
                weight.values + bias.values
                + (mapping?.parameters.tensors.flatMap(\.values) ?? [])
            guard loss.isFinite, values.allSatisfy(\.isFinite) else {
                throw RecoveryDiverged(title: title, task: task + 1, epoch: completedEpochs)
            }
            try context.step(
                done: completedEpochs, of: settings.epochs, loss: loss,
                detail: "epoch \(completedEpochs)/\(settings.epochs)")
        }
    }
}

extension ClassifierRecovery.Settings {
    /// Reads `epochs`, `lr`, `momentum`, `consume` and `samples-per-class`; defaults are the properties of
    /// `self`.
    ///
    /// - Returns: the settings, and the number of samples where the file gives one.
    static func read(
        _ reader: ParameterReader, default settings: Self = Self()
    ) -> (settings: Self, samplesPerClass: Int?) {
        var settings = settings
        settings.epochs = reader.integer("epochs", default: settings.epochs, in: Bounds.count)
        settings.rate = reader.real("lr", default: settings.rate, in: Bounds.rate)
        settings.momentum = reader.real("momentum", default: settings.momentum, in: 0...1)
        settings.consumption = reader.choice(
            "consume", .consume, Toggle.Subject(),
            ["reference": { _ in .reference }, "all": { _ in .all }])
        return (settings, reader.optionalInteger("samples-per-class", in: Bounds.count))
    }
}

extension UnitContext {
    /// The statistics of all classes of the tasks up to `task`, in task order, from the inputs
    /// `statistics[j]`.
    func seenStatistics(
        _ method: StatisticsMethod, upTo task: Int
    ) throws -> [(classID: Int, statistics: ClassStatistics)] {
        try (0...task).flatMap { try input("statistics[\($0)]").classStatistics(method) }
    }
}

/// A recovery that left the finite numbers.
private struct RecoveryDiverged: Error, CustomStringConvertible {
    let title: String
    let task: Int
    let epoch: Int

    var description: String {
        """
        the \(title) is not finite after task \(task), epoch \(epoch) of its recovery
          hint: a lower 'lr' of the stage usually helps
        """
    }
}
