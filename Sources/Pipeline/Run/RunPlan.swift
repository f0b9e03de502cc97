/// What a run would do, unit by unit, and why. Opens no HDF5 file and runs nothing.
public struct RunPlan: Sendable {
    /// What would become of a unit.
    public enum Verdict: Sendable, Hashable {
        /// Its artifact is there.
        case reuse
        /// It runs.
        case run(RunReason)
        /// Units before it run; if their artifacts come out as they were, its own is there.
        case runUnlessUnchanged
        /// Something it reads, or a unit before it reads, is missing.
        case missingInput(String)

        /// Whether `plan --exit-code` counts it.
        public var wouldRun: Bool {
            switch self {
            case .run, .runUnlessUnchanged: true
            case .reuse, .missingInput: false
            }
        }
    }

    /// The plan for one unit.
    public struct Entry: Sendable {
        /// The unit.
        public let unit: UnitNode
        /// What would become of it.
        public let verdict: Verdict
        /// Its key; nil while an input is not known.
        public let key: UnitKey?
        /// Its document; with expected digests when units before it run; nil when there are none.
        public let document: KeyDocument?
        /// The record that the document is compared with.
        public let previous: UnitRecord?
        /// The units whose outcome decides.
        public let waitsFor: [String]

        /// What the unit warned of when it ran; empty unless its artifact is there.
        public var warnings: [String] { verdict == .reuse ? previous?.warnings ?? [] : [] }

        /// Whether a source that the unit itself reads is missing, and not only one of units before it.
        public var isOwnInputMissing: Bool {
            if case .missingInput = verdict { waitsFor.isEmpty } else { false }
        }

        /// Where the document differs from that of the last run; empty when nothing is known of one.
        public var differences: [DocumentDifference] {
            guard let document, let previous else { return [] }
            return DocumentDifference.between(previous.document, document)
        }
    }

    /// The units that take part, inputs before those that read them.
    public let entries: [Entry]
    /// The facts about the sources of each unit, by role, for estimates.
    public let facts: [UnitID: [String: SourceFacts]]

    /// Whether anything would run.
    public var wouldRun: Bool { entries.contains { $0.verdict.wouldRun } }

    /// The entry of a unit.
    public func entry(named name: String) -> Entry? {
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
        var planner = Planner(graph: graph, store: store, options: options, stop: stop)
        try planner.addAll()
        if options.checksInputs, planner.findsUnreadable() { try planner.addAll() }
        entries = planner.entries
        facts = planner.facts
        // The memory of digests is a shortcut: a store that cannot take it changes no plan, and for it
        // alone no store is made.
        if try store.exists { try? store.saveFingerprints() }
    }
}

extension RunPlan {
    /// The units that would run.
    static func openUnits(
        of graph: UnitGraph, in store: any ArtifactStore, options: RunOptions,
        sources: SourceStates
    ) throws(StoreError) -> Set<UnitID> {
        var planner = Planner(graph: graph, store: store, options: options, sources: sources)
        try planner.addAll()
        return planner.openUnits
    }
}

/// Goes through the units in order and carries what is known about their outputs.
private struct Planner {
    let store: any ArtifactStore
    let selected: Set<UnitID>
    let runnable: Set<UnitID>
    let forced: Set<UnitID>
    var sources: SourceStates
    let graph: UnitGraph
    var entries: [RunPlan.Entry] = []
    var facts: [UnitID: [String: SourceFacts]] = [:]
    /// What a unit's artifact is, or is expected to be.
    private var records: [UnitID: UnitRecord] = [:]
    /// The units whose artifact is not certain.
    private var uncertain: Set<UnitID> = []
    private var impossible: Set<UnitID> = []
    private var previousRuns: PreviousRuns?
    /// The records that no unit of the graph has the key of any more.
    private var outdated: [UnitRecord] = []

    init(
        graph: UnitGraph, store: any ArtifactStore, options: RunOptions,
        stop: StopRequest = StopRequest(), sources: SourceStates? = nil
    ) {
        self.graph = graph
        self.store = store
        (selected, runnable) = options.selection(in: graph)
        forced = options.forced(in: graph)
        self.sources =
            sources
            ?? SourceStates(of: graph, selected, StoppableFingerprints(store.fingerprints, stop))
    }

