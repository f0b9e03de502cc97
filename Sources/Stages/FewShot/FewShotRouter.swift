import Engine
import Pipeline

/// Chooses the PET of a dataset for pictures of classes that no model was trained on: each picture votes for
/// the dataset of the class which it looks most like to a head on features of the bare backbone (spec
/// section 17.4).
///
/// Inputs: `router`: the unit with the recovered head; `router-data`: the datasets that it was trained on.
struct FewShotRouter {
    private let head: Classifier
    /// The dataset of each row of the head.
    private let datasetOf: [Int]

    init(_ context: UnitContext) throws {
        head = try context.input("router").classifier(in: "head")
        let manifest = try DatasetManifest(artifact: context.input("router-data"))
        var datasetOf = [Int](repeating: 0, count: manifest.classNames.count)
        for entry in manifest.entries { datasetOf[entry.label] = entry.part }
        self.datasetOf = datasetOf
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
