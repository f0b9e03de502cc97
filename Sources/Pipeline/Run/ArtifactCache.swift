import Synchronization

/// The artifacts that a run touched last, by digest: units that share an input (a backbone, say)
/// share its memory and read it once.
final class ArtifactCache: Sendable {
    private struct Entries {
        var artifacts: [Digest: Artifact] = [:]
        /// The digests, least recently used first.
        var order: [Digest] = []
        var byteCount = 0
    }

    private let capacity: Int
    private let entries = Mutex(Entries())

    /// Creates a cache of at most `capacity` bytes of arrays.
    init(capacity: Int) { self.capacity = capacity }

    /// Returns an artifact; reads it when it is not here.
    func artifact(_ digest: Digest, _ read: () throws -> Artifact) rethrows -> Artifact {
        let known = entries.withLock { entries in
            entries.artifacts[digest].map { artifact in
                entries.order.removeAll { $0 == digest }
                entries.order.append(digest)
                return artifact
            }
        }
        if let known { return known }
        let artifact = try read()
        insert(artifact, digest)
        return artifact
    }

    /// Keeps an artifact, unless it is larger than the cache.
    func insert(_ artifact: Artifact, _ digest: Digest) {
        let byteCount = artifact.byteCount
        guard byteCount <= capacity else { return }
        entries.withLock { entries in
            guard entries.artifacts.updateValue(artifact, forKey: digest) == nil else { return }
            entries.order.append(digest)
            entries.byteCount += byteCount
            while entries.byteCount > capacity, let oldest = entries.order.first {
                entries.order.removeFirst()
                entries.byteCount -= entries.artifacts.removeValue(forKey: oldest)?.byteCount ?? 0
            }
        }
    }
}
