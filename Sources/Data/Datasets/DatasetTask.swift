/// Which pictures a task is made of: those of some classes, of every part of the dataset or of some. A part
/// is a dataset of a sequence, or a domain.
public struct DatasetTask: Sendable, Hashable {
    /// The classes, in the order of the rows of a head.
    public let labels: [Int]
    /// The parts; nil: every part.
    public let parts: [Int]?

    /// Creates a task.
    public init(labels: [Int], parts: [Int]? = nil) {
        self.labels = labels
        self.parts = parts
    }

    /// Whether no picture can be of both tasks.
    func isDisjoint(from other: DatasetTask) -> Bool {
        if Set(labels).isDisjoint(with: other.labels) { return true }
        guard let parts, let others = other.parts else { return false }
        return Set(parts).isDisjoint(with: others)
    }

    /// Whether some of several tasks have classes in common.
    static func repeatClasses(_ tasks: [DatasetTask]) -> Bool {
        var seen: Set<Int> = []
        return tasks.contains { task in task.labels.contains { !seen.insert($0).inserted } }
    }
}
