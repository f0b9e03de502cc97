import Synchronization

/// Asks running units to save their progress and end at their next step. May be shared by several
/// runs and set from any thread.
public final class StopRequest: Sendable {
    private let flag = Atomic(false)

    /// Creates a request that nobody has made yet.
    public init() {}

    /// Makes the request. It cannot be taken back.
    public func request() { flag.store(true, ordering: .releasing) }

    /// Whether it was made.
    public var isRequested: Bool { flag.load(ordering: .acquiring) }
}
