/// The two parts of a dataset.
public enum Split: String, Sendable, Hashable, Codable, CaseIterable {
    /// What is learned from.
    case train
    /// What accuracies are measured on.
    case test
}
