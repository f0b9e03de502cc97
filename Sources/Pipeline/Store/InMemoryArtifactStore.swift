import Synchronization

/// A store that lives in this process, for tests and for callers that want no files.
public final class InMemoryArtifactStore: ArtifactStore {
    private struct Content {
        var records: [UnitKey: UnitRecord] = [:]
        var artifacts: [UnitKey: (artifact: Artifact, unit: UnitProtocol)] = [:]
        var damaged: Set<UnitKey> = []
        var progress: [UnitKey: UnitProgress] = [:]
        var logs: [UnitKey: [String]] = [:]
        var owned: Set<UnitKey> = []
        var saveCount = 0
    }

    public let fingerprints: any FingerprintCache = Fingerprints(files: DiskFiles(), path: nil)
    public let memo = VectorMemo()
    private let content = Mutex(Content())

    public let exists = true

    /// Creates an empty store.
    public init() {}

    public func state(of key: UnitKey) -> StoredState {
        content.withLock { content in
            guard let record = content.records[key] else { return .absent }
            if content.damaged.contains(key) { return .damaged(record) }
            return content.artifacts[key] == nil ? .missing(record) : .present(record)
        }
    }

    public func records() -> [UnitRecord] {
        content.withLock { $0.records.values.sorted { $0.key.hex < $1.key.hex } }
    }

    public func artifact(of record: UnitRecord) throws(StoreError) -> Artifact {
        try stored(record).artifact
    }

    public func unitProtocol(of record: UnitRecord) throws(StoreError) -> UnitProtocol {
        try stored(record).unit
    }

    private func stored(
        _ record: UnitRecord
    ) throws(StoreError) -> (artifact: Artifact, unit: UnitProtocol) {
        let entry = content.withLock { $0.artifacts[record.key] }
        guard let entry else { throw .unreadable(key: record.key, problem: "the file is gone") }
        return entry
    }

    public func save(_ artifact: Artifact, _ unit: UnitProtocol) -> UnitRecord {
        let key = unit.document.key
        let digest = artifact.digest
        return content.withLock { content in
            content.saveCount += 1
            let facts = FileFacts(
                byteCount: artifact.byteCount, modified: 0, inode: UInt64(content.saveCount))
            let record = UnitRecord(
                unit, key: key, digest: digest,
                file: UnitRecord.File(digest: digest, facts: facts),
                finished: Double(content.saveCount))
            content.records[key] = record
            content.artifacts[key] = (artifact, unit)
            content.damaged.remove(key)
            content.progress[key] = nil
            content.logs[key] = nil
            return record
        }
    }

    public func own(_ key: UnitKey) -> (any UnitOwnership)? {
        let isFree = content.withLock { $0.owned.insert(key).inserted }
        return isFree ? Ownership(store: self, key: key) : nil
    }

    public func isOwned(_ key: UnitKey) -> Bool { content.withLock { $0.owned.contains(key) } }

    public func progress(of key: UnitKey) -> UnitProgress? {
        content.withLock { $0.progress[key] }
    }

    public func saveProgress(_ progress: UnitProgress, of key: UnitKey) {
        content.withLock { $0.progress[key] = progress }
    }

    public func log(of key: UnitKey) -> [String]? { content.withLock { $0.logs[key] } }

    public func saveLog(_ log: [String], of key: UnitKey) {
        content.withLock { $0.logs[key] = log }
    }

    public func removeLeftovers() {}

    public func saveFingerprints() {}

    /// Takes an artifact away and leaves its record.
    package func lose(_ key: UnitKey) {
        content.withLock { $0.artifacts[key] = nil }
    }

    /// Makes an artifact one that is not what was recorded.
    package func damage(_ key: UnitKey) {
        content.withLock { _ = $0.damaged.insert(key) }
    }

    private final class Ownership: UnitOwnership {
        private let store: InMemoryArtifactStore
        private let key: UnitKey
        private let isHeld = Mutex(true)

        init(store: InMemoryArtifactStore, key: UnitKey) {
            self.store = store
            self.key = key
        }

        deinit { release() }

        func release() {
            isHeld.withLock { isHeld in
                if isHeld { store.content.withLock { _ = $0.owned.remove(key) } }
                isHeld = false
            }
        }
    }
}
