import Data
import Engine
import Pipeline

// What units will cost, for `plan`: from sizes and from what is known of the dataset before it is read.

/// The counts of a dataset that its source tells at plan time.
struct DatasetCounts {
    let train: Int
    let test: Int
    let classes: Int
    /// What the memory of decoded pictures, which all units of a run share, can grow to.
    let rememberedBytes: Int

    /// Nil where the dataset has not been looked at.
    init?(_ facts: [String: SourceFacts]) {
        guard let data = facts[SourceRole.dataset], let train = data["train-pictures"],
            let test = data["test-pictures"], let classes = data["classes"]
        else { return nil }
        self.train = train
        self.test = test
        self.classes = classes
        let limit = PictureMemory.standardByteLimit
        rememberedBytes = data["picture-bytes"].map { min(limit, $0 * (train + test)) } ?? limit
    }
}

/// The cost of training one task.
struct TrainingCost {
    let configuration: ViTConfiguration
    let pet: (any PETMethod)?
    let scope: Trainer.Scope
    let recipe: TrainingRecipe
    /// The tasks that the dataset is divided into.
    let taskCount: Int
    /// Whether every picture passes the bare backbone first.
    var hasQueries = false

    func estimate(_ facts: [String: SourceFacts]) -> UnitEstimate? {
        estimate(facts) { $0.train / max(taskCount, 1) }
    }

    /// - Parameter pictures: those of a pass, of the pictures of the dataset.
    func estimate(
        _ facts: [String: SourceFacts], pictures: (DatasetCounts) -> Int
    ) -> UnitEstimate? {
        guard let counts = DatasetCounts(facts) else { return nil }
        let pictures = pictures(counts)
        let step = NecessaryOperations(configuration, pet: pet, scope: scope).step
        let query = hasQueries ? NecessaryOperations(configuration).forward : 0
        return UnitEstimate(
            pictures: pictures, epochs: recipe.epochs,
            peakBytes: CPUDevice.peakTrainingBytes(
                configuration, batch: min(recipe.batch.size, max(pictures, 1)),
                replicas: recipe.batch.replicas, pet: pet, scope: scope, classes: counts.classes,
                threads: Self.threads) + counts.rememberedBytes,
            gigaflop: (step + query) * Double(pictures * recipe.epochs) / 1e9)
    }

    /// Scratch memory grows with threads; a plan is made before anyone knows how many there will be.
    private static let threads = 2
}

/// The cost of passing pictures through a model.
struct PassCost {
    let configuration: ViTConfiguration
    let pet: (any PETMethod)?
    /// The tasks that the dataset is divided into: a model that nothing was trained on has no tasks of
    /// its own.
    let taskCount: Int

    init(model: ModelOutput) {
        configuration = model.backbone.configuration
        pet = model.pet.method
        taskCount = model.data.taskCount
    }

    /// Features of the training pictures of one task.
    func extraction(_ facts: [String: SourceFacts]) -> UnitEstimate? {
        DatasetCounts(facts).map { estimate($0, pictures: $0.train / max(taskCount, 1)) }
    }

    /// Features of the test pictures of all tasks up to `task`, counted from 0. An upper bound: what an
    /// earlier evaluation has computed under the same PET is remembered.
    func evaluation(
        _ facts: [String: SourceFacts], task: Int, passes: Int
    ) -> UnitEstimate? {
        DatasetCounts(facts).map {
            estimate($0, pictures: $0.test * (task + 1) * passes / max(taskCount, 1))
        }
    }

    private func estimate(_ counts: DatasetCounts, pictures: Int) -> UnitEstimate {
        let operations = NecessaryOperations(configuration, pet: pet)
        return UnitEstimate(
            pictures: pictures,
            peakBytes: CPUDevice.peakFeatureBytes(
                configuration, pictures: min(pictures, FeatureExtractor.chunk), pet: pet,
                threads: 2) + counts.rememberedBytes,
            gigaflop: operations.forward * Double(pictures) / 1e9)
    }
}
