/// Decides what becomes of the units of a graph: the one place that does.
///
/// `foresee` goes through all units with what is expected of those before them; a plan shows that. A run
/// goes on from there: it tells what units really made, and asks again about those that waited. The
/// record that a unit is compared with is chosen once, in `foresee`, so that the reason a run gives is the
/// one that the plan gave.
struct Decisions: Sendable {
    /// What is known of the artifact of a unit.
    private enum Output {
        case unknown
        /// It is there.
        case made(UnitRecord)
        /// The unit has yet to run, and made this the last time; nil when nothing is known of one.
        case expected(UnitRecord?)
        /// The unit cannot run.
        case impossible

        var record: UnitRecord? {
            switch self {
            case .made(let record): record
            case .expected(let record): record
            case .unknown, .impossible: nil
            }
        }
    }

    let graph: UnitGraph
    let store: any ArtifactStore
    /// The units that take part.
    let selected: Set<UnitID>
    private let runnable: Set<UnitID>
    private let forced: Set<UnitID>
    /// Whether one unit alone was asked for: then no record is read but those of the units before it.
    private let isSingle: Bool
    private(set) var sources: SourceStates
    private var outputs: [Output]
    private var foreseen: [Decision?]
    private var previousRuns: PreviousRuns?
    /// The records of units that run again, which no unit of the graph has the key of any more.
    private var outdated: [UnitRecord] = []

    init(
        graph: UnitGraph, store: any ArtifactStore, options: RunOptions, stop: StopRequest
    ) {
        self.graph = graph
        self.store = store
        (selected, runnable) = options.selection(in: graph)
        forced = options.forced(in: graph).intersection(runnable)
        isSingle = options.unit != nil
        sources = SourceStates(of: graph, selected, StoppableFingerprints(store.fingerprints, stop))
        outputs = graph.units.map { _ in .unknown }
        foreseen = graph.units.map { _ in nil }
    }

    /// Goes through all units that take part, in order, from the start.
    mutating func foresee() throws(StoreError) {
        outputs = graph.units.map { _ in .unknown }
        foreseen = graph.units.map { _ in nil }
        outdated = []
        for unit in graph.units where selected.contains(unit.id) {
            let decision = try decide(unit)
            foreseen[unit.id.index] = decision
            outputs[unit.id.index] = Self.output(decision)
        }
    }

    /// What was foreseen, in the order of the units.
    var all: [Decision] { foreseen.compactMap { $0 } }

    /// Looks at what the units read that would run, directly or not.
    ///
    /// - Returns: whether something cannot be read; then what was foreseen is no more true.
    mutating func findsUnreadable(_ check: (_ location: String) -> SourceCheck) -> Bool {
        guard sources.areCheckable else { return false }
        let open = Set(all.lazy.filter(\.verdict.wouldRun).map(\.unit.id))
        return sources.check(of: graph, neededBy: open, check)
    }

    /// Takes in what a unit made.
    mutating func made(_ unit: UnitID, _ record: UnitRecord) {
        outputs[unit.index] = .made(record)
    }

    /// What becomes of a unit of which every input is there. Never `runUnlessUnchanged`.
    mutating func settled(_ unit: UnitNode) throws(StoreError) -> Decision {
        if let decision = foreseen[unit.id.index], decision.waitsFor.isEmpty { return decision }
        return try decide(unit)
    }

    /// The key of a unit of which every input is there; nil when a source is unknown.
    func key(of unit: UnitNode) -> UnitKey? {
        try? unit.document(inputs: { record(of: $0) }, sources: sources)?.key
    }

    /// The record of what a unit made, or is expected to make.
    func record(of unit: UnitID) -> UnitRecord? { outputs[unit.index].record }

    /// The facts about the sources of each unit, by role, as far as they are known.
    var facts: [UnitID: [String: SourceFacts]] {
        var facts: [UnitID: [String: SourceFacts]] = [:]
        for unit in graph.units where selected.contains(unit.id) {
            facts[unit.id] = try? unit.facts(sources)
        }
        return facts
    }

    // MARK: One unit

