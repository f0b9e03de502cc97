import Data
import Engine
import Pipeline

/// Trains one PET and the head rows of one task's classes with the masked loss.
///
/// Inputs: `backbone` (in full fine-tuning the unit that trained it last), `data`, `initial`; `start`: the
/// unit whose `pet/…`, and norm before the head, training starts from; `norm`: the unit with the recovered
/// norm in its place, where asked for; `previous[j]` for the merge (Reference 7.4); `memory[j]`:
/// statistics of earlier tasks for the contrastive term; `shadow`: the unit with the last shadow; `rows`: the unit
/// that trained the same classes last.
/// Output: `pet/…`, or `backbone/…` in full fine-tuning; `rows/weight [C_t, D]`, `rows/bias [C_t]`,
/// `losses [E]`; `unmerged/…`: the PET before the merge, and `shadow/…`, where asked for.
struct TrainTask: TaskTraining {
    static let kind = "train-pet"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    let task: Int
    let pet: PETChoice
    let petFactor: Double
    /// Nil is 1.
    let headFactor: Double?
    /// Epochs in which the PET has no gradient; nil is none.
    let fixedEpochs: Int?
    /// Whether the PET has no gradient at all; nil is no.
    let isPETFrozen: Bool?
    let recipe: TrainingRecipe
    let augmentation: PictureTransform
    /// The contrastive term; nil leaves it out.
    let contrastive: ContrastiveChoice?
    /// The share of the earlier slots in the merged slot; nil leaves the slot as trained.
    let merge: Double?
    /// Whether the PET before the merge is stored as well; nil is no.
    let keepsUnmerged: Bool?
    /// The share that the shadow keeps of itself; nil without a shadow.
    let shadowDecay: Double?
    /// Whether the norm before the head is the recovered one, of input `norm`; nil is no.
    let isNormRecovered: Bool?
    /// Whether the rows go on from those of input `rows`, the unit that trained the same classes last; nil
    /// is no.
    let continuesRows: Bool?
    let seed: Int
    let access: any PictureAccess

    // The seed stands in the key document by itself; the manifest's digest names the pictures.
    enum CodingKeys: CodingKey {
        case task, pet, petFactor, headFactor, fixedEpochs, isPETFrozen, recipe, augmentation
        case contrastive, merge, keepsUnmerged, shadowDecay, isNormRecovered, continuesRows
    }

    /// What a task is trained with besides the masked loss; nothing unless given.
    struct Extras {
        var contrastive: ContrastiveChoice?
        var merge: Double?
        var keepsUnmerged = false
        var shadowDecay: Double?
        var isNormRecovered = false
        var continuesRows = false
    }

    init(
        task: Int, setting: ModelSetting, _ training: PETTraining, factors: RateFactors,
        _ extras: Extras
    ) {
        self.task = task
        pet = training.pet
        petFactor = factors.pet
        headFactor = factors.head == 1 ? nil : factors.head
        fixedEpochs = factors.fixedEpochs == 0 ? nil : factors.fixedEpochs
        isPETFrozen = factors.isPETFrozen ? true : nil
        recipe = training.recipe
        augmentation = setting.augmentation
        contrastive = extras.contrastive
        merge = extras.merge
        keepsUnmerged = extras.keepsUnmerged ? true : nil
        shadowDecay = extras.shadowDecay
        isNormRecovered = extras.isNormRecovered ? true : nil
        continuesRows = extras.continuesRows ? true : nil
        seed = training.seed
        access = setting.data.access
    }

    /// The factors of the rates.
    var factors: RateFactors {
        RateFactors(
            pet: petFactor, head: headFactor ?? 1, fixedEpochs: fixedEpochs ?? 0,
            isPETFrozen: isPETFrozen ?? false)
    }

