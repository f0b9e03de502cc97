/// Makes the tasks that are handed to an executor.
struct TaskMaker: Sendable {
    private let graph: UnitGraph
    private let facts: [[String: SourceFacts]]
    private let origin: PipelineOrigin?
    private let cores: Int

    init(_ decisions: Decisions, _ options: RunOptions) {
        graph = decisions.graph
        facts = graph.facts(from: decisions.facts)
        origin = options.origin
        cores = max(1, options.threads / max(1, options.jobs))
    }

    /// - Parameter record: what an input made.
    func task(
        _ unit: UnitNode, _ key: UnitKey, _ reason: RunReason, record: (UnitID) -> UnitRecord?
    ) -> UnitTask {
        var inputs: [String: UnitTask.Input] = [:]
        for (role, id) in unit.definition.inputs {
            inputs[role] = record(id).map {
                UnitTask.Input(unit: graph[id].name, key: $0.key, digest: $0.digest)
            }
        }
        let memory = unit.definition.estimate(facts[unit.id.index])?.peakBytes
        return UnitTask(
            origin: origin, unit: unit.name, stage: unit.stage, key: key, inputs: inputs,
            resources: UnitTask.Resources(cores: cores, memory: memory), reason: reason)
    }
}
