import Data
import Engine
import Pipeline

/// Work that trains on the pictures of one task.
protocol TaskTraining: UnitWork {
    /// Counted from 0.
    var task: Int { get }
    var recipe: TrainingRecipe { get }
    var augmentation: PictureTransform { get }
    var seed: Int { get }
    var access: any PictureAccess { get }
}

extension TaskTraining {
    /// The loop over the training pictures of the task.
    func loop(_ trainer: any TrainingSession, over manifest: DatasetManifest) -> TrainingLoop {
        TrainingLoop(
            recipe: recipe, trainer: trainer,
            pictures: LabelledPictures(
                of: task, in: manifest, access: access, transform: augmentation),
            stream: RandomStream(seed: seed, name: Self.kind).split("task-\(task)"),
            title: "task \(task + 1)")
    }
}
