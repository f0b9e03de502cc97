/// Where every unit of a run stands. Follows the decisions: what is reused, what is ready and what is
/// blocked; never waits.
struct Schedule: Sendable {
    private enum Place {
        case pending
        case ready(UnitTask)
        case running(UnitTask)
        case done
        case failed
        case interrupted
    }

    private let graph: UnitGraph
    private var decisions: Decisions
    private let tasks: TaskMaker
    private let events: @Sendable (RunEvent) -> Void
    private var places: [Place]
    /// The units that read a unit.
    private var readers: [[UnitID]]
    /// The ready units, smallest id last.
    private var ready: [UnitID] = []
    /// Units whose inputs have changed their place since they were looked at.
    private var unseen: [UnitNode] = []
    private var result = RunSummary()
    private let isFailFast: Bool

    init(
        _ decisions: Decisions, options: RunOptions,
        events: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.decisions = decisions
        graph = decisions.graph
        self.events = events
        isFailFast = options.isFailFast
        tasks = TaskMaker(decisions, options)
        places = graph.units.map { _ in .pending }
        readers = graph.units.map { _ in [] }
        for unit in graph.units where decisions.selected.contains(unit.id) {
            for input in Set(unit.inputs) { readers[input.index].append(unit.id) }
        }
    }

    /// Reuses everything that is there and finds the first units to run.
    mutating func begin() {
        unseen = graph.units.reversed().filter { decisions.selected.contains($0.id) }
        considerUnseen()
    }

    /// Whether a failure forbids to start more.
    var isHalted: Bool {
        isFailFast && !result.failures.isEmpty
            || result.failures.contains { $0.exitStatus == .storeFailed }
    }

    /// The next unit to run, which counts as running from here on.
    mutating func next() -> (UnitID, UnitTask)? {
        guard let id = ready.popLast() else { return nil }
        guard case .ready(let task) = places[id.index] else {
            preconditionFailure("unit '\(graph[id].name)' is not ready")
        }
        places[id.index] = .running(task)
        return (id, task)
    }

    /// Puts a unit that another run had in work back among the ready ones.
    mutating func makeReady(_ id: UnitID) {
        guard case .running(let task) = places[id.index] else { return }
        makeReady(id, task)
    }

    /// Takes in how a unit ended and goes on from there.
    mutating func finish(_ id: UnitID, _ report: UnitReport) {
        guard case .running(let task) = places[id.index] else { return }
        let unit = graph[id]
        switch report.outcome {
        case .executed(let seconds):
            take(unit, task, .executed, reason: task.reason, seconds: seconds)
        case .reused: take(unit, task, .reused, reason: nil, seconds: nil)
        case .failed(let problem, let exit, let seconds):
            let failure = UnitFailure(
                unit: unit.name, key: task.key, problem: problem, exitStatus: exit)
            fail(unit, failure, reason: task.reason, seconds: seconds)
        case .interrupted(let seconds):
            places[id.index] = .interrupted
            emit(
                UnitFinish(
                    unit: unit.name, stage: unit.stage, outcome: .interrupted, key: task.key,
                    reason: task.reason, seconds: seconds))
        case .busy: break
        }
        considerUnseen()
    }

    /// The outcome so far.
    func summary(isStopped: Bool) -> RunSummary {
        var summary = result
        let undone = places.indices.filter { index in
            guard decisions.selected.contains(graph.units[index].id) else { return false }
            return switch places[index] {
            case .pending, .ready, .running, .interrupted: true
            case .done, .failed: false
            }
        }
        summary.interrupted = undone.count
        summary.isStopped = isStopped && !undone.isEmpty
        summary.exitStatus = summary.statusOfUnits
        return summary
    }

    // MARK: Steps

    private mutating func considerUnseen() {
        while let unit = unseen.popLast() { consider(unit) }
    }

    /// Looks at a pending unit whose inputs may all be there now.
    private mutating func consider(_ unit: UnitNode) {
        guard case .pending = places[unit.id.index], unit.inputs.allSatisfy(isDone) else { return }
        do throws(StoreError) {
            follow(try decisions.settled(unit))
        } catch {
            fail(unit, decisions.key(of: unit), error)
        }
    }

    private mutating func follow(_ decision: Decision) {
        let unit = decision.unit
        switch decision.verdict {
        case .reuse:
            guard let record = decision.previous else {
                preconditionFailure("unit '\(unit.name)' is reused without a record")
            }
            finish(unit, record, .reused, reason: nil, seconds: record.seconds)
        case .run(let reason):
            guard let key = decision.key else {
                preconditionFailure("unit '\(unit.name)' runs without a key")
            }
            makeReady(unit.id, tasks.task(unit, key, reason) { decisions.record(of: $0) })
        case .missingInput(let problem):
            let obstacle = decision.obstacle
            fail(unit, obstacle?.key, obstacle?.error ?? UnitBlocked(needs: problem))
        case .runUnlessUnchanged:
            preconditionFailure("unit '\(unit.name)' waits for what is there")
        }
    }

    private mutating func makeReady(_ id: UnitID, _ task: UnitTask) {
        places[id.index] = .ready(task)
        ready.insert(id, at: position(of: id))
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

    private func isDone(_ id: UnitID) -> Bool {
        if case .done = places[id.index] { true } else { false }
    }

    /// Takes in what an executor says is in the store.
    private mutating func take(
        _ unit: UnitNode, _ task: UnitTask, _ outcome: UnitFinish.Outcome, reason: RunReason?,
        seconds: Double?
    ) {
        do throws(StoreError) {
            guard case .present(let record) = try decisions.store.state(of: task.key) else {
                throw .unreadable(key: task.key, problem: "it was reported as stored and is not")
            }
            finish(unit, record, outcome, reason: reason, seconds: seconds ?? record.seconds)
        } catch {
            fail(unit, task.key, error, reason: task.reason, seconds: seconds ?? 0)
        }
    }

    private mutating func finish(
        _ unit: UnitNode, _ record: UnitRecord, _ outcome: UnitFinish.Outcome,
        reason: RunReason?, seconds: Double
    ) {
        places[unit.id.index] = .done
        decisions.made(unit.id, record)
        if outcome == .executed { result.executed += 1 } else { result.reused += 1 }
        emit(
            UnitFinish(
                unit: unit.name, stage: unit.stage, outcome: outcome, key: record.key,
                reason: reason, seconds: seconds, digest: record.digest,
                warnings: record.warnings))
        unseen += readers[unit.id.index].reversed().map { graph[$0] }
    }

    private mutating func fail(
        _ unit: UnitNode, _ key: UnitKey?, _ error: any Error, reason: RunReason? = nil,
        seconds: Double = 0
    ) {
        let failure = UnitFailure(unit: unit.name, key: key, cause: error)
        fail(unit, failure, reason: reason, seconds: seconds)
    }

    private mutating func fail(
        _ unit: UnitNode, _ failure: UnitFailure, reason: RunReason?, seconds: Double
    ) {
        places[unit.id.index] = .failed
        result.failed += 1
        result.failures.append(failure)
        emit(
            UnitFinish(
                unit: unit.name, stage: unit.stage, outcome: .failed, key: failure.key,
                reason: reason, seconds: seconds, failure: failure))
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
            emit(
                UnitFinish(
                    unit: unit.name, stage: unit.stage, outcome: .blocked, failure: failure))
        }
    }

    private func emit(_ finish: UnitFinish) { events(.unitFinished(finish)) }
}
