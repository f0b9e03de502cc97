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
        (settings, samplesPerClass) = ClassifierRecovery.Settings.read(reader)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let model = try expansion.required("model", as: ModelOutput.self)
        try model.data.requireOwnClasses(for: Self.kind, role: "model")
        let statistics = try expansion.required("statistics", as: StatisticsOutput.self)
        try statistics.check(model)
        var units: [UnitID] = []
        for task in 0..<model.taskCount {
            if expansion.isFull { break }
            units.append(
                expansion.addRecovery(
                    settings, samplesPerClass: samplesPerClass, of: model, task: task,
                    head: units.last, (statistics.method, statistics.units)))
        }
        expansion.output = HeadsOutput(model: model, units: units)
    }
}
