/// In which order the classes of a dataset are dealt out to tasks.
///
/// ```swift
/// ClassOrder.natural.labels(classCount: 3)  // [0, 1, 2]
/// ClassOrder.shuffled(seed: 42).labels(classCount: 5)  // [3, 1, 2, 4, 0]
/// ClassOrder.classes(labels: [0, 0, 1]).labels(classCount: 3)  // nil
/// ```
public enum ClassOrder: Sendable, Hashable, Codable {
    /// By label.
    case natural
    /// As Python's `random.shuffle` leaves the labels after `random.seed(seed)`.
    case shuffled(seed: Int)
    /// As listed: every label once.
    case classes(labels: [Int])

    /// The labels in order.
    ///
    /// - Returns: a permutation of `0..<classCount`; nil when a list is not one.
    public func labels(classCount: Int) -> [Int]? {
        let natural = Array(0..<classCount)
        switch self {
        case .natural: return natural
        case .shuffled(let seed):
            var random = PythonRandom(seed: seed)
            return random.shuffled(natural)
        case .classes(let labels): return labels.sorted() == natural ? labels : nil
        }
    }
}
