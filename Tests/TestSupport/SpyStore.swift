public import Pipeline
import Synchronization

/// A store in memory that counts what is asked of it, and may answer that somebody works on a unit.
public final class SpyStore: ArtifactStore {
    private struct Counts {
        var states: [UnitKey: Int] = [:]
        var owns: [UnitKey: Int] = [:]
        var looks = 0
        var recordLists = 0
    }

    /// What holds everything.
    public let base: InMemoryArtifactStore
    private let counts = Mutex(Counts())
    /// Called at each look whether somebody works on a unit, with the number of looks so far.
    private let looking: @Sendable (Int) -> Void

    /// Creates a spy.
    public init(
        _ base: InMemoryArtifactStore = InMemoryArtifactStore(),
        looking: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.base = base
        self.looking = looking
    }

    /// The keys that were looked up.
    public var askedKeys: Set<UnitKey> { counts.withLock { Set($0.states.keys) } }
    /// How often the right to a unit was asked for, by key.
    public var owns: [UnitKey: Int] { counts.withLock { $0.owns } }
    /// How often it was asked whether somebody works on a unit.
    public var lookCount: Int { counts.withLock { $0.looks } }
    /// How often all records were asked for.
    public var recordListCount: Int { counts.withLock { $0.recordLists } }

    public var fingerprints: any FingerprintCache { base.fingerprints }
    public var memo: VectorMemo { base.memo }
    public var exists: Bool { true }

    public func state(of key: UnitKey) -> StoredState {
        counts.withLock { $0.states[key, default: 0] += 1 }
        return base.state(of: key)
    }

    public func records() -> [UnitRecord] {
        counts.withLock { $0.recordLists += 1 }
        return base.records()
    }

    public func artifact(of record: UnitRecord) throws(StoreError) -> Artifact {
        try base.artifact(of: record)
    }

    public func unitProtocol(of record: UnitRecord) throws(StoreError) -> UnitProtocol {
        try base.unitProtocol(of: record)
    }

    public func save(_ artifact: Artifact, _ unit: UnitProtocol) -> UnitRecord {
        base.save(artifact, unit)
    }

    public func own(_ key: UnitKey) -> (any UnitOwnership)? {
        counts.withLock { $0.owns[key, default: 0] += 1 }
        return base.own(key)
    }

    public func isOwned(_ key: UnitKey) -> Bool {
        let count = counts.withLock { counts in
            counts.looks += 1
            return counts.looks
        }
        looking(count)
        return base.isOwned(key)
    }

    public func progress(of key: UnitKey) -> UnitProgress? { base.progress(of: key) }
    public func saveProgress(_ progress: UnitProgress, of key: UnitKey) {
        base.saveProgress(progress, of: key)
    }
    public func log(of key: UnitKey) -> [String]? { base.log(of: key) }
    public func saveLog(_ log: [String], of key: UnitKey) { base.saveLog(log, of: key) }
    public func removeLeftovers() {}
    public func saveFingerprints() {}
}
