/// A byte string with its format in front and its SHA-256 behind, so that cut or altered files are
/// recognised before anything is taken from them. Numbers are little-endian.
package struct SealedWriter {
    package private(set) var bytes: [UInt8]

    package init(format: String) { bytes = Array((format + "\n").utf8) }

    package mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Adds a text with its length in front.
    package mutating func append(_ text: String) {
        append(UInt32(text.utf8.count))
        bytes += text.utf8
    }

    /// Adds numbers with their count in front.
    package mutating func append<Number: BitwiseCopyable>(_ values: [Number]) {
        append(UInt32(values.count))
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    /// Everything appended, sealed.
    package consuming func sealed() -> [UInt8] {
        bytes += Digest(of: bytes).bytes
        return bytes
    }
}

/// Reads what `SealedWriter` wrote. Every read is nil past the end.
package struct SealedReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// Opens sealed bytes; nil when format or seal do not fit.
    package init?(_ bytes: [UInt8], format: String) {
        let head = Array((format + "\n").utf8)
        guard bytes.count >= head.count + 32, bytes.starts(with: head) else { return nil }
        end = bytes.count - 32
        guard Digest(of: Array(bytes[..<end])).bytes == Array(bytes[end...]) else { return nil }
        self.bytes = bytes
        position = head.count
    }

    package var isAtEnd: Bool { position == end }

    package mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let size = MemoryLayout<Number>.size
        guard position + size <= end else { return nil }
        defer { position += size }
        return bytes.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: Number.self))
        }
    }

    package mutating func text() -> String? {
        guard let count = number(UInt32.self).map(Int.init), position + count <= end
        else { return nil }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    mutating func floats() -> [Float]? { numbers(Float.self) }

    /// Reads numbers with their count in front.
    package mutating func numbers<Number: BitwiseCopyable>(_ type: Number.Type) -> [Number]? {
        let size = MemoryLayout<Number>.stride
        guard let count = number(UInt32.self).map(Int.init), count * size <= end - position
        else { return nil }
        defer { position += count * size }
        return [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes { all in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: all[position..<position + count * size]))
            }
            initialized = count
        }
    }
}
