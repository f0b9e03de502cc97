/// Everything that can be fetched by name: what datasets and weights say of themselves.
extension FetchItem {
    /// The datasets, then the checkpoints.
    package static let catalog: [FetchItem] =
        DatasetCatalog.all.compactMap(\.published.value)
        + NamedWeights.all.compactMap(\.published)

    /// Finds an item of the catalogue.
    package static func named(_ name: String) -> FetchItem? {
        catalog.first { $0.name == name }
    }
}
