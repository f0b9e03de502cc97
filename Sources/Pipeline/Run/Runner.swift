/// Runs the units of a graph: those whose artifacts are not there, inputs first, independent ones
/// side by side. Several runners, in one process or many, may share a store.
public actor Runner {
    /// Asks the current and all later runs of this runner to stop.
    public nonisolated let stop: StopRequest

    /// Creates a runner.
    public init(stop: StopRequest = StopRequest()) { self.stop = stop }

    /// Runs a graph.
    ///
    /// Keys become known as inputs do: a unit whose inputs come out unchanged is reused although
    /// units before it ran. Units that do not depend on a failed one go on, unless the store fails
    /// or the options say otherwise.
    ///
    /// - Parameter events: called from several threads, in order for each unit.
    /// - Returns: the outcome; failures of units are in it and are not thrown.
    public func run(
        _ graph: UnitGraph, in store: any ArtifactStore, options: RunOptions = RunOptions(),
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async -> RunSummary {
        let started = SteadyClock.seconds
        let (selected, _) = options.selection(in: graph)
        events(.runStarted(pipeline: graph.pipeline, units: selected.count))
        let sources = await UnitThread.run(named: "sources") { [stop] in
            store.removeLeftovers()
            var sources = SourceStates(
                of: graph, selected, StoppableFingerprints(store.fingerprints, stop))
            sources.checkAll(of: graph, in: store, options, stop, events)
            return sources
        }
        let execution = UnitExecution(
            store: store, options: options, graph: graph, stop: stop, events: events)
        var schedule = Schedule(
            graph: graph, store: store, options: options, sources: sources, events: events)
        // After a stop some sources are not digested, and nothing may be concluded from those.
        if !stop.isRequested { schedule.begin() }
        await drain(&schedule, execution, jobs: max(1, options.jobs))
        // The memory of digests is a shortcut: a store that cannot take it loses no result.
        try? store.saveFingerprints()
        var summary = schedule.summary(isStopped: stop.isRequested)
        summary.seconds = SteadyClock.seconds - started
        events(.runFinished(summary))
        return summary
    }

    /// Starts what is ready and takes in what comes back, until nothing is left.
    private func drain(
        _ schedule: inout Schedule, _ execution: UnitExecution, jobs: Int
    ) async {
        await withTaskGroup(of: UnitReport.self) { group in
            var working = 0
            var waiting = 0
            while true {
                if schedule.isHalted { execution.halt.request() }
                let mayStart = !stop.isRequested && !execution.halt.isRequested
                while mayStart, working < jobs, let work = schedule.next() {
                    working += 1
                    group.addTask {
                        await UnitThread.run(named: work.unit.name) { execution.run(work) }
                    }
                }
                guard working + waiting > 0, let report = await group.next() else { return }
                switch report.outcome {
                case .busy:
                    // Another run has this unit in work: look again soon, and meanwhile at others.
                    working -= 1
                    waiting += 1
                    group.addTask {
                        try? await Task.sleep(for: .milliseconds(20))
                        return UnitReport(id: report.id, outcome: .waited)
                    }
                case .waited:
                    waiting -= 1
                    schedule.makeReady(report.id)
                default:
                    working -= 1
                    schedule.finish(report)
                }
            }
        }
    }
}

extension SourceStates {
    /// Looks at everything that the units which are to run will read, so that what they cannot read is
    /// found before hours are spent.
    fileprivate mutating func checkAll(
        of graph: UnitGraph, in store: any ArtifactStore, _ options: RunOptions,
        _ stop: StopRequest, _ events: @escaping @Sendable (RunEvent) -> Void
    ) {
        guard options.checksInputs, areCheckable, !stop.isRequested,
            // A store that cannot be read is what the run itself says.
            let open = try? RunPlan.openUnits(
                of: graph, in: store, options: options, sources: self)
        else { return }
        _ = check(of: graph, neededBy: open) { location in
            SourceCheck(
                .contents, memo: store.memo, threads: max(1, options.threads),
                isStopping: { stop.isRequested }
            ) { events(.inputProgress(location: location, done: $0, total: $1)) }
        }
    }
}

/// A unit that is to run, with everything its thread needs.
struct UnitTask: Sendable {
    let unit: UnitNode
    let document: KeyDocument
    let reason: RunReason
    /// The artifacts it reads, by role.
    let inputs: [String: UnitRecord]
    let isForced: Bool
}

/// What came back from a unit's thread.
struct UnitReport: Sendable {
    enum Outcome: Sendable {
        case executed(UnitRecord, seconds: Double)
        /// Another run made it meanwhile.
        case reused(UnitRecord)
        case failed(any Error, seconds: Double)
        case interrupted(seconds: Double)
        /// Another run has it in work.
        case busy
        /// The pause after `busy` is over.
        case waited
    }

    let id: UnitID
    let outcome: Outcome
}

/// Runs single units, each on the thread that calls.
struct UnitExecution: Sendable {
    let store: any ArtifactStore
    let options: RunOptions
    let graph: UnitGraph
    let stop: StopRequest
    /// Ends the run early after a failure.
    let halt = StopRequest()
    let events: @Sendable (RunEvent) -> Void
    /// Inputs in memory: half a gigabyte holds a ViT-B/16 backbone and what is made of it.
    private let cache = ArtifactCache(capacity: 512 << 20)

    init(
        store: any ArtifactStore, options: RunOptions, graph: UnitGraph, stop: StopRequest,
        events: @escaping @Sendable (RunEvent) -> Void
    ) {
        self.store = store
        self.options = options
        self.graph = graph
        self.stop = stop
        self.events = events
    }

    /// Runs a unit, unless another run has it or has made it.
    func run(_ task: UnitTask) -> UnitReport {
        do {
            let key = task.document.key
            guard let ownership = try store.own(key) else {
                return UnitReport(id: task.unit.id, outcome: .busy)
            }
            defer { ownership.release() }
            if !task.isForced, case .present(let record) = try store.state(of: key) {
                return UnitReport(id: task.unit.id, outcome: .reused(record))
            }
            return UnitReport(id: task.unit.id, outcome: compute(task, key))
        } catch {
            return UnitReport(id: task.unit.id, outcome: .failed(error, seconds: 0))
        }
    }

    private func compute(_ task: UnitTask, _ key: UnitKey) -> UnitReport.Outcome {
        events(.unitStarted(unit: task.unit.name, stage: task.unit.stage))
        let session = session(task, key)
        do {
            let threads = max(1, options.threads / max(1, options.jobs))
            let context = UnitContext(threads: threads, work: session)
            let artifact = try task.unit.definition.run(context)
            let seconds = session.seconds
            let record = try store.save(
                artifact,
                UnitProtocol(
                    name: UnitName(
                        unit: task.unit.name, stage: task.unit.stage, pipeline: graph.pipeline),
                    document: task.document, seconds: seconds, log: session.log,
                    environment: options.environment,
                    views: try task.unit.definition.views.mapValues { try $0(artifact).digest }))
            cache.insert(artifact, record.digest)
            return .executed(record, seconds: seconds)
        } catch is UnitInterrupted {
            return saveLog(session.log, key) ?? .interrupted(seconds: session.seconds)
        } catch {
            // The failure itself is what matters: a log that cannot be stored as well is lost.
            let lines = session.log + "\(error)".split(separator: "\n").map(String.init)
            _ = saveLog(lines, key)
            return .failed(error, seconds: session.seconds)
        }
    }

    /// Stores the log of a unit that did not end; a failure is the unit's.
    private func saveLog(_ log: [String], _ key: UnitKey) -> UnitReport.Outcome? {
        do throws(StoreError) {
            try store.saveLog(log, of: key)
            return nil
        } catch {
            return .failed(error, seconds: 0)
        }
    }

    private func session(_ task: UnitTask, _ key: UnitKey) -> UnitSession {
        let (stop, halt, events) = (stop, halt, events)
        let unit = task.unit.name
        let keeper = UnitSession.Keeper(
            unit: unit, key: key, store: store,
            progressInterval: options.progressInterval,
            isStopping: { stop.isRequested || halt.isRequested },
            tell: { news in
                switch news {
                case .step(let step): events(.unitProgress(step))
                case .warning(let text): events(.unitWarned(unit: unit, warning: text))
                }
            })
        let (inputs, store, cache) = (task.inputs, store, cache)
        let definition = task.unit.definition
        var digests: [String: String] = [:]
        var views: [String: ArtifactView] = [:]
        for (role, unit) in definition.inputs {
            let name = definition.inputViews[role]
            digests[role] = inputs[role]?.digest(ofView: name).hex
            views[role] = name.flatMap { graph[unit].definition.views[$0] }
        }
        return UnitSession(digests: digests, keeper: keeper) { [views] role in
            guard let record = inputs[role] else { preconditionFailure("no input '\(role)'") }
            let artifact = try cache.artifact(record.digest) { try store.artifact(of: record) }
            return try views[role].map { try $0(artifact) } ?? artifact
        }
    }
}
