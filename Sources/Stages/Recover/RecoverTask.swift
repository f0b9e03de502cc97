import Data
import Engine
import Pipeline

/// Recovers the classifier after one task (Reference 8.2).
///
/// Inputs: `data`; `head`: the unit whose `head/…` the last task left; `rows`: the unit with the head
/// rows of this task's classes, and with the mapping before the head where there is one; `statistics[j]` of
/// every task so far. Output: `head/…`, and `before/…` as it was before recovery.
struct RecoverTask: UnitWork {
    static let kind = "recover-classifier"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    let task: Int
    let settings: ClassifierRecovery.Settings
    let statistics: StatisticsMethod
    let seed: Int

    // The seed stands in the key document by itself.
    enum CodingKeys: CodingKey { case task, settings, statistics }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try context.manifest()
        let trained = try context.input(Role.rows)
        var head = try context.input(Role.head).head(in: Group.head)
        head.replaceRows(manifest.tasks[task], with: try trained.head(in: Group.rows))
        let before = Classifier(mapping: try trained.mapping(of: Group.rows), head: head)
        var artifact = Artifact(task: task)
        artifact.store(before, in: Group.before)
        // The first task has nothing to be balanced against.
        guard task > 0 else {
            artifact.store(before, in: Group.head)
            return artifact
        }
        let seen = try context.seenStatistics(statistics, upTo: task)
        var recovery = ClassifierRecovery(
            weight: head.weight, bias: head.bias, mapping: before.mapping,
            statistics: seen.classes,
            earlierClassCount: manifest.tasks[0..<task].reduce(0) { $0 + $1.count },
            settings: settings,
            stream: RandomStream(seed: seed, name: Self.kind)
                .split("task-\(task)"))
        try recovery.run(context, task: task, of: manifest, seen)
        if before.mapping != nil {
            context.log("what stands before the head is recovered with it")
        }
        artifact.store(recovery.classifier, in: Group.head)
        return artifact
    }
}
