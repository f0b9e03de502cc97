import Engine
import Pipeline

/// `class-statistics`: what is kept of the classes of each task (Reference 8.1).
struct ClassStatisticsStage: Stage {
    static let kind = "class-statistics"
    static let summary = "mean and spread of the features of every class, as its task left them"
    static let needs = [Need(Role.model, accepts: "a sequence of trained models")]

    private let method: StatisticsMethod

    init(_ reader: ParameterReader) {
        method = .read(reader)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let model = try expansion.required(Role.model, as: ModelOutput.self)
        try model.data.requireOwnClasses(for: Self.kind, role: Role.model)
        expansion.output = StatisticsOutput(
            method: method,
            units: (0..<model.taskCount).map {
                expansion.addStatistics(method, of: model, task: $0)
            })
    }
}
