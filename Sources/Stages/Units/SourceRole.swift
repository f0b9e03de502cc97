/// The roles of what units read beside their inputs.
enum SourceRole {
    /// The content of a dataset.
    static let dataset = "dataset"
    /// A file of initial values.
    static let initialValues = "initial"
}
