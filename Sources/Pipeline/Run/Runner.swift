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
    /// - Parameters:
    ///   - executor: where units are computed; nil for threads of this process.
    ///   - events: called from several threads, in order for each unit.
    /// - Returns: the outcome; failures of units are in it and are not thrown.
    public func run(
        _ graph: UnitGraph, in store: any ArtifactStore, options: RunOptions = RunOptions(),
        executor: (any UnitExecutor)? = nil,
        events: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async -> RunSummary {
        let started = SteadyClock.seconds
        let count = options.selection(in: graph).all.count
        events(.runStarted(pipeline: graph.pipeline, units: count))
        let decisions = await UnitThread.run(named: "sources") { [stop] in
            store.removeLeftovers()
            var decisions = Decisions(graph: graph, store: store, options: options, stop: stop)
            // After a stop some sources are not digested, and nothing may be concluded from those.
            if !stop.isRequested { decisions.look(options, stop, events) }
            return decisions
        }
        let threads = ThreadExecutor(decisions, options: options, stop: stop, events: events)
        var schedule = Schedule(decisions, options: options, events: events)
        if !stop.isRequested { schedule.begin() }
        await drain(&schedule, executor ?? threads, store, jobs: max(1, options.jobs))
        // The memory of digests is a shortcut: a store that cannot take it loses no result.
        try? store.saveFingerprints()
        var summary = schedule.summary(isStopped: stop.isRequested)
        summary.seconds = SteadyClock.seconds - started
        events(.runFinished(summary))
        return summary
    }

    /// What a run waits for.
    private enum News: Sendable {
        case report(UnitID, UnitReport)
        /// It is time to look at the units of other runs.
        case pauseOver
    }

    /// Starts what is ready and takes in what comes back, until nothing is left.
    private func drain(
        _ schedule: inout Schedule, _ executor: any UnitExecutor, _ store: any ArtifactStore,
        jobs: Int
    ) async {
        await withTaskGroup(of: News.self) { group in
            var working = 0
            var busy = BusyUnits()
            while true {
                if schedule.isHalted { executor.halt() }
                let mayStart = !stop.isRequested && !schedule.isHalted
                while mayStart, working < jobs, let (unit, task) = schedule.next() {
                    working += 1
                    group.addTask { .report(unit, await executor.run(task)) }
                }
                if busy.startsWatch() {
                    group.addTask { [stop, alarm = busy.alarm] in
                        await alarm.wait(unless: stop)
                        return .pauseOver
                    }
                }
                guard working > 0 || !busy.isEmpty, let news = await group.next() else { return }
                switch news {
                case .report(let unit, let report):
                    working -= 1
                    if case .busy = report.outcome {
                        busy.add(unit, report.key)
                    } else {
                        schedule.finish(unit, report)
                    }
                case .pauseOver:
                    if stop.isRequested || schedule.isHalted { busy.giveUp() }
                    for unit in busy.look(in: store) { schedule.makeReady(unit) }
                }
            }
        }
    }
}

extension Decisions {
    /// Foresees what will run, and looks at everything that the units which are to run will read, so that
    /// what they cannot read is found before hours are spent. What the store cannot say now is said
    /// when the turn of the unit comes.
    fileprivate mutating func look(
        _ options: RunOptions, _ stop: StopRequest,
        _ events: @escaping @Sendable (RunEvent) -> Void
    ) {
        try? foresee()
        guard options.checksInputs, !stop.isRequested else { return }
        let (store, threads) = (store, max(1, options.threads))
        let isUnreadable = findsUnreadable { location in
            SourceCheck(
                .contents, memo: store.memo, threads: threads, isStopping: { stop.isRequested }
            ) { events(.inputProgress(location: location, done: $0, total: $1)) }
        }
        if isUnreadable { try? foresee() }
    }
}
