/// A byte string with its format in front and its SHA-256 behind, so that cut or altered files are
/// recognised before anything is taken from them. Numbers are little-endian.
struct SealedWriter {
    private(set) var bytes: [UInt8]

    init(format: String) { bytes = Array((format + "\n").utf8) }

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Adds a text with its length in front.
    mutating func append(_ text: String) {
        append(UInt32(text.utf8.count))
        bytes += text.utf8
    }

    /// Adds numbers with their count in front.
    mutating func append(_ values: [Float]) {
        append(UInt32(values.count))
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Everything appended, sealed.
    consuming func sealed() -> [UInt8] {
        bytes += Digest(of: bytes).bytes
        return bytes
    }
}

/// Reads what `SealedWriter` wrote. Every read is nil past the end.
struct SealedReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// Opens sealed bytes; nil when format or seal do not fit.
    init?(_ bytes: [UInt8], format: String) {
        let head = Array((format + "\n").utf8)
        guard bytes.count >= head.count + 32, bytes.starts(with: head) else { return nil }
        end = bytes.count - 32
        guard Digest(of: Array(bytes[..<end])).bytes == Array(bytes[end...]) else { return nil }
        self.bytes = bytes
        position = head.count
    }

    var isAtEnd: Bool { position == end }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard position + size <= end else { return nil }
        defer { position += size }
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Number.self))
        }
    }

    mutating func text() -> String? {
        guard let count = number(UInt32.self).map(Int.init), position + count <= end
        else { return nil }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    mutating func floats() -> [Float]? {
        guard let count = number(UInt32.self).map(Int.init), position + count * 4 <= end
        else { return nil }
        defer { position += count * 4 }
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { all in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: all[position..<position + count * 4]))
            }
            initialized = count
        }
    }
}
