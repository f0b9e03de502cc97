/// Where every unit of a run stands. Decides what is reused, what is ready and what is blocked;
/// never waits.
struct Schedule: Sendable {
    private enum Place {
        case pending
        case ready(UnitTask)
        case running(UnitTask)
        case done(UnitRecord)
        case failed
        case interrupted
    }

    private let graph: UnitGraph
    private let store: any ArtifactStore
    private let sources: SourceStates
    private let events: @Sendable (RunEvent) -> Void
    private let selected: Set<UnitID>
    private let runnable: Set<UnitID>
    private let forced: Set<UnitID>
    private var places: [Place]
    /// The units that read a unit.
    private var readers: [[UnitID]]
    /// The ready units, smallest id last.
    private var ready: [UnitID] = []
    /// Units whose inputs have changed their place since they were looked at.
    private var unseen: [UnitNode] = []
    private var result = RunSummary()
    private var previousRuns: PreviousRuns?
    private let isFailFast: Bool

    init(
        graph: UnitGraph, store: any ArtifactStore, options: RunOptions, sources: SourceStates,
        events: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.graph = graph
        self.store = store
        self.sources = sources
        self.events = events
        isFailFast = options.isFailFast
        (selected, runnable) = options.selection(in: graph)
        forced = options.forced(in: graph)
        places = graph.units.map { _ in .pending }
        readers = graph.units.map { _ in [] }
        for unit in graph.units where selected.contains(unit.id) {
            for input in Set(unit.inputs) { readers[input.index].append(unit.id) }
        }
    }

    /// Reuses everything that is there and finds the first units to run.
    mutating func begin() {
        unseen = graph.units.reversed().filter { selected.contains($0.id) }
        considerUnseen()
    }

    /// Whether a failure forbids to start more.
    var isHalted: Bool {
        isFailFast && !result.failures.isEmpty || result.failures.contains { $0.exitCode == 74 }
    }

    /// The next unit to run, which counts as running from here on.
    mutating func next() -> UnitTask? {
        guard let id = ready.popLast() else { return nil }
        guard case .ready(let task) = places[id.index] else {
            preconditionFailure("unit '\(graph[id].name)' is not ready")
        }
        places[id.index] = .running(task)
        return task
    }

    /// Puts a unit that another run had in work back among the ready ones.
    mutating func makeReady(_ id: UnitID) {
        guard case .running(let task) = places[id.index] else { return }
        makeReady(task)
    }

    /// Takes in how a unit ended and goes on from there.
    mutating func finish(_ report: UnitReport) {
        guard case .running(let task) = places[report.id.index] else { return }
        let key = task.document.key
        switch report.outcome {
        case .executed(let record, let seconds):
            result.executed += 1
            finish(task.unit, record, .executed, reason: task.reason, seconds: seconds)
        case .reused(let record):
            result.reused += 1
            finish(task.unit, record, .reused, reason: nil, seconds: record.seconds)
        case .failed(let error, let seconds):
            fail(task.unit, key, error, reason: task.reason, seconds: seconds)
        case .interrupted(let seconds):
            places[report.id.index] = .interrupted
            emit(task.unit, .interrupted, key: key, reason: task.reason, seconds: seconds)
        case .busy, .waited: break
        }
        considerUnseen()
    }

    /// The outcome so far.
    func summary(isStopped: Bool) -> RunSummary {
        var summary = result
        let undone = places.indices.filter { index in
            guard selected.contains(graph.units[index].id) else { return false }
            return switch places[index] {
            case .pending, .ready, .running, .interrupted: true
            case .done, .failed: false
            }
        }
        summary.interrupted = undone.count
        summary.isStopped = isStopped && !undone.isEmpty
        return summary
    }

    // MARK: Steps

    private mutating func considerUnseen() {
        while let unit = unseen.popLast() { consider(unit) }
    }

    /// Looks at a pending unit whose inputs may all be there now.
    private mutating func consider(_ unit: UnitNode) {
        guard case .pending = places[unit.id.index] else { return }
        let document: KeyDocument?
        do {
            document = try unit.document(inputs: { record(of: $0) }, sources: sources)
        } catch {
            fail(unit, nil, error, reason: nil, seconds: 0)
            return
        }
        guard let document else { return }
        do {
            try unit.check(sources)
        } catch {
            fail(unit, document.key, error, reason: nil, seconds: 0)
            return
        }
        do throws(StoreError) {
            try decide(unit, document)
        } catch {
            fail(unit, document.key, error, reason: nil, seconds: 0)
        }
    }