    /// Goes through all units, from the start.
    mutating func addAll() throws(StoreError) {
        (entries, facts, outdated) = ([], [:], [])
        (records, uncertain, impossible) = ([:], [], [])
        for unit in graph.units where selected.contains(unit.id) { try add(unit) }
    }

    /// The units that would run.
    var openUnits: Set<UnitID> {
        Set(entries.lazy.filter(\.verdict.wouldRun).map(\.unit.id))
    }

    /// Looks at the beginnings of what the units that would run read.
    mutating func findsUnreadable() -> Bool {
        // For this memory alone no store is made.
        let memo = (try? store.exists) == true ? store.memo : VectorMemo()
        return sources.check(of: graph, neededBy: openUnits) { _ in
            SourceCheck(.beginnings, memo: memo)
        }
    }

    mutating func add(_ unit: UnitNode) throws(StoreError) {
        if let missing = unit.inputs.first(where: impossible.contains) {
            impossible.insert(unit.id)
            let verdict = RunPlan.Verdict.missingInput("needs '\(graph[missing].name)'")
            return append(unit, verdict, waitsFor: [missing])
        }
        let document: KeyDocument?
        do {
            document = try unit.document(inputs: { records[$0] }, sources: sources)
            facts[unit.id] = try unit.facts(sources)
            try unit.check(sources)
        } catch {
            impossible.insert(unit.id)
            return append(unit, .missingInput("\(error)"))
        }
        let waitsFor = unit.inputs.filter(uncertain.contains)
        let state = try document.map { (document) throws(StoreError) in
            try store.state(of: document.key)
        }
        if case .present(let record)? = state, !forced.contains(unit.id) {
            records[unit.id] = record
            if !waitsFor.isEmpty { uncertain.insert(unit.id) }
            return append(
                unit, waitsFor.isEmpty ? .reuse : .runUnlessUnchanged, document, record,
                waitsFor: waitsFor)
        }
        try addRunning(unit, document, state, waitsFor)
    }

    private mutating func addRunning(
        _ unit: UnitNode, _ document: KeyDocument?, _ state: StoredState?, _ waitsFor: [UnitID]
    ) throws(StoreError) {
        guard runnable.contains(unit.id) else {
            impossible.insert(unit.id)
            return append(unit, .missingInput("\(UnselectedInput(unit: unit.name))"), document)
        }
        let previous: UnitRecord?
        if let record = state?.record {
            previous = record
        } else {
            previous = try previousRun(of: unit, document)
            if let previous { outdated.append(previous) }
        }
        uncertain.insert(unit.id)
        records[unit.id] = previous
        let reason = Self.reason(
            state, document: document, previous: previous, isForced: forced.contains(unit.id))
        append(unit, .run(reason), document, previous, waitsFor: waitsFor)
    }

    private static func reason(
        _ state: StoredState?, document: KeyDocument?, previous: UnitRecord?, isForced: Bool
    ) -> RunReason {
        if isForced { return .forced }
        switch state {
        case .missing: return .outputMissing
        case .damaged: return .outputDamaged
        case .present, .absent, nil:
            guard let document else { return previous == nil ? .neverRun : .inputChanged }
            return RunReason(from: previous?.document, to: document)
        }
    }

    private mutating func previousRun(
        of unit: UnitNode, _ document: KeyDocument?
    ) throws(StoreError) -> UnitRecord? {
        let runs: PreviousRuns
        if let known = previousRuns {
            runs = known
        } else {
            runs = PreviousRuns(try store.records(), graph: graph)
            previousRuns = runs
        }
        if let record = runs.candidate(for: unit, document) { return record }
        // A unit that turned out equal to another one has its record under the name of that one.
        return outdated.first { record in
            guard let document, record.document.kind == document.kind else { return false }
            return DocumentDifference.between(record.document, document).allSatisfy {
                $0.path.hasPrefix("parameters.")
            }
        }
    }

    private mutating func append(
        _ unit: UnitNode, _ verdict: RunPlan.Verdict, _ document: KeyDocument? = nil,
        _ previous: UnitRecord? = nil, waitsFor: [UnitID] = []
    ) {
        entries.append(
            RunPlan.Entry(
                unit: unit, verdict: verdict, key: waitsFor.isEmpty ? document?.key : nil,
                document: document, previous: previous, waitsFor: waitsFor.map { graph[$0].name }))
    }
}
