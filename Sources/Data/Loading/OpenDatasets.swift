import Synchronization

/// The datasets that the cells of a run read pictures from: one for each location, so that files that
/// are kept open or in memory are so once.
package final class OpenDatasets: Sendable {
    private let datasets = Mutex<[String: any DatasetKind]>([:])

    package init() {}

    /// Returns the dataset that stands at a location: the first that was asked for.
    ///
    /// - Parameter location: of kind and place; equal for equal datasets.
    package func dataset(_ dataset: any DatasetKind, at location: String) -> any DatasetKind {
        datasets.withLock { datasets in
            if let known = datasets[location] { return known }
            datasets[location] = dataset
            return dataset
        }
    }
}
