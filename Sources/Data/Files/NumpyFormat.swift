import Pipeline

/// One `.npy` array: magic, version, a header that is a Python dictionary, then the elements.
enum NumpyFormat {
    /// The bytes that a file starts with.
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// The greatest length of a header in bytes.
    static let maximumHeaderByteCount = 1 << 16

    /// Reads an array. Column-major and big-endian arrays, and Python objects, are refused.
    ///
    /// - Parameter fail: makes the error for a problem.
    static func array(
        _ bytes: [UInt8], fail: (String) -> UnreadableInput
    ) throws(UnreadableInput) -> StoredArray {
        guard bytes.count >= 12, bytes.starts(with: magic),
            (1...3).contains(bytes[6])
        else { throw fail("is not a NumPy array") }
        let start = bytes[6] == 1 ? 10 : 12
        let count =
            bytes[6] == 1 ? bytes.littleEndian16(at: 8) : bytes.littleEndian32(at: 8)
        guard count <= maximumHeaderByteCount, start + count <= bytes.count else {
            throw fail("has a damaged header")
        }
        let text = String(decoding: bytes[start..<start + count], as: UTF8.self)
        guard let header = NumpyHeader(text) else { throw fail("has a damaged header") }
        guard let type = header.elementType else {
            throw fail(
                "has elements of type '\(Printable.quoted(header.description, limit: 60))', which are not read"
            )
        }
        guard !header.isColumnMajor || header.shape.count < 2 else {
            throw fail("is stored by columns, which is not read")
        }
        let elements = bytes[(start + count)...]
        guard let array = StoredArray(elementType: type, shape: header.shape, bytes: elements)
        else {
            throw fail("holds \(elements.count) bytes, which shape \(header.shape) contradicts")
        }
        return array
    }
}

/// The dictionary of a `.npy` header: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}`.
private struct NumpyHeader {
    let description: String
    let isColumnMajor: Bool
    let shape: [Int]

    init?(_ text: String) {
        guard let description = Self.value(of: "descr", in: text),
            let order = Self.value(of: "fortran_order", in: text),
            let shape = Self.value(of: "shape", in: text)
        else { return nil }
        let extents = shape.dropFirst().dropLast().split(separator: ",")
            .map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
        let numbers = extents.compactMap { Int($0) }
        guard shape.hasPrefix("("), numbers.count == extents.count, numbers.count <= 32,
            order == "True" || order == "False"
        else { return nil }
        self.description = description.filter { $0 != "'" && $0 != "\"" }
        self.shape = numbers
        isColumnMajor = order == "True"
    }

    /// The text of a value: up to the closing bracket of a tuple, else up to a comma or brace.
    private static func value(of key: String, in text: String) -> String? {
        let keys = ["'\(key)'", "\"\(key)\""]
        guard let range = keys.lazy.compactMap({ text.firstRange(of: $0) }).first else {
            return nil
        }
        var rest = text[range.upperBound...].drop { $0 == " " }
        guard rest.first == ":" else { return nil }
        rest = rest.dropFirst().drop { $0 == " " }
        if rest.first == "(" {
            guard let end = rest.firstIndex(of: ")") else { return nil }
            return String(rest[...end])
        }
        if rest.first == "[" { return rest.firstIndex(of: "]").map { String(rest[...$0]) } }
        return rest.firstIndex { $0 == "," || $0 == "}" }.map { String(rest[..<$0]) }
    }

    var elementType: ElementType? {
        switch description {
        case "<f2": .float16
        case "<f4": .float32
        case "<f8": .float64
        case "|i1": .int8
        case "<i2": .int16
        case "<i4": .int32
        case "<i8": .int64
        case "|u1": .uint8
        case "<u2": .uint16
        case "<u4": .uint32
        case "<u8": .uint64
        case "|b1": .bool
        default: nil
        }
    }
}
