/// What exists, by name. Handed in by `Stages`; this module knows no concrete stage.
public struct Registry: Sendable {
    /// The stage kinds by the name in `uses:`.
    public let stages: [String: any Stage.Type]
    /// The parameter-efficient tuning methods.
    public let pets: [RegistryEntry]
    /// The dataset kinds.
    public let datasets: [RegistryEntry]
    /// The checkpoints that are known by name.
    public let checkpoints: [RegistryEntry]
    /// Describes a checkpoint file or dataset folder; nil when it is neither.
    public let inspect: @Sendable (String) throws -> String?

    /// Creates a registry.
    ///
    /// - Precondition: no two stages have the same kind.
    public init(
        stages: [any Stage.Type], pets: [RegistryEntry] = [], datasets: [RegistryEntry] = [],
        checkpoints: [RegistryEntry] = [],
        inspect: @escaping @Sendable (String) throws -> String? = { _ in nil }
    ) {
        self.stages = Dictionary(uniqueKeysWithValues: stages.map { ($0.kind, $0) })
        self.pets = pets
        self.datasets = datasets
        self.checkpoints = checkpoints
        self.inspect = inspect
    }
}

/// One line of `hide-pipeline list`.
public struct RegistryEntry: Sendable, Hashable {
    /// The name in pipeline files.
    public let name: String
    /// One sentence.
    public let summary: String

    /// Creates an entry.
    public init(name: String, summary: String) {
        self.name = name
        self.summary = summary
    }
}
