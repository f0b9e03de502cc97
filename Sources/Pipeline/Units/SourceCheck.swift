/// How a source is to look at its content before units read it.
public struct SourceCheck: Sendable {
    /// How much is looked at.
    public enum Depth: Sendable {
        /// What is remembered, and the first bytes of files about which nothing is.
        case beginnings
        /// Everything that units will read, as they will read it.
        case contents
    }

    /// How much is looked at.
    public let depth: Depth
    /// Keeps what was found between runs, by content. Losing it loses time alone.
    public let memo: VectorMemo
    /// The threads that may be kept busy.
    public let threads: Int
    /// Whether to give up: then the check throws `UnitInterrupted`.
    public let isStopping: @Sendable () -> Bool
    /// Called from any thread with the files done, of all.
    public let progress: @Sendable (_ done: Int, _ of: Int) -> Void

    /// Creates a check.
    public init(
        _ depth: Depth, memo: VectorMemo, threads: Int = 1,
        isStopping: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) {
        self.depth = depth
        self.memo = memo
        self.threads = threads
        self.isStopping = isStopping
        self.progress = progress
    }
}