    private mutating func decide(_ unit: UnitNode) throws(StoreError) -> Decision {
        if let missing = unit.inputs.first(where: isImpossible) {
            let name = graph[missing].name
            return Decision(unit, .missingInput("needs '\(name)'"), waitsFor: [name])
        }
        let document: KeyDocument?
        do {
            document = try unit.document(inputs: { record(of: $0) }, sources: sources)
        } catch {
            return Self.missing(unit, error)
        }
        let key = document?.key
        do {
            try unit.check(sources)
        } catch {
            return Self.missing(unit, error, key: key)
        }
        return try decide(unit, document, key)
    }

    private mutating func decide(
        _ unit: UnitNode, _ document: KeyDocument?, _ key: UnitKey?
    ) throws(StoreError) -> Decision {
        let waitsFor = unit.inputs.filter(isUncertain).map { graph[$0].name }
        let state = try key.map { (key) throws(StoreError) in try store.state(of: key) } ?? .absent
        if case .present(let record) = state, !forced.contains(unit.id) {
            return Decision(
                unit, waitsFor.isEmpty ? .reuse : .runUnlessUnchanged, key: key,
                document: document, previous: record, waitsFor: waitsFor)
        }
        guard runnable.contains(unit.id) else {
            let error = UnselectedInput(unit: unit.name, option: isSingle ? "--unit" : "--only")
            return Self.missing(unit, error, key: key, document: document)
        }
        let known = document ?? partialDocument(of: unit)
        let previous = try previousRun(of: unit, known, state)
        let reason = reason(for: unit, known, state, previous)
        return Decision(
            unit, .run(reason), key: key, document: document, previous: previous,
            waitsFor: waitsFor)
    }

    /// What is known of a document while an input is not: enough to tell whether parameters changed.
    private func partialDocument(of unit: UnitNode) -> KeyDocument? {
        try? unit.document(inputs: { record(of: $0) }, sources: sources, isPartial: true)
    }

    /// The record that the unit's document is compared with.
    private mutating func previousRun(
        of unit: UnitNode, _ document: KeyDocument?, _ state: StoredState
    ) throws(StoreError) -> UnitRecord? {
        if let record = state.record { return record }
        if let decision = foreseen[unit.id.index] { return decision.previous }
        guard !isSingle, let document else { return nil }
        if previousRuns == nil {
            // Read once, before this run adds its own.
            previousRuns = PreviousRuns(try store.records(), graph: graph)
        }
        if let record = previousRuns?.candidate(for: unit, document) {
            outdated.append(record)
            return record
        }
        // A unit that turned out equal to another one has its record under the name of that one.
        return outdated.first { record in
            record.document.kind == document.kind
                && DocumentDifference.between(record.document, document).allSatisfy {
                    $0.path.hasPrefix("parameters.")
                }
        }
    }

    private func reason(
        for unit: UnitNode, _ document: KeyDocument?, _ state: StoredState,
        _ previous: UnitRecord?
    ) -> RunReason {
        if forced.contains(unit.id) { return .forced }
        switch state {
        case .missing: return .outputMissing
        case .damaged: return .outputDamaged
        case .present, .absent:
            if isSingle { return .requested }
            return document.map { RunReason(from: previous?.document, to: $0) } ?? .neverRun
        }
    }

    private func isImpossible(_ unit: UnitID) -> Bool {
        if case .impossible = outputs[unit.index] { true } else { false }
    }

    private func isUncertain(_ unit: UnitID) -> Bool {
        if case .made = outputs[unit.index] { false } else { true }
    }

    private static func output(_ decision: Decision) -> Output {
        switch decision.verdict {
        case .reuse: decision.previous.map(Output.made) ?? .unknown
        case .run, .runUnlessUnchanged: .expected(decision.previous)
        case .missingInput: .impossible
        }
    }

    private static func missing(
        _ unit: UnitNode, _ error: any Error, key: UnitKey? = nil, document: KeyDocument? = nil
    ) -> Decision {
        Decision(
            unit, .missingInput("\(error)"), key: document == nil ? nil : key, document: document,
            obstacle: Decision.Obstacle(error: error, key: key))
    }
}