    private mutating func decide(_ unit: UnitNode, _ document: KeyDocument) throws(StoreError) {
        let state = try store.state(of: document.key)
        let isForced = forced.contains(unit.id) && runnable.contains(unit.id)
        if case .present(let record) = state, !isForced {
            result.reused += 1
            return finish(unit, record, .reused, reason: nil, seconds: record.seconds)
        }
        guard runnable.contains(unit.id) else {
            let error = UnselectedInput(unit: unit.name)
            fail(unit, document.key, error, reason: nil, seconds: 0)
            return
        }
        let reason = try reason(unit, document, state, isForced: isForced)
        var inputs: [String: UnitRecord] = [:]
        for (role, input) in unit.definition.inputs { inputs[role] = record(of: input) }
        makeReady(
            UnitTask(
                unit: unit, document: document, reason: reason, inputs: inputs, isForced: isForced))
    }

    private mutating func reason(
        _ unit: UnitNode, _ document: KeyDocument, _ state: StoredState, isForced: Bool
    ) throws(StoreError) -> RunReason {
        if isForced { return .forced }
        switch state {
        case .missing: return .outputMissing
        case .damaged: return .outputDamaged
        case .absent, .present: break
        }
        let runs: PreviousRuns
        if let known = previousRuns {
            runs = known
        } else {
            // Read once, before this run adds its own.
            runs = PreviousRuns(try store.records(), graph: graph)
            previousRuns = runs
        }
        return RunReason(from: runs.candidate(for: unit, document)?.document, to: document)
    }

    private mutating func makeReady(_ task: UnitTask) {
        places[task.unit.id.index] = .ready(task)
        ready.insert(task.unit.id, at: position(of: task.unit.id))
    }

    /// Where a unit belongs among the ready ones.
    private func position(of id: UnitID) -> Int {
        var range = ready.startIndex..<ready.endIndex
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range =
                id < ready[middle] ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    private mutating func finish(
        _ unit: UnitNode, _ record: UnitRecord, _ outcome: UnitFinish.Outcome,
        reason: RunReason?, seconds: Double
    ) {
        places[unit.id.index] = .done(record)
        emit(
            unit, outcome, key: record.key, reason: reason, seconds: seconds,
            digest: record.digest, warnings: record.warnings)
        unseen += readers[unit.id.index].reversed().map { graph[$0] }
    }

    private mutating func fail(
        _ unit: UnitNode, _ key: UnitKey?, _ error: any Error, reason: RunReason?, seconds: Double
    ) {
        let failure = UnitFailure(unit: unit.name, key: key, cause: error)
        places[unit.id.index] = .failed
        result.failed += 1
        result.failures.append(failure)
        emit(unit, .failed, key: key, reason: reason, seconds: seconds, failure: failure)
        blockReaders(of: unit)
    }

    /// Blocks everything that reads a failed unit, directly or not.
    private mutating func blockReaders(of failed: UnitNode) {
        var reached: Set<UnitID> = []
        var open = readers[failed.id.index]
        while let id = open.popLast() {
            guard case .pending = places[id.index], reached.insert(id).inserted else { continue }
            open += readers[id.index]
        }
        for unit in reached.sorted().map({ graph[$0] }) {
            places[unit.id.index] = .failed
            result.blocked += 1
            let failure = UnitFailure(
                unit: unit.name, key: nil, cause: UnitBlocked(needs: failed.name))
            emit(unit, .blocked, key: nil, reason: nil, seconds: 0, failure: failure)
        }
    }

    private func record(of id: UnitID) -> UnitRecord? {
        if case .done(let record) = places[id.index] { record } else { nil }
    }

    private func emit(
        _ unit: UnitNode, _ outcome: UnitFinish.Outcome, key: UnitKey?, reason: RunReason?,
        seconds: Double, digest: Digest? = nil, failure: UnitFailure? = nil,
        warnings: [String] = []
    ) {
        events(
            .unitFinished(
                UnitFinish(
                    unit: unit.name, stage: unit.stage, outcome: outcome, key: key, reason: reason,
                    seconds: seconds, digest: digest, failure: failure, warnings: warnings)))
    }
}
