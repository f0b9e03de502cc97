import Data
import Engine
import Pipeline

/// How the entries of a prompt pool are used (Reference 11).
struct PoolUse: Sendable {
    /// Whether a batch votes for its entries, or every picture has its own.
    let isBatchwise: Bool
    let layout: PoolSelection.Layout
    /// Whether each task owns entries, which its pictures read in training.
    let hasMask: Bool
    /// Whether the entries of a task begin as those of the task before.
    let isWarmStarted: Bool
    /// Whether the keys of tasks to come are left out at test.
    let hidesFutureKeys: Bool
    /// c in the term that pulls keys to queries.
    let pull: Double
}

/// Trains a prompt pool and the head rows of one task.
///
/// Inputs: `backbone`, `data`; `initial`: the unit with the initial head; `start`: the unit with the pool to
/// start from. Output: `pet/…`, the whole pool; `rows/weight`, `rows/bias`; `losses`, each the mean of an
/// epoch with the pulling term, which is negative.
struct TrainPromptPool: UnitWork {
    static let kind = "train-prompt-pool"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    /// Who chooses the entries of a picture in training.
    private enum Choosing: String, Encodable {
        case instance, batch, mask
    }

    let task: Int
    let pool: PromptPool
    private let choosing: Choosing
    let layout: PoolSelection.Layout
    let pull: Double
    /// Whether the task's entries begin as those of the task before; nil is no.
    let isWarmStarted: Bool?
    let recipe: TrainingRecipe
    let augmentation: PictureTransform
    let seed: Int
    let access: any PictureAccess

    // The seed stands in the key document by itself; the manifest's digest names the pictures.
    enum CodingKeys: CodingKey {
        case task, pool, choosing, layout, pull, isWarmStarted, recipe, augmentation
    }

    init(
        task: Int, setting: ModelSetting, pool: PromptPool, use: PoolUse, recipe: TrainingRecipe,
        seed: Int
    ) {
        self.task = task
        self.pool = pool
        choosing = use.hasMask ? .mask : use.isBatchwise ? .batch : .instance
        layout = use.layout
        pull = use.pull
        isWarmStarted = use.isWarmStarted && task > 0 ? true : nil
        self.recipe = recipe
        augmentation = setting.augmentation
        self.seed = seed
        access = setting.data.access
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let backbone = try context.backbone()
        let manifest = try DatasetManifest(artifact: context.input("data"))
        let classes = manifest.tasks[task]
        var start = try context.input("start").parameters(in: "pet")
        if isWarmStarted == true { pool.warmStart(&start, task: task) }
        var setup = TrainingSetup(
            pet: PET(method: pool, parameters: start),
            head: try context.input("initial").head(in: "head").rows(classes),
            scope: .petAndHead, optimizer: recipe.optimizer,
            clipNorm: recipe.clipNorm.map(Float.init))
        setup.matching = matching
        let trainer = backbone.training(setup)
        var loop = TrainingLoop(
            recipe: recipe, trainer: trainer,
            pictures: LabelledPictures(
                of: task, in: manifest, access: access, transform: augmentation),
            stream: RandomStream(seed: seed, name: Self.kind)
                .split("task-\(task)"),
            title: "task \(task + 1)")
        loop.queries = { backbone.features(of: $0, pet: nil) }
        let history = try loop.run(context)

        var artifact = Artifact(attributes: ["task": .integer(task)])
        artifact.arrays["losses"] = TypedArray(history.losses)
        artifact.store(trainer.head, in: "rows")
        if let trained = trainer.pet { artifact.store(trained.parameters, in: "pet") }
        return artifact
    }

    private var matching: PoolMatching {
        let rule: PoolMatching.Rule? =
            switch choosing {
            case .instance: .instance
            case .batch: .batch
            case .mask: PoolMatching.mask(task: task, in: pool)
            }
        guard let rule else { preconditionFailure("task \(task) owns no entries of \(pool)") }
        return PoolMatching(rule: rule, layout: layout, pull: pull)
    }
}
