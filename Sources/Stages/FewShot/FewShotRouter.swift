import Data
import Engine
import Pipeline

/// Chooses the PET of a dataset for pictures of classes that no model was trained on: each picture votes for
/// the dataset of the class which it looks most like to a head on features of the bare backbone
/// (Reference 12.4).
struct FewShotRouter {
    private let head: Classifier
    /// The dataset of each row of the head.
    private let datasetOf: [Int]

    /// Reads what `JoinFewShotRouter` stores.
    init(_ artifact: Artifact) throws {
        head = try artifact.classifier(in: Group.head)
        datasetOf = try artifact.integers("dataset-of")
    }

    /// Lets pictures vote. All classes take part, whatever task they are of.
    ///
    /// - Parameters:
    ///   - features: `[n, D]`, of the bare backbone, n at least 1.
    ///   - slots: the number of datasets.
    /// - Returns: the votes for each dataset.
    func votes(_ features: Tensor, slots: Int) -> [Int] {
        var votes = [Int](repeating: 0, count: slots)
        for label in head.logits(features).arguments(ofMaximumAmong: Array(datasetOf.indices)) {
            votes[datasetOf[label]] += 1
        }
        return votes
    }
}

/// Joins a classifier and the datasets of its classes. A unit of its own, so that the pictures that a result
/// is of are those of the new classes alone.
///
/// Inputs: `head`: the recovered classifier; `data`: the datasets it was trained on. Output: `head/…`,
/// `dataset-of [C]`.
struct JoinFewShotRouter: UnitWork {
    static let kind = "few-shot-router"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try context.manifest()
        var datasetOf = [Int](repeating: 0, count: manifest.classNames.count)
        for entry in manifest.entries { datasetOf[entry.label] = entry.part }
        var artifact = Artifact()
        artifact.store(try context.input(Role.head).classifier(in: Group.head), in: Group.head)
        artifact.arrays["dataset-of"] = TypedArray(datasetOf)
        return artifact
    }
}
