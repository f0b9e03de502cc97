import Engine
import Pipeline

/// `recover-classifier`: the head re-trained on draws from the statistics of all classes seen, after
/// every task (spec section 11).
struct RecoverClassifierStage: Stage {
    static let kind = "recover-classifier"
    static let summary = "the classifier re-trained on draws from class statistics"
    static let needs = [
        Need("model", accepts: "a sequence of trained models"),
        Need("statistics", accepts: "class statistics of that model"),
    ]

    private let settings: ClassifierRecovery.Settings
    /// Nil: five times the batch size of the model's training (spec section 11).
    private let samplesPerClass: Int?

    init(_ reader: ParameterReader) {
        var settings = ClassifierRecovery.Settings()
        settings.epochs = reader.integer("epochs", default: settings.epochs, in: Bounds.count)
        settings.rate = reader.real("lr", default: settings.rate, in: 0...Double.infinity)
        settings.momentum = reader.real("momentum", default: settings.momentum, in: 0...1)
        settings.consumption = reader.choice(
            "consume", .consume, Toggle.Subject(),
            ["reference": { _ in .reference }, "all": { _ in .all }])
        samplesPerClass = reader.optionalInteger("samples-per-class", in: Bounds.count)
        self.settings = settings
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let model = try expansion.required("model", as: ModelOutput.self)
        let statistics = try expansion.required("statistics", as: StatisticsOutput.self)
        guard statistics.units.count == model.taskCount else {
            throw ExpansionError(
                role: "statistics",
                problem: "need 'statistics' has \(statistics.units.count) tasks, "
                    + "need 'model' has \(model.taskCount)")
        }
        var settings = settings
        settings.samplesPerClass = samplesPerClass ?? 5 * model.batchSize
        var units: [UnitID] = []
        for task in 0..<model.taskCount {
            var inputs: [(role: String, unit: UnitID)] = [
                ("data", model.data.unit), ("head", units.last ?? model.initial),
                ("rows", model.trained[task]),
            ]
            if task > 0 {
                inputs += (0...task).map { ("statistics[\($0)]", statistics.units[$0]) }
            }
            units.append(
                expansion.add(
                    RecoverTask(
                        task: task, settings: settings, statistics: statistics.method,
                        seed: model.seed),
                    step: "recover", task: task, seed: model.seed, inputs: inputs))
        }
        expansion.output = HeadsOutput(model: model, units: units)
    }
}

/// Recovers the head after one task.
///
/// Inputs: `data`; `head`: the unit whose `head/…` the last task left; `rows`: the unit with the head
/// rows of this task's classes; `statistics[j]` of every task so far. Output: `head/…`, and `before/…`
/// as it was before recovery.
private struct RecoverTask: UnitWork {
    static let kind = "recover-classifier"
    static let version = 1

    let task: Int
    let settings: ClassifierRecovery.Settings
    let statistics: StatisticsMethod
    let seed: Int

    // The seed stands in the key document by itself.
    enum CodingKeys: CodingKey { case task, settings, statistics }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try DatasetManifest(artifact: context.input("data"))
        var head = try context.input("head").head(in: "head")
        head.replaceRows(manifest.tasks[task], with: try context.input("rows").head(in: "rows"))
        var artifact = Artifact(attributes: ["task": .integer(task)])
        artifact.store(head, in: "before")
        // The first task has nothing to be balanced against.
        guard task > 0 else {
            artifact.store(head, in: "head")
            return artifact
        }
        var recovery = ClassifierRecovery(
            weight: head.weight, bias: head.bias, statistics: try seenStatistics(context),
            earlierClassCount: manifest.tasks[0..<task].reduce(0) { $0 + $1.count },
            settings: settings,
            stream: RandomStream(seed: UInt64(bitPattern: Int64(seed)), name: Self.kind)
                .split("task-\(task)"))
        while !recovery.isFinished {
            let loss = recovery.runEpoch()
            let head = recovery.weight.values + recovery.bias.values
            guard loss.isFinite, head.allSatisfy(\.isFinite) else {
                throw RecoveryDiverged(task: task + 1, epoch: recovery.completedEpochs)
            }
            try context.step(
                done: recovery.completedEpochs, of: settings.epochs, loss: loss,
                detail: "epoch \(recovery.completedEpochs)/\(settings.epochs)")
        }
        artifact.store(LinearHead(weight: recovery.weight, bias: recovery.bias), in: "head")
        return artifact
    }

    private func seenStatistics(
        _ context: UnitContext
    ) throws -> [(classID: Int, statistics: ClassStatistics)] {
        try (0...task).flatMap {
            try context.input("statistics[\($0)]").classStatistics(statistics)
        }
    }
}

/// A recovery that left the finite numbers.
private struct RecoveryDiverged: Error, CustomStringConvertible {
    let task: Int
    let epoch: Int

    var description: String {
        """
        the classifier is not finite after task \(task), epoch \(epoch) of its recovery
          hint: a lower 'lr' of the stage usually helps
        """
    }
}
