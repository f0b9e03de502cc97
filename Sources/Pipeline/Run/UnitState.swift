/// What is known about a unit when nothing is done about it.
public enum UnitState: String, Sendable, Hashable, CaseIterable {
    /// Its artifact is there.
    case done
    /// Another process has the right to work on it.
    case running
    /// There is progress.
    case interrupted
    /// There is only a log.
    case failed
    /// There is nothing, or nothing of these parameters and inputs.
    case missing

    /// Looks a unit up. Leaves no trace in the store.
    public init(of decision: Decision, in store: any ArtifactStore) throws(StoreError) {
        self = try Self.state(of: decision, in: store)
    }

    private static func state(
        of decision: Decision, in store: any ArtifactStore
    ) throws(StoreError) -> UnitState {
        if decision.verdict == .reuse { return .done }
        guard let key = decision.key else { return .missing }
        if try store.isOwned(key) { return .running }
        // It may have been finished since the decision.
        if case .present = try store.state(of: key) { return .done }
        if try store.progress(of: key) != nil { return .interrupted }
        return try store.log(of: key) == nil ? .missing : .failed
    }
}
