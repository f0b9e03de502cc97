/// What a run would do, unit by unit, and why. Opens no HDF5 file and runs nothing.
public struct RunPlan: Sendable {
    /// The units that take part, inputs before those that read them.
    public let entries: [Decision]
    /// The facts about the sources of each unit, by role, for estimates.
    public let facts: [UnitID: [String: SourceFacts]]

    /// Whether anything would run.
    public var wouldRun: Bool { entries.contains { $0.verdict.wouldRun } }

    /// The entry of a unit.
    public func entry(named name: String) -> Decision? {
        entries.first { $0.unit.name == name }
    }

    /// Makes a plan.
    ///
    /// - Parameter stop: asks to look at no more sources; what is not looked at counts as missing.
    /// - Throws: when the store cannot be read. A missing source is a verdict.
    public init(
        graph: UnitGraph, store: any ArtifactStore, options: RunOptions = RunOptions(),
        stop: StopRequest = StopRequest()
    ) throws(StoreError) {
        var decisions = Decisions(graph: graph, store: store, options: options, stop: stop)
        try decisions.foresee()
        if options.checksInputs, Self.findsUnreadable(&decisions) { try decisions.foresee() }
        entries = decisions.all
        facts = decisions.facts
        // The memory of digests is a shortcut: a store that cannot take it changes no plan, and for it
        // alone no store is made.
        if try store.exists { try? store.saveFingerprints() }
    }

    /// Looks at the beginnings of what the units that would run read.
    private static func findsUnreadable(_ decisions: inout Decisions) -> Bool {
        let store = decisions.store
        // For this memory alone no store is made.
        let memo = (try? store.exists) == true ? store.memo : VectorMemo()
        return decisions.findsUnreadable { _ in SourceCheck(.beginnings, memo: memo) }
    }
}
