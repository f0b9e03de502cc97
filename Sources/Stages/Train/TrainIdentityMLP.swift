import Data
import Engine
import Pipeline

/// Trains the mapping and the head rows of one task's classes on features of the frozen backbone
/// (Reference 9.2).
///
/// Inputs: `backbone`, `data`; `start`: the unit whose `head/…` training starts from: the recovery of the
/// task before, since it changes the mapping too. Output: `rows/…` of the task's classes with its
/// mapping, `losses [E]`.
struct TrainIdentityMLP: TaskTraining {
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
        let manifest = try context.manifest()
        let classes = manifest.tasks[task]
        let start = try context.input(Role.start).classifier(in: Group.head)
        var setup = TrainingSetup(
            pet: nil, head: start.head.rows(classes), scope: .headOnly,
            optimizer: recipe.optimizer, clipNorm: recipe.clipNorm.map(Float.init))
        setup.mapping = start.mapping
        let trainer = try context.backbone().training(setup)
        let history = try loop(trainer, over: manifest).run(context)
        var artifact = Artifact(task: task)
        artifact.arrays[ArrayName.losses] = TypedArray(history.losses)
        artifact.store(Classifier(mapping: trainer.mapping, head: trainer.head), in: Group.rows)
        return artifact
    }
}
