/// What the publisher of a file states about its content: a digest, or the first digits of one.
///
/// ```swift
/// let checksum = Checksum("sha256:ba7816bf")
/// checksum?.matches(Digest(of: "abc").hex)  // true
/// checksum?.description  // "sha256:ba7816bf…"
/// Checksum("crc32:12345678")  // nil
/// ```
public struct Checksum: Sendable, Hashable, CustomStringConvertible {
    /// How the digest is computed. MD5 finds accidents, not attacks; some publishers state no other.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        case md5, sha256

        /// Hexadecimal digits of a whole digest.
        public var digitCount: Int { 2 * hash.byteCount }

        fileprivate var hash: HashStream.Algorithm { self == .md5 ? .md5 : .sha256 }
    }

    /// The algorithm.
    public let algorithm: Algorithm
    /// Lower-case hexadecimal digits: all of the digest or its beginning.
    public let digits: String

    /// Creates a checksum; nil unless `digits` are 6 or more lower-case hexadecimal digits, and not
    /// more than the algorithm has.
    public init?(_ algorithm: Algorithm, _ digits: String) {
        guard (6...algorithm.digitCount).contains(digits.utf8.count), Hexadecimal.isText(digits)
        else { return nil }
        self.algorithm = algorithm
        self.digits = digits
    }

    /// Reads `sha256:DIGITS` or `md5:DIGITS`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let algorithm = Algorithm(rawValue: parts[0]) else { return nil }
        self.init(algorithm, parts[1].lowercased())
    }

    public var description: String {
        "\(algorithm.rawValue):\(digits)" + (digits.utf8.count < algorithm.digitCount ? "…" : "")
    }

    /// Whether a file with this whole digest fits.
    public func matches(_ digest: String) -> Bool { digest.hasPrefix(digits) }
}

extension Checksum.Algorithm {
    /// Returns the digest of a file in lower-case hexadecimal.
    ///
    /// - Parameter progress: called with the bytes read so far; returns whether to go on.
    /// - Returns: nil when `progress` ended it.
    /// - Throws: `FileError` when the file cannot be read.
    package func digest(
        ofFile path: String, progress: (Int) -> Bool = { _ in true }
    ) throws(FileError) -> String? {
        let file = try DiskFiles().open(path)
        var stream = HashStream(hash)
        var total = 0
        var isWhole = true
        try file.forEachChunk { bytes in
            stream.update(bytes)
            total += bytes.count
            isWhole = progress(total)
            return isWhole
        }
        return isWhole ? Hexadecimal.text(stream.finish()) : nil
    }
}
