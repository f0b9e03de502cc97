import Pipeline
import Synchronization

/// Fingerprints that remember which file has which content, for those under the name of a picture.
final class PictureFiles: FingerprintCache {
    private let base: any FingerprintCache
    private let paths = Mutex<[String: String]>([:])

    init(_ base: any FingerprintCache) { self.base = base }

    /// A file of each content, by its digest: the one that was asked for first.
    var pathsByDigest: [String: String] { paths.withLock { $0 } }

    func fingerprint(of path: String) throws -> FileFingerprint {
        let print = try base.fingerprint(of: path)
        if Self.isPicture(path) {
            paths.withLock { if $0[print.sha256] == nil { $0[print.sha256] = path } }
        }
        return print
    }

    private static func isPicture(_ path: String) -> Bool {
        guard let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
        return ImageFolder.extensions.contains(path[path.index(after: dot)...].lowercased())
    }
}
