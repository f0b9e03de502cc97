import Glibc
import Synchronization

/// One run of one unit: its log, clock and progress.
final class UnitSession: Sendable {
    private struct State {
        var log: [String] = []
        /// The warnings that this run has told of; those of earlier runs are in the log alone.
        var told: Set<String> = []
        /// What earlier, interrupted runs took.
        var secondsBefore = 0.0
        var lastSaved: Double
    }

    /// Where a session keeps what must outlive it.
    struct Keeper: Sendable {
        let unit: String
        let key: UnitKey
        let store: any ArtifactStore
        let progressInterval: Double
        let isStopping: @Sendable () -> Bool
        let tell: @Sendable (UnitNews) -> Void
    }

    let digests: [String: String]
    let memo: VectorMemo
    private let keeper: Keeper?
    private let read: @Sendable (String) throws -> Artifact
    private let started = SteadyClock.seconds
    private let state: Mutex<State>

    /// Creates a session.
    ///
    /// - Parameters:
    ///   - digests: the digests of the inputs, by role.
    ///   - keeper: where progress goes; nil to save nothing.
    ///   - read: returns an input.
    init(
        digests: [String: String], keeper: Keeper? = nil,
        read: @escaping @Sendable (String) throws -> Artifact
    ) {
        self.digests = digests
        self.keeper = keeper
        self.read = read
        memo = keeper?.store.memo ?? VectorMemo()
        state = Mutex(State(lastSaved: started))
    }

    /// How long the unit has run, earlier interrupted runs included.
    var seconds: Double {
        state.withLock { $0.secondsBefore } + SteadyClock.seconds - started
    }

    /// The lines logged so far.
    var log: [String] { state.withLock { $0.log } }

    func input(_ role: String) throws -> Artifact { try read(role) }

    func log(_ line: String) { state.withLock { $0.log.append(line) } }

    func warn(_ text: String) {
        let line = WarningLine.of(text)
        state.withLock { if !$0.log.contains(line) { $0.log.append(line) } }
        tell([line])
    }

    /// Tells whoever watches of the warnings among some lines, each once a run.
    private func tell(_ lines: [String]) {
        for text in lines.compactMap(WarningLine.text) {
            let isNew = state.withLock { $0.told.insert(text).inserted }
            if isNew { keeper?.tell(.warning(text)) }
        }
    }

    func savedProgress() throws -> Artifact? {
        guard let keeper, let saved = try keeper.store.progress(of: keeper.key) else { return nil }
        state.withLock { state in
            state.secondsBefore = saved.seconds
            // What was said before progress was asked for may stand in the saved log as well.
            let warned = Set(saved.log.filter { WarningLine.text(of: $0) != nil })
            state.log = saved.log + state.log.filter { !warned.contains($0) }
        }
        tell(saved.log)
        return saved.state
    }

    func step(
        done: Int, of total: Int, loss: Double?, detail: String?, pictures: Int,
        progress: (() throws -> Artifact)?
    ) throws {
        guard let keeper else { return }
        keeper.tell(
            .step(
                UnitStep(
                    unit: keeper.unit, done: done, total: total, loss: loss, detail: detail,
                    pictures: pictures)))
        let isStopping = keeper.isStopping()
        let isDue = SteadyClock.seconds - state.withLock { $0.lastSaved } >= keeper.progressInterval
        if let progress, isStopping || isDue { try save(try progress(), keeper) }
        if isStopping { throw UnitInterrupted() }
    }

    private func save(_ artifact: Artifact, _ keeper: Keeper) throws {
        let progress = UnitProgress(state: artifact, seconds: seconds, log: log)
        try keeper.store.saveProgress(progress, of: keeper.key)
        state.withLock { $0.lastSaved = SteadyClock.seconds }
    }
}
