import Data
import Engine
import Pipeline

/// Trains the mapping and the head rows of one task's classes on features of the frozen backbone
/// (Reference 9.2).
///
/// Inputs: `backbone`, `data`; `start`: the unit whose `head/…` training starts from: the recovery of the
/// task before, since it changes the mapping too. Output: `rows/…` of the task's classes with its
/// mapping, `losses [E]`.
struct TrainIdentityMLP: UnitWork {
    static let kind = "train-identity-mlp"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    let task: Int
    let structure: [Int]
    let recipe: TrainingRecipe
    let augmentation: PictureTransform
    let seed: Int
    let access: any PictureAccess

    // The seed stands in the key document by itself; the manifest's digest names the pictures.
    enum CodingKeys: CodingKey { case task, structure, recipe, augmentation }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try DatasetManifest(artifact: context.input("data"))
        let classes = manifest.tasks[task]
        let start = try context.input("start").classifier(in: "head")
        let trainer = Trainer(
            backbone: VisionTransformer(try context.input("backbone").backbone()), pet: nil,
            head: start.head.rows(classes), mapping: start.mapping, scope: .headOnly,
            optimizer: recipe.optimizer, clipNorm: recipe.clipNorm.map(Float.init),
            workers: Workers(threads: context.threads))
        let loop = TrainingLoop(
            recipe: recipe, trainer: trainer,
            pictures: LabelledPictures(
                of: task, in: manifest, access: access, transform: augmentation),
            stream: RandomStream(seed: seed, name: Self.kind)
                .split("task-\(task)"),
            title: "task \(task + 1)")
        let history = try loop.run(context)
        var artifact = Artifact(attributes: ["task": .integer(task)])
        artifact.arrays["losses"] = TypedArray(history.losses)
        artifact.store(Classifier(mapping: trainer.mapping, head: trainer.head), in: "rows")
        return artifact
    }
}
