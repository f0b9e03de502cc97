import Data
import Engine
import Pipeline

/// `train-task-head`: a small network that names the task of a feature, trained anew after every task on
/// draws from the statistics of all classes seen (Reference 9.3).
struct TrainTaskHeadStage: Stage {
    static let kind = "train-task-head"
    static let summary = "a head that names the task, trained on draws from class statistics"
    static let needs = [
        Need(Role.model, accepts: "a sequence of shared models"),
        Need(Role.statistics, accepts: "class statistics of that model"),
    ]

    private let recovery: RecoveryChoice

    init(_ reader: ParameterReader) { recovery = RecoveryChoice(reader, rate: 0.0005) }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let (model, statistics) = try expansion.modelWithStatistics()
        try model.data.requireOwnClasses(for: Self.kind, role: Role.model)
        guard model.sharing == .shared else {
            throw ExpansionError(
                role: Role.model,
                problem: "a task head stands on the features of a model with one PET for all tasks")
        }
        let settings = recovery.settings(batchSize: model.batchSize)
        let units = (0..<model.taskCount).map { task in
            expansion.add(
                TrainTaskHead(
                    task: task, tasks: model.taskCount,
                    width: model.backbone.configuration.width, settings: settings,
                    statistics: statistics.method, seed: model.seed),
                step: "train", task: task, seed: model.seed,
                inputs: [(Role.data, model.data.unit)]
                    + (0...task).map { (Role.statistics($0), statistics.units[$0]) })
        }
        expansion.output = TaskHeadsOutput(model: model, units: units)
    }
}

/// A task head after each task, with the shared model whose features it reads: `train-task-head`.
struct TaskHeadsOutput: StageOutput {
    let model: ModelOutput
    let units: [UnitID]
}

/// Trains the head after one task; tasks to come take no part.
///
/// Inputs: `data`; `statistics[j]` of every task so far. Output: `tasks/weight [T, 2D]`, `tasks/bias [T]`,
/// `tasks-mapping/…`.
private struct TrainTaskHead: UnitWork {
    static let kind = "train-task-head"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    let task: Int
    let tasks: Int
    let width: Int
    let settings: ClassifierRecovery.Settings
    let statistics: StatisticsMethod
    let seed: Int

    // The seed stands in the key document by itself.
    enum CodingKeys: CodingKey { case task, tasks, width, settings, statistics }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try context.manifest()
        let stream = RandomStream(seed: seed, name: Self.kind)
            .split("task-\(task)")
        let seen = try context.seenStatistics(statistics, upTo: task)
        let head = LinearHead(classes: tasks, width: 2 * width, stream: stream.split("initial"))
        var recovery = ClassifierRecovery(
            weight: head.weight, bias: head.bias,
            mapping: DenseNetwork(
                DenseNetwork.taskMapping(width: width), name: "mapping",
                stream: stream.split("initial")),
            statistics: seen.classes,
            labels: seen.classes.map { manifest.task(of: $0.classID) },
            earlierClassCount: seen.classes.count, settings: settings, stream: stream)
        try recovery.run(context, task: task, title: "task head", of: manifest, seen)
        var artifact = Artifact(task: task)
        artifact.store(recovery.classifier, in: Group.tasks)
        return artifact
    }
}
