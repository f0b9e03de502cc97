import Data
import Engine
import Pipeline

// What stages offer to the stages that need them.

/// A frozen backbone: `checkpoint`, `pretrain`.
struct BackboneOutput: StageOutput {
    /// The unit whose artifact holds `backbone/<name>`.
    let unit: UnitID
    let configuration: ViTConfiguration
    /// The pixels that the weights were trained on; nil where nobody says.
    var encoding: PixelEncoding?
}

/// A dataset split into tasks: `dataset`.
struct DataOutput: StageOutput {
    /// The unit whose artifact is a `DatasetManifest`.
    let unit: UnitID
    /// Where the pictures are. Not part of any key: the manifest's digest names the content.
    let access: any PictureAccess
    let taskCount: Int
    /// Whether tasks have classes in common: those of domains have the same.
    let repeatsClasses: Bool
    /// Which dataset of a sequence each task is of; nil for a single dataset.
    let datasetOfTask: [Int]?
    let transforms: TransformSettings

    /// Refuses tasks that have classes in common, for what tells tasks by their classes.
    ///
    /// - Parameters:
    ///   - what: needs classes of their own.
    ///   - role: the need that the dataset comes with.
    func requireOwnClasses(for what: String, role: String = Role.data) throws(ExpansionError) {
        guard repeatsClasses else { return }
        throw ExpansionError(
            role: role,
            problem:
                "\(what) needs tasks with classes of their own, and the tasks here are domains "
                + "with the same classes",
            hint:
                "'train-shared-pet', 'evaluate', 'nearest-class-mean' and 'linear-probe' take domains; "
                + "'tasks: 5' divides the classes of all domains")
    }
}

/// A sequence of trained models, one after each task: `train-shared-pet`, `train-hide-pet`.
struct ModelOutput: StageOutput {
    enum Sharing: String, Encodable, Sendable {
        /// One PET, trained on: the model after task t has the PET of `trained[t]` alone.
        case shared
        /// A PET a task: the model after task t has the PETs of `trained[0...t]`.
        case perTask = "per-task"
        /// A PET for each dataset of a sequence: the model after task t has, for each dataset visited,
        /// that of the last task up to t of the dataset.
        case perDataset = "per-dataset"
    }

    let sharing: Sharing
    let backbone: BackboneOutput
    let data: DataOutput
    let pet: PETChoice
    /// The unit with the initial head of all classes.
    let initial: UnitID
    /// The unit trained on each task: `pet/…`, and the head rows of the task's classes.
    var trained: [UnitID]
    /// Whether class statistics of a merged PET are those of the PET before the merge (Reference 7.5).
    var statisticsBeforeMerge = false
    /// Whether each trained unit also holds a shadow of the PET (Reference 6.3).
    var hasShadow = false
    /// The structure of a mapping between features and head (Reference 4.4); nil for none
    /// but the norm of a model whose features are not normalised.
    var mapping: [Int]?
    let seed: Int
    /// Pictures in a replica's batch: recovery draws in multiples of it (Reference 8.2).
    let batchSize: Int

    var taskCount: Int { trained.count }

    /// The task up to `task` that left the PET which the model then sees pictures of `earlier` with, of a model
    /// with several PETs.
    func slotTask(of earlier: Int, after task: Int) -> Int {
        guard sharing == .perDataset, let datasets = data.datasetOfTask else { return earlier }
        return (earlier...task).last { datasets[$0] == datasets[earlier] } ?? earlier
    }

    /// The unit with the backbone of the model after a task, counted from 0.
    func backboneUnit(task: Int) -> UnitID { pet.isFull ? trained[task] : backbone.unit }

    /// The inputs of a unit that sees pictures with the model after a task: backbone and data.
    func pictureInputs(task: Int) -> UnitInputs {
        [(Role.backbone, backboneUnit(task: task)), (Role.data, data.unit)]
    }

    /// The input with the only PET of the model after a task; none where there is no PET.
    func petInputs(task: Int) -> UnitInputs {
        pet.method == nil ? [] : [(Role.pet, trained[task])]
    }

    /// What pictures go through for evaluation and class statistics.
    var evaluationTransform: EvaluationTransform {
        data.transforms.evaluation(for: backbone)
    }
}

/// Statistics of the classes of each task: `class-statistics`.
struct StatisticsOutput: StageOutput {
    let method: StatisticsMethod
    let units: [UnitID]

    /// Checks that they may belong to a model: there are as many tasks.
    func check(_ model: ModelOutput) throws(ExpansionError) {
        guard units.count == model.taskCount else {
            throw ExpansionError(
                role: Role.statistics,
                problem: "need 'statistics' has \(units.count) tasks, "
                    + "need 'model' has \(model.taskCount)")
        }
    }
}

extension StageExpansion {
    /// Reads the needs `model` and `statistics`, which belong together.
    borrowing func modelWithStatistics() throws(ExpansionError) -> (ModelOutput, StatisticsOutput) {
        let model = try required(Role.model, as: ModelOutput.self)
        let statistics = try required(Role.statistics, as: StatisticsOutput.self)
        try statistics.check(model)
        return (model, statistics)
    }
}

/// A recovered head after each task, with the model that it belongs to: `recover-classifier`.
struct HeadsOutput: StageOutput {
    let model: ModelOutput
    let units: [UnitID]
}
