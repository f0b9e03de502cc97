import Engine
import Pipeline

/// `train-identity-mlp`: the older way to name the task of a picture: a mapping and a head on features of
/// the bare backbone, recovered after each task (Reference 9.2).
struct TrainIdentityMLPStage: Stage {
    static let kind = "train-identity-mlp"
    static let summary = "a mapping and a classifier on features of the bare backbone"
    static let needs = ModelSetting.needs

    private let seed: Int
    private let structure: [Int]
    private let recipe: TrainingRecipe
    private let statistics: StatisticsMethod
    private let recovery: RecoveryChoice

    init(_ reader: ParameterReader) {
        seed = reader.integer("seed")
        structure = Self.structure(reader)
        recipe = TrainingRecipe(reader)
        statistics =
            reader.mapping("statistics").map(StatisticsMethod.read)
            ?? .multiCentroid(centroids: 10)
        recovery =
            reader.mapping("recovery").map { RecoveryChoice($0) }
            ?? RecoveryChoice(standardOf: reader)
    }

    private static func structure(_ reader: ParameterReader) -> [Int] {
        let structure = reader.integers(
            "structure", default: [2], in: 1...Bounds.depth.upperBound)
        if structure.count > Bounds.layers {
            reader.report(
                "structure", "names \(structure.count) layers, more than \(Bounds.layers)")
        }
        return structure
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let setting = try ModelSetting(expansion)
        try setting.data.requireOwnClasses(for: Self.kind)
        let initial = expansion.add(
            InitialParameters(
                pet: .none, model: setting.backbone.configuration,
                structure: structure.isEmpty ? nil : structure, seed: seed),
            step: Role.initial, seed: seed, inputs: [(Role.data, setting.data.unit)])
        var model = ModelOutput(
            sharing: .shared, backbone: setting.backbone, data: setting.data, pet: .none,
            initial: initial, trained: [], mapping: structure.isEmpty ? nil : structure, seed: seed,
            batchSize: recipe.batch.size)
        // The rate of this recovery is scaled as that of training, and its batches are as large.
        var settings = recovery.settings(batchSize: recipe.batch.size, batches: 1)
        settings.rate *= Double(recipe.batch.size) / 256
        var statistics: [UnitID] = []
        var recovered: [UnitID] = []
        for task in 0..<setting.data.taskCount {
            let trained = addTraining(
                task, setting, start: recovered.last ?? initial, to: &expansion)
            model.trained.append(trained)
            statistics.append(expansion.addStatistics(self.statistics, of: model, task: task))
            recovered.append(
                expansion.addRecovery(
                    settings, of: model, task: task, head: recovered.last,
                    (self.statistics, statistics)))
        }
        expansion.output = HeadsOutput(model: model, units: recovered)
    }

    private func addTraining(
        _ task: Int, _ setting: ModelSetting, start: UnitID, to expansion: inout StageExpansion
    ) -> UnitID {
        let cost = TrainingCost(
            configuration: setting.backbone.configuration, pet: nil, scope: .headOnly,
            recipe: recipe, taskCount: setting.data.taskCount)
        return expansion.add(
            TrainIdentityMLP(
                task: task, structure: structure, recipe: recipe,
                augmentation: setting.augmentation, seed: seed, access: setting.data.access),
            step: "train", task: task, seed: seed,
            inputs: [
                (Role.backbone, setting.backbone.unit), (Role.data, setting.data.unit),
                (Role.start, start),
            ],
            UnitTraits(
                rates: recipe.series(RateFactors(), pet: nil), estimate: { cost.estimate($0) }))
    }
}
