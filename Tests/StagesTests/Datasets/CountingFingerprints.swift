import Data
import Pipeline
import Synchronization

/// A memory of digests by path that counts what it is asked for.
final class CountingFingerprints: FingerprintCache {
    private let counts = Mutex<[String: Int]>([:])

    var paths: [String] { counts.withLock { $0.keys.sorted() } }

    func fingerprint(of path: String) throws -> FileFingerprint {
        counts.withLock { $0[path, default: 0] += 1 }
        let bytes = try BinaryFile.contents(of: path)
        return FileFingerprint(byteCount: bytes.count, sha256: Digest(of: bytes).hex)
    }
}
