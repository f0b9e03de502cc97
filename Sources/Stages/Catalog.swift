public import Pipeline

/// Everything that exists, by name.
public enum Catalog {
    /// The stage kinds, tuning methods, datasets and checkpoints.
    public static let registry = Registry(stages: [])
}
