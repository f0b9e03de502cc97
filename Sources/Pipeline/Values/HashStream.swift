import CCrypto

/// A hash of bytes in the making: the only caller of libcrypto.
struct HashStream: ~Copyable {
    /// What libcrypto is asked for.
    enum Algorithm: String {
        case md5, sha256

        /// The bytes of a whole hash.
        var byteCount: Int { self == .md5 ? 16 : 32 }
    }

    private let context: OpaquePointer
    private let algorithm: Algorithm

    /// Starts with nothing.
    init(_ algorithm: Algorithm) {
        // These fail for want of memory alone, or when libcrypto has no such hash.
        guard let context = EVP_MD_CTX_new(),
            EVP_DigestInit_ex(context, algorithm == .md5 ? EVP_md5() : EVP_sha256(), nil) == 1
        else { preconditionFailure("libcrypto offers no \(algorithm.rawValue)") }
        self.context = context
        self.algorithm = algorithm
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(status == 1, "libcrypto failed in \(algorithm.rawValue)")
    }

    /// The hash of everything added.
    consuming func finish() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: algorithm.byteCount)
        let status = EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(status == 1, "libcrypto failed in \(algorithm.rawValue)")
        return bytes
    }
}
