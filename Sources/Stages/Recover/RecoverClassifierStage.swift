import Engine
import Pipeline

/// `recover-classifier`: the head re-trained on draws from the statistics of all classes seen, after
/// every task (Reference 8.2).
struct RecoverClassifierStage: Stage {
    static let kind = "recover-classifier"
    static let summary = "the classifier re-trained on draws from class statistics"
    static let needs = [
        Need(Role.model, accepts: "a sequence of trained models"),
        Need(Role.statistics, accepts: "class statistics of that model"),
    ]

    private let recovery: RecoveryChoice

    init(_ reader: ParameterReader) { recovery = RecoveryChoice(reader) }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let (model, statistics) = try expansion.modelWithStatistics()
        try model.data.requireOwnClasses(for: Self.kind, role: Role.model)
        var units: [UnitID] = []
        for task in 0..<model.taskCount {
            if expansion.isFull { break }
            units.append(
                expansion.addRecovery(
                    recovery.settings(batchSize: model.batchSize), of: model, task: task,
                    head: units.last, (statistics.method, statistics.units)))
        }
        expansion.output = HeadsOutput(model: model, units: units)
    }
}
