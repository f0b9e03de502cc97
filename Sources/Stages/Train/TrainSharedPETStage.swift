import Engine
import Pipeline

/// `train-shared-pet`: one PET learned through all tasks (Reference 6).
struct TrainSharedPETStage: Stage {
    static let kind = "train-shared-pet"
    static let summary = "one PET, or one a dataset, trained through all tasks, one unit a task"
    static let needs = ModelSetting.needs

    private let training: PETTraining
    private let strategy: SharedStrategy
    private let sharing: ModelOutput.Sharing
    private let firstTaskPETFactor: Double

    init(_ reader: ParameterReader) {
        training = PETTraining(reader)
        let pet = training.pet
        strategy = SharedStrategy(reader)
        if strategy.shadowDecay != nil, pet.method == nil {
            reader.report(
                "strategy", "keeps a shadow of a PET, and 'pet' is '\(pet.name)'",
                hint: "choose a PET method, or another strategy")
        }
        sharing = reader.choice(
            "slots", default: "one",
            ["one": { _ in .shared }, "per-dataset": { _ in .perDataset }])
        if sharing == .perDataset, pet.method == nil {
            reader.report(
                "slots", "needs a PET for each dataset, and 'pet' is '\(pet.name)'",
                hint: "choose a PET method, or 'slots: one'")
        }
        if sharing == .perDataset, strategy.shadowDecay != nil {
            reader.report(
                "slots", "has no shadow for each dataset, which 'strategy' would keep",
                hint: "choose another strategy, or 'slots: one'")
        }
        firstTaskPETFactor = reader.real(
            "first-task-pet-factor", default: 1, in: 0...Bounds.factor)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let setting = try training.setting(expansion)
        if training.normRecovery != nil {
            try setting.data.requireOwnClasses(for: "parameter 'norm-recovery'")
        }
        var chain = NormRecovery.Chain()
        let datasets = try datasetOfTask(setting)
        var builder = ModelBuilder(setting: setting, training, sharing: sharing)
        builder.hasShadow = strategy.shadowDecay != nil
        builder.addInitial(from: training.initial, to: &expansion)
        for task in 0..<setting.data.taskCount {
            // The last task with the same PET. A PET of its own begins as the one trained last.
            let last = datasets[..<task].lastIndex(of: datasets[task])
            var inputs: UnitInputs = []
            // The norm before the head goes on from task to task, as a PET does.
            if training.pet.method != nil || !setting.backbone.configuration.hasFinalNorm {
                let start = last.map { builder.trained[$0] } ?? builder.trained.last
                inputs.append((Role.start, start ?? builder.initial))
            }
            if builder.hasShadow, let last = builder.trained.last {
                inputs.append((Role.shadow, last))
            }
            // Classes that were there before go on from their rows.
            if setting.data.repeatsClasses, let last = builder.trained.last {
                inputs.append((Role.rows, last))
            }
            if let recovered = chain.recovered.last { inputs.append((Role.norm, recovered)) }
            let factors = strategy.factors(
                task: task, isFirstSession: last == nil, training.rates,
                firstTaskPETFactor: firstTaskPETFactor)
            builder.addTask(
                TrainTask(
                    task: task, setting: setting, training, factors: factors,
                    TrainTask.Extras(
                        shadowDecay: strategy.shadowDecay,
                        isNormRecovered: !chain.recovered.isEmpty,
                        continuesRows: setting.data.repeatsClasses && task > 0)),
                inputs: inputs, to: &expansion)
            training.normRecovery?.add(after: task, of: builder.output, to: &chain, &expansion)
        }
        expansion.output = builder.output
    }

    /// Which PET each task trains: that of its dataset, or the only one.
    private func datasetOfTask(_ setting: ModelSetting) throws(ExpansionError) -> [Int] {
        guard sharing == .perDataset else {
            return [Int](repeating: 0, count: setting.data.taskCount)
        }
        guard let datasets = setting.data.datasetOfTask else {
            throw ExpansionError(
                role: Role.data,
                problem: "'slots: per-dataset' needs a sequence of datasets, "
                    + "need 'data' is a single one",
                hint: "give a dataset stage with 'name: sequence', or 'slots: one'")
        }
        guard setting.backbone.configuration.hasFinalNorm else {
            throw ExpansionError(
                role: Role.backbone,
                problem: "'slots: per-dataset' needs a model with a final norm: "
                    + "a trained norm before the head belongs to no dataset",
                hint: "give another backbone, or 'slots: one'")
        }
        return datasets
    }
}
