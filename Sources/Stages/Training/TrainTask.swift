import Engine
import Pipeline

/// Trains one PET and the head rows of one task's classes with the masked loss.
///
/// Inputs: `backbone`, `data`, `initial`; `start`: the unit whose `pet/…` training starts from;
/// `previous[j]` for the merge (spec section 13.5); `memory[j]`: statistics of earlier tasks for the
/// contrastive term. Output: `pet/…`, `rows/weight [C_t, D]`, `rows/bias [C_t]`, `losses [E]`.
struct TrainTask: UnitWork {
    static let kind = "train-pet"
    static let version = 1

    let task: Int
    let pet: PETChoice
    let petFactor: Double
    let recipe: TrainingRecipe
    let augmentation: PictureTransform
    /// The contrastive term; nil leaves it out.
    let contrastive: ContrastiveChoice?
    /// The share of the earlier slots in the merged slot; nil leaves the slot as trained.
    let merge: Double?
    let seed: Int
    let access: any PictureAccess

    // The seed stands in the key document by itself; the manifest's digest names the pictures.
    enum CodingKeys: CodingKey {
        case task, pet, petFactor, recipe, augmentation, contrastive, merge
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let backbone = VisionTransformer(try context.input("backbone").backbone())
        let manifest = try DatasetManifest(artifact: context.input("data"))
        let classes = manifest.tasks[task]
        let start = try pet.method.map {
            PET(method: $0, parameters: try context.input("start").parameters(in: "pet"))
        }
        let stream = RandomStream(seed: UInt64(bitPattern: Int64(seed)), name: Self.kind)
            .split("task-\(task)")
        let trainer = Trainer(
            backbone: backbone, pet: start,
            head: try context.input("initial").head(in: "head").rows(classes),
            scope: start == nil ? .headOnly : .petAndHead, optimizer: recipe.optimizer,
            clipNorm: recipe.clipNorm.map(Float.init),
            contrastive: try contrastiveTerm(context, width: backbone.configuration.width),
            workers: Workers(threads: context.threads))
        let loop = TrainingLoop(
            recipe: recipe, trainer: trainer,
            pictures: LabelledPictures(
                access: access, entries: manifest.entries(split: .train, task: task),
                rows: classes, transform: augmentation),
            stream: stream, petFactor: petFactor, title: "task \(task + 1)")
        let history = try loop.run(context)

        var artifact = Artifact(attributes: ["task": .integer(task)])
        artifact.arrays["losses"] = TypedArray(history.losses)
        artifact.store(trainer.head, in: "rows")
        if let trained = trainer.pet {
            artifact.store(try merged(trained, context).parameters, in: "pet")
        }
        return artifact
    }

    private func contrastiveTerm(_ context: UnitContext, width: Int) throws -> ContrastiveTerm? {
        guard let contrastive else { return nil }
        var rows: [Float] = []
        for earlier in 0..<task {
            for (_, statistics) in try context.input("memory[\(earlier)]").classStatistics(
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
                parameters: try context.input("previous[\($0)]").parameters(in: "pet"))
        }
        return PET.merged(trained, previous: previous, momentum: Float(merge))
    }
}

/// The contrastive term and the statistics it keeps of earlier classes (spec section 13.3).
struct ContrastiveChoice: Encodable, Sendable {
    let weight: Double
    let memory: StatisticsMethod
}
