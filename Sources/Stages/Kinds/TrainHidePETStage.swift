import Engine
import Pipeline

/// `train-hide-pet`: a PET for each task, warm-started from the last (spec section 13).
struct TrainHidePETStage: Stage {
    static let kind = "train-hide-pet"
    static let summary = "a PET for each task, warm-started from the one before"
    static let needs = [
        Need("backbone", accepts: "a frozen backbone"), Need("data", accepts: "a dataset"),
    ]

    private let seed: Int
    private let pet: PETChoice
    private let contrastive: ContrastiveChoice?
    private let merge: Double
    private let recipe: TrainingRecipe

    init(_ reader: ParameterReader) {
        seed = reader.integer("seed")
        pet = PETChoice(reader)
        if pet.method == nil { reader.report("pet", "must be a method: each task has its own PET") }
        contrastive = reader.mapping("contrastive").flatMap { reader in
            let weight = reader.real("weight", in: 0...Double.infinity)
            let memory = reader.mapping("memory").map(StatisticsMethod.read)
            return weight == 0
                ? nil
                : ContrastiveChoice(weight: weight, memory: memory ?? .multiCentroid(centroids: 10))
        }
        merge = reader.real("merge", default: 0, in: 0...1)
        recipe = TrainingRecipe(reader)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let setting = try ModelSetting(expansion)
        try pet.check(setting.backbone.configuration)
        var builder = ModelBuilder(
            setting: setting, pet: pet, recipe: recipe, seed: seed, sharing: .perTask)
        builder.addInitial(to: &expansion)
        var memory: [UnitID] = []
        for task in 0..<setting.data.taskCount {
            var inputs = [("start", builder.trained.last ?? builder.initial)]
            if merge > 0 {
                inputs += builder.trained.enumerated().map { ("previous[\($0)]", $1) }
            }
            inputs += memory.enumerated().map { ("memory[\($0)]", $1) }
            builder.addTask(
                TrainTask(
                    task: task, pet: pet, petFactor: 1, recipe: recipe,
                    augmentation: setting.augmentation,
                    contrastive: contrastive, merge: merge > 0 ? merge : nil,
                    seed: seed, access: setting.data.access),
                inputs: inputs, to: &expansion)
            if let contrastive, task + 1 < setting.data.taskCount {
                memory.append(
                    expansion.addStatistics(contrastive.memory, of: builder.output, task: task))
            }
        }
        expansion.output = builder.output
    }
}
