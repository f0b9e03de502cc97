/// Runs units in this process, each on a thread of its own.
struct ThreadExecutor: UnitExecutor {
    let store: any ArtifactStore
    private let options: RunOptions
    private let graph: UnitGraph
    private let sources: SourceStates
    private let units: [String: UnitNode]
    private let stop: StopRequest
    private let halted = StopRequest()
    private let events: @Sendable (RunEvent) -> Void
    /// Inputs in memory: half a gigabyte holds a ViT-B/16 backbone and what is made of it.
    private let cache = ArtifactCache(capacity: 512 << 20)

    init(
        _ decisions: Decisions, options: RunOptions, stop: StopRequest,
        events: @escaping @Sendable (RunEvent) -> Void
    ) {
        store = decisions.store
        graph = decisions.graph
        sources = decisions.sources
        units = Dictionary(
            graph.units.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.options = options
        self.stop = stop
        self.events = events
    }

    func run(_ task: UnitTask) async -> UnitReport {
        await UnitThread.run(named: task.unit) {
            UnitReport(key: task.key, outcome: outcome(of: task))
        }
    }

    func halt() { halted.request() }

    /// Runs a unit on the thread that calls, unless another run has it or has made it.
    private func outcome(of task: UnitTask) -> UnitReport.Outcome {
        do {
            guard let ownership = try store.own(task.key) else { return .busy }
            defer { ownership.release() }
            if !task.isForced, case .present = try store.state(of: task.key) { return .reused }
            return compute(try work(of: task))
        } catch {
            return .failed(error)
        }
    }

    /// A unit with everything that its thread needs.
    private struct Work {
        let unit: UnitNode
        let document: KeyDocument
        let key: UnitKey
        let cores: Int
        /// The artifacts it reads, by role.
        let inputs: [String: UnitRecord]
    }

    /// Finds what the task names.
    private func work(of task: UnitTask) throws -> Work {
        guard let unit = units[task.unit] else { throw OtherUnit(expected: task.key, found: nil) }
        let inputs = try task.inputs.mapValues { try record(of: $0) }
        var records: [UnitID: UnitRecord] = [:]
        for (role, id) in unit.definition.inputs { records[id] = inputs[role] }
        let document = try unit.document(inputs: { records[$0] }, sources: sources)
        guard let document, document.key == task.key else {
            throw OtherUnit(expected: task.key, found: document?.key)
        }
        return Work(
            unit: unit, document: document, key: task.key, cores: task.resources.cores,
            inputs: inputs)
    }

    private func record(of input: UnitTask.Input) throws(StoreError) -> UnitRecord {
        guard let record = try store.state(of: input.key).record, record.digest == input.digest
        else { throw .unreadable(key: input.key, problem: "it is no longer what was planned with") }
        // Whether the file is whole is asked when it is read.
        return record
    }

    private func compute(_ work: Work) -> UnitReport.Outcome {
        events(.unitStarted(unit: work.unit.name, stage: work.unit.stage))
        let session = session(work)
        do {
            let context = UnitContext(threads: max(1, work.cores), work: session)
            let artifact = try work.unit.definition.run(context)
            let seconds = session.seconds
            let record = try store.save(
                artifact,
                UnitProtocol(
                    name: UnitName(
                        unit: work.unit.name, stage: work.unit.stage, pipeline: graph.pipeline),
                    document: work.document, seconds: seconds, log: session.log,
                    environment: options.environment,
                    views: try work.unit.definition.views.mapValues { try $0(artifact).digest }))
            cache.insert(artifact, record.digest)
            return .executed(seconds: seconds)
        } catch is UnitInterrupted {
            return saveLog(session.log, work.key) ?? .interrupted(seconds: session.seconds)
        } catch {
            // The failure itself is what matters: a log that cannot be stored as well is lost.
            let lines = session.log + "\(error)".split(separator: "\n").map(String.init)
            _ = saveLog(lines, work.key)
            return .failed(error, seconds: session.seconds)
        }
    }

    /// Stores the log of a unit that did not end; a failure is the unit's.
    private func saveLog(_ log: [String], _ key: UnitKey) -> UnitReport.Outcome? {
        do throws(StoreError) {
            try store.saveLog(log, of: key)
            return nil
        } catch {
            return .failed(error)
        }
    }

    private func session(_ work: Work) -> UnitSession {
        let (stop, halted, events) = (stop, halted, events)
        let unit = work.unit.name
        let keeper = UnitSession.Keeper(
            unit: unit, key: work.key, store: store, progressInterval: options.progressInterval,
            isStopping: { stop.isRequested || halted.isRequested },
            tell: { news in
                switch news {
                case .step(let step): events(.unitProgress(step))
                case .warning(let text): events(.unitWarned(unit: unit, warning: text))
                }
            })
        let (inputs, store, cache) = (work.inputs, store, cache)
        let views = views(of: work)
        return UnitSession(digests: digests(of: work), keeper: keeper) { role in
            guard let record = inputs[role] else { preconditionFailure("no input '\(role)'") }
            let artifact = try cache.artifact(record.digest) { try store.artifact(of: record) }
            return try views[role].map { try $0(artifact) } ?? artifact
        }
    }

    /// The digests of what is read, by role.
    private func digests(of work: Work) -> [String: String] {
        let names = work.unit.definition.inputViews
        var digests: [String: String] = [:]
        for (role, record) in work.inputs { digests[role] = record.digest(ofView: names[role]).hex }
        return digests
    }

    /// The views of inputs of which less than the whole is read, by role.
    private func views(of work: Work) -> [String: ArtifactView] {
        let definition = work.unit.definition
        var views: [String: ArtifactView] = [:]
        for (role, input) in definition.inputs {
            views[role] = definition.inputViews[role].flatMap { graph[input].definition.views[$0] }
        }
        return views
    }
}
