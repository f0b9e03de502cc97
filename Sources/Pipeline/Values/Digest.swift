/// The SHA-256 of some content, as 64 hexadecimal digits in lower case.
///
/// ```swift
/// let digest = Digest(of: "abc")
/// digest.hex.prefix(8)  // "ba7816bf"
/// Digest(hex: digest.hex)  // digest
/// Digest(hex: "ba7816bf")  // nil
/// ```
public struct Digest: Sendable, Hashable, CustomStringConvertible {
    /// The digits.
    public let hex: String

    public var description: String { hex }

    /// Reads 64 hexadecimal digits; nil for anything else.
    public init?(hex: String) {
        guard hex.utf8.count == 64, Hexadecimal.isText(hex) else { return nil }
        self.hex = hex
    }

    /// The digest with these 32 bytes.
    ///
    /// - Precondition: there are 32.
    init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "\(bytes.count) bytes for a SHA-256")
        hex = Hexadecimal.text(bytes)
    }

    /// The 32 bytes.
    var bytes: [UInt8] {
        let values = hex.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    /// The digest of bytes.
    public init(of bytes: [UInt8]) {
        var stream = DigestStream()
        stream.update(bytes)
        self = stream.finish()
    }

    /// The digest of the UTF-8 of a text.
    public init(of text: String) {
        self.init(of: Array(text.utf8))
    }
}

/// A SHA-256 in the making.
public struct DigestStream: ~Copyable {
    private var stream: HashStream

    /// Starts with nothing.
    public init() { stream = HashStream(.sha256) }

    /// Adds the elements as they lie in memory: little-endian on every machine this runs on.
    public mutating func update<Element: BitwiseCopyable>(_ elements: [Element]) {
        elements.withUnsafeBytes { update($0) }
    }

    /// Adds the UTF-8 of a text.
    public mutating func update(_ text: String) {
        update(Array(text.utf8))
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) { stream.update(bytes) }

    /// The digest of everything added.
    public consuming func finish() -> Digest { Digest(bytes: stream.finish()) }
}
