import Engine
import Pipeline

/// `train-shared-pet`: one PET learned through all tasks (spec section 9).
struct TrainSharedPETStage: Stage {
    static let kind = "train-shared-pet"
    static let summary = "one PET trained through all tasks, one unit a task"
    static let needs = [
        Need("backbone", accepts: "a frozen backbone"), Need("data", accepts: "a dataset"),
    ]

    private let seed: Int
    private let pet: PETChoice
    private let strategy: SharedStrategy
    private let recipe: TrainingRecipe

    init(_ reader: ParameterReader) {
        seed = reader.integer("seed")
        pet = PETChoice(reader)
        strategy = SharedStrategy(reader)
        recipe = TrainingRecipe(reader)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let setting = try ModelSetting(expansion)
        try pet.check(setting.backbone.configuration)
        var builder = ModelBuilder(
            setting: setting, pet: pet, recipe: recipe, seed: seed, sharing: .shared)
        builder.addInitial(to: &expansion)
        for task in 0..<setting.data.taskCount {
            let start = builder.trained.last ?? builder.initial
            builder.addTask(
                TrainTask(
                    task: task, pet: pet, petFactor: strategy.petFactor(task: task),
                    recipe: recipe, augmentation: setting.augmentation,
                    contrastive: nil, merge: nil, seed: seed, access: setting.data.access),
                inputs: [("start", start)], to: &expansion)
        }
        expansion.output = builder.output
    }
}
