import Data
import Engine
import Pipeline

/// What every training stage needs.
struct ModelSetting {
    /// What it is made of.
    static let needs = [
        Need(Role.backbone, accepts: "a frozen backbone"), Need(Role.data, accepts: "a dataset"),
    ]

    let backbone: BackboneOutput
    let data: DataOutput

    init(_ expansion: borrowing StageExpansion) throws(ExpansionError) {
        backbone = try expansion.required(Role.backbone, as: BackboneOutput.self)
        data = try expansion.required(Role.data, as: DataOutput.self)
        try data.transforms.check(backbone)
    }

    /// What training pictures go through.
    var augmentation: PictureTransform { data.transforms.train(for: backbone) }
}

/// Adds the units that a sequence of trained models consists of.
struct ModelBuilder {
    let setting: ModelSetting
    let pet: PETChoice
    let recipe: TrainingRecipe
    let seed: Int
    let sharing: ModelOutput.Sharing
    /// What the order of statistics and merge is, and whether there is a shadow.
    var statisticsBeforeMerge = false
    var hasShadow = false
    private(set) var initialUnit: UnitID?
    private(set) var trained: [UnitID] = []

    init(setting: ModelSetting, _ training: PETTraining, sharing: ModelOutput.Sharing) {
        self.init(
            setting: setting, pet: training.pet, recipe: training.recipe, seed: training.seed,
            sharing: sharing)
    }

    init(
        setting: ModelSetting, pet: PETChoice, recipe: TrainingRecipe, seed: Int,
        sharing: ModelOutput.Sharing
    ) {
        self.setting = setting
        self.pet = pet
        self.recipe = recipe
        self.seed = seed
        self.sharing = sharing
    }

    /// The unit with the initial head and PET.
    var initial: UnitID {
        guard let initialUnit else { preconditionFailure("addInitial(to:) comes first") }
        return initialUnit
    }

    /// Adds the unit with the initial head and PET.
    ///
    /// - Parameter file: gives values in place of those drawn; nil for none.
    mutating func addInitial(from file: String?, to expansion: inout StageExpansion) {
        initialUnit = expansion.add(
            InitialParameters(
                pet: pet, model: setting.backbone.configuration, file: file, seed: seed),
            step: Role.initial, seed: seed, inputs: [(Role.data, setting.data.unit)],
            sources: file.map { [(SourceRole.initialValues, InitialValuesSource(path: $0))] } ?? [])
    }

    /// Adds the training of the next task.
    mutating func addTask(
        _ work: TrainTask, inputs: UnitInputs,
        to expansion: inout StageExpansion
    ) {
        addTask(
            work, task: work.task, scope: work.scope, recipe: recipe, factors: work.factors,
            inputs: inputs, to: &expansion)
    }

    /// Adds the training of the next task by work of another kind.
    ///
    /// - Parameter recipe: that of this task.
    mutating func addTask(
        _ work: some UnitWork, task: Int, scope: Trainer.Scope, recipe: TrainingRecipe,
        factors: RateFactors, hasQueries: Bool = false,
        inputs: UnitInputs, to expansion: inout StageExpansion
    ) {
        // Full fine-tuning goes on with the weights that the last task left.
        let backbone = pet.isFull ? trained.last ?? setting.backbone.unit : setting.backbone.unit
        let common: UnitInputs = [
            (Role.backbone, backbone), (Role.data, setting.data.unit), (Role.initial, initial),
        ]
        let cost = TrainingCost(
            configuration: setting.backbone.configuration, pet: pet.method,
            scope: scope, recipe: recipe, taskCount: setting.data.taskCount,
            hasQueries: hasQueries)
        trained.append(
            expansion.add(
                work, step: "train", task: task, seed: seed, inputs: common + inputs,
                UnitTraits(
                    rates: recipe.series(
                        factors,
                        pet: pet.isFull ? "backbone" : pet.method == nil ? nil : "pet"),
                    estimate: { cost.estimate($0) })))
    }

    var output: ModelOutput {
        ModelOutput(
            sharing: sharing, backbone: setting.backbone, data: setting.data, pet: pet,
            initial: initial, trained: trained, statisticsBeforeMerge: statisticsBeforeMerge,
            hasShadow: hasShadow, seed: seed, batchSize: recipe.batch.size)
    }
}

extension StageExpansion {
    /// Adds the features of the training pictures of a task, under the PET as that task left it.
    mutating func addFeatures(of model: ModelOutput, task: Int) -> UnitID {
        let cost = PassCost(model: model)
        // Features of the bare backbone do not depend on what was trained.
        let inputs = model.pictureInputs(task: task) + model.petInputs(task: task)
        return add(
            ExtractFeatures(
                task: task, pet: model.pet.method == nil ? .none : model.pet,
                isUnmerged: model.statisticsBeforeMerge, transform: model.evaluationTransform,
                access: model.data.access),
            step: "features", task: task, inputs: inputs,
            UnitTraits(estimate: { cost.extraction($0) }))
    }

    /// Adds the statistics of the classes of a task that `model` was trained on, with the features
    /// they are computed from.
    mutating func addStatistics(
        _ method: StatisticsMethod, of model: ModelOutput, task: Int
    ) -> UnitID {
        let features = addFeatures(of: model, task: task)
        return add(
            ComputeStatistics(method: method, task: task, seed: model.seed), step: "statistics",
            task: task, seed: model.seed, inputs: [(Role.features, features)])
    }
}
