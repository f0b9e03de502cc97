/// Remembers the digests of files by path, size, times and inode, so that an unchanged file is not
/// read twice.
public protocol FingerprintCache: Sendable {
    /// Returns size and SHA-256 of a file, from memory when nothing about it changed.
    ///
    /// - Throws: an `InputError` when the file is missing or unreadable.
    func fingerprint(of path: String) throws -> FileFingerprint

    /// Long walks over folders call this now and then.
    ///
    /// - Throws: `UnitInterrupted` when a stop was asked for.
    func checkStop() throws
}

extension FingerprintCache {
    /// Nobody asks to stop.
    public func checkStop() throws {}
}

/// Size and content digest of one file.
public struct FileFingerprint: Sendable, Hashable, Codable {
    /// The size in bytes.
    public let byteCount: Int
    /// SHA-256 in lower-case hexadecimal.
    public let sha256: String

    /// Creates a fingerprint.
    public init(byteCount: Int, sha256: String) {
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}