    /// What is trained besides the head.
    var scope: Trainer.Scope {
        if isPETFrozen == true { return .headOnly }
        return pet.isFull ? .everything : pet.method == nil ? .headOnly : .petAndHead
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let backbone = try context.backbone()
        let manifest = try context.manifest()
        let classes = manifest.tasks[task]
        let start = try pet.method.map {
            PET(method: $0, parameters: try context.input(Role.start).parameters(in: Group.pet))
        }
        var setup = TrainingSetup(
            pet: start,
            head: try continuesRows == true
                ? context.input(Role.rows).head(in: Group.rows)
                : context.input(Role.initial).head(in: Group.head).rows(classes),
            scope: scope, optimizer: recipe.optimizer, clipNorm: recipe.clipNorm.map(Float.init))
        setup.mapping = try featureNorm(context, of: backbone.configuration)
        setup.contrastive = try contrastiveTerm(context, width: backbone.configuration.width)
        let trainer = backbone.training(setup)
        var loop = loop(trainer, over: manifest)
        loop.factors = factors
        let history = try loop.run(context)

        var artifact = pet.isFull ? try Artifact(backbone: trainer.backboneWeights) : Artifact()
        artifact.attributes["task"] = .integer(task)
        artifact.arrays[ArrayName.losses] = TypedArray(history.losses)
        artifact.store(Classifier(mapping: trainer.mapping, head: trainer.head), in: Group.rows)
        if let trained = trainer.pet { try store(trained, in: &artifact, context) }
        return artifact
    }

    /// Adds the PET as merged, and what else is asked for.
    private func store(
        _ trained: PET, in artifact: inout Artifact, _ context: UnitContext
    ) throws {
        artifact.store(try merged(trained, context).parameters, in: Group.pet)
        if keepsUnmerged == true { artifact.store(trained.parameters, in: Group.unmerged) }
        if let shadowDecay {
            let last = try task == 0 ? nil : context.input(Role.shadow).parameters(in: Group.shadow)
            artifact.store(
                PET.shadow(following: trained, last: last, decay: Float(shadowDecay)).parameters,
                in: Group.shadow)
        }
    }

    /// The norm before the head of a model whose features are not normalised, as the last task left it.
    private func featureNorm(
        _ context: UnitContext, of configuration: ViTConfiguration
    ) throws -> DenseNetwork? {
        if configuration.hasFinalNorm { return nil }
        if isNormRecovered == true { return try context.input(Role.norm).mapping(of: Group.head) }
        return try context.input(Role.start).mapping(of: task == 0 ? Group.head : Group.rows)
    }

    private func contrastiveTerm(_ context: UnitContext, width: Int) throws -> ContrastiveTerm? {
        guard let contrastive else { return nil }
        var rows: [Float] = []
        for earlier in 0..<task {
            for (_, statistics) in try context.input(Role.memory(earlier)).classStatistics(
                contrastive.memory)
            {
                rows += statistics.contrastiveRows.values
            }
        }
        return ContrastiveTerm(
            weight: Float(contrastive.weight),
            memory: Tensor(shape: [rows.count / width, width], rows))
    }

    private func merged(_ trained: PET, _ context: UnitContext) throws -> PET {
        guard let merge, merge > 0, task > 0 else { return trained }
        let previous = try (0..<task).map {
            PET(
                method: trained.method,
                parameters: try context.input(Role.previous($0)).parameters(in: Group.pet))
        }
        return PET.merged(trained, previous: previous, share: Float(merge))
    }
}

/// The contrastive term and the statistics it keeps of earlier classes (Reference 7.3).
struct ContrastiveChoice: Encodable, Sendable {
    let weight: Double
    let memory: StatisticsMethod
}

extension PET {
    /// The shadow of a PET after a task: `current` itself after the first, then
    /// `decay · last + (1 - decay) · current`, element by element (Reference 6.3).
    static func shadow(following current: PET, last: ParameterSet?, decay: Float) -> PET {
        guard let last else { return current }
        var shadow = current
        for index in last.tensors.indices {
            shadow.parameters.tensors[index].values =
                zip(last.tensors[index].values, current.parameters.tensors[index].values).map {
                    decay * $0 + (1 - decay) * $1
                }
        }
        return shadow
    }
}
