import Data
import Engine
import Pipeline

extension ClassifierRecovery {
    /// Runs all epochs, and warns of what is not drawn for.
    ///
    /// - Parameters:
    ///   - title: what is recovered, for messages: `classifier`.
    ///   - statistics: those that are drawn from.
    /// - Throws: `RecoveryDiverged`, `UnitInterrupted`.
    mutating func run(
        _ context: UnitContext, task: Int, title: String = "classifier",
        of manifest: DatasetManifest, _ statistics: SeenStatistics
    ) throws {
        let warnings = RecoveryWarnings(
            recovery: self, method: statistics.method, manifest: manifest, task: task,
            title: title, described: statistics.classes.map(\.classID))
        warnings.say(context)
        let start = state.parameters
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
        warnings.sayOutcome(isSame: state.parameters == start, context)
    }
}

extension ClassifierRecovery {
    /// The classifier as it stands.
    var classifier: Classifier {
        Classifier(mapping: mapping, head: LinearHead(weight: weight, bias: bias))
    }
}

extension ClassifierRecovery.Settings {
    /// The settings of a recovery that a file says nothing of.
    static func standard(_ reader: ParameterReader) -> Self {
        var settings = Self()
        let name = reader.standard(.fewPictures)
        settings.fewPictures = FewPictures(rawValue: name).flatMap { $0 == .skip ? nil : $0 }
        return settings
    }

    /// Reads `epochs`, `lr`, `momentum`, `consume` and `few-pictures`; defaults are the properties of
    /// `settings`.
    static func read(_ reader: ParameterReader, default settings: Self) -> Self {
        var settings = settings
        settings.epochs = reader.integer("epochs", default: settings.epochs, in: Bounds.count)
        settings.rate = reader.real("lr", default: settings.rate, in: Bounds.rate)
        settings.momentum = reader.real("momentum", default: settings.momentum, in: 0...1)
        settings.consumption = reader.choice(
            "consume", .consume, Toggle.Subject(),
            ["reference": { _ in .reference }, "all": { _ in .all }])
        settings.fewPictures = reader.choice(
            "few-pictures", .fewPictures, Toggle.Subject(),
            ["skip": { _ in nil }, "shared-variance": { _ in .sharedVariance }])
        return settings
    }
}

/// A recovery as a pipeline file has it.
struct RecoveryChoice {
    private var settings: ClassifierRecovery.Settings
    /// Nil where the file says nothing of it.
    private let samplesPerClass: Int?

    /// Reads a recovery.
    ///
    /// - Parameter rate: the learning rate where the file gives none; nil for that of the reference.
    init(_ reader: ParameterReader, rate: Double? = nil) {
        var settings = ClassifierRecovery.Settings()
        if let rate { settings.rate = rate }
        self.settings = .read(reader, default: settings)
        samplesPerClass = reader.optionalInteger("samples-per-class", in: Bounds.count)
    }

    /// A recovery that a file says nothing of.
    init(standardOf reader: ParameterReader) {
        settings = .standard(reader)
        samplesPerClass = nil
    }

    /// The settings, with the number of samples as it is for a size of the batches in training.
    ///
    /// - Parameter batches: how many batches of samples a class has where the file says nothing of it: five in
    ///   the reference (Reference 8.2).
    func settings(batchSize: Int, batches: Int = 5) -> ClassifierRecovery.Settings {
        var settings = settings
        settings.samplesPerClass = samplesPerClass ?? batches * batchSize
        return settings
    }
}

/// The statistics of all classes seen so far that have training pictures, in task order.
struct SeenStatistics {
    let method: StatisticsMethod
    let classes: [(classID: Int, statistics: ClassStatistics)]
}

extension UnitContext {
    /// The statistics of all classes of the tasks up to `task`, in task order, from the inputs
    /// `statistics[j]`.
    func seenStatistics(
        _ method: StatisticsMethod, upTo task: Int
    ) throws -> SeenStatistics {
        SeenStatistics(
            method: method,
            classes: try (0...task).flatMap {
                try input(Role.statistics($0)).classStatistics(method)
            })
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
