import CCrypto

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
        public var digitCount: Int { self == .md5 ? 32 : 64 }
    }

    /// The algorithm.
    public let algorithm: Algorithm
    /// Lower-case hexadecimal digits: all of the digest or its beginning.
    public let digits: String

    /// Creates a checksum; nil unless `digits` are 6 or more lower-case hexadecimal digits, and not
    /// more than the algorithm has.
    public init?(_ algorithm: Algorithm, _ digits: String) {
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) || (97...102).contains(byte) }
        guard (6...algorithm.digitCount).contains(digits.utf8.count),
            digits.utf8.allSatisfy(isDigit)
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
        var stream = ChecksumStream(self)
        var total = 0
        var isWhole = true
        try file.forEachChunk { bytes in
            stream.update(bytes)
            total += bytes.count
            isWhole = progress(total)
            return isWhole
        }
        return isWhole ? stream.finish() : nil
    }
}

/// A digest in the making.
private struct ChecksumStream: ~Copyable {
    private let context: OpaquePointer
    private let byteCount: Int

    init(_ algorithm: Checksum.Algorithm) {
        // These fail for want of memory alone, or when libcrypto has no such digest.
        guard let context = EVP_MD_CTX_new(),
            EVP_DigestInit_ex(context, algorithm == .md5 ? EVP_md5() : EVP_sha256(), nil) == 1
        else { preconditionFailure("libcrypto offers no \(algorithm.rawValue)") }
        self.context = context
        byteCount = algorithm.digitCount / 2
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(status == 1, "libcrypto failed")
    }

    consuming func finish() -> String {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        let status = EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(status == 1, "libcrypto failed")
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
