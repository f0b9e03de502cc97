/// What a pickle of NumPy arrays may ask to have built besides what any pickle may.
enum NumpyConstructor: Sendable, Hashable {
    /// An empty array, whose content follows as its state.
    case reconstruct
    /// An array over bytes.
    case fromBuffer
    /// The class `ndarray`, an argument of `reconstruct`.
    case array
    /// The type of elements.
    case type
    /// Bytes written as text of the same code points, as Python 3 does for old protocols.
    case encode

    /// Finds a constructor by module and name; nil for everything that is refused.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
            self = .reconstruct
        case ("numpy.core.numeric", "_frombuffer"), ("numpy._core.numeric", "_frombuffer"):
            self = .fromBuffer
        case ("numpy", "ndarray"): self = .array
        case ("numpy", "dtype"): self = .type
        case ("_codecs", "encode"): self = .encode
        default: return nil
        }
    }
}

/// A NumPy array as a pickle describes it.
struct PickledArray: Sendable, Hashable {
    var elementType = ElementType.uint8
    var shape = [0]
    var isColumnMajor = false
    /// Bytes, text or a blob; none while the state is not set.
    var content = PickleValue.none
}

extension PickleReader {
    /// Builds a value of NumPy; nil when the arguments are damaged.
    mutating func build(
        _ constructor: NumpyConstructor, _ arguments: [PickleValue]
    ) throws(PickleProblem) -> PickleValue? {
        switch constructor {
        case .reconstruct:
            guard arguments.first == .constructor(.numpy(.array)) else { return nil }
            return add(PickledArray())
        case .fromBuffer:
            guard arguments.count == 4 else { return nil }
            return try array(
                shape: arguments[2], type: arguments[1], content: arguments[0],
                isColumnMajor: arguments[3] == .text("F")
            ).map { add($0) }
        case .array: return nil
        case .type: return arguments.first?.text.flatMap(Self.elementType).map { .elementType($0) }
        case .encode: return try blob(arguments)
        }
    }

    /// Sets the state of an array or of a type on top of the stack; false when there is neither.
    mutating func setArrayState(_ state: PickleValue) throws(PickleProblem) -> Bool {
        let parts = objects.elements(state) ?? []
        switch try top() {
        case .array(let index):  // (version,) shape, type, order, content
            guard (4...5).contains(parts.count),
                let array = try array(
                    shape: parts[parts.count - 4], type: parts[parts.count - 3],
                    content: parts[parts.count - 1],
                    isColumnMajor: parts[parts.count - 2] == .bool(true)
                        || parts[parts.count - 2] == .integer(1))
            else { throw problem("a damaged array") }
            objects.arrays[index] = array
        case .elementType(let type):  // version, byte order, …
            guard parts.count > 1, let order = parts[1].text ?? ascii(parts[1]),
                type.byteCount == 1 || order == "<"
            else { throw problem("numbers that are not little-endian") }
        default: return false
        }
        return true
    }

    private mutating func add(_ array: PickledArray) -> PickleValue {
        objects.arrays.append(array)
        return .array(objects.arrays.count - 1)
    }

    private func array(
        shape: PickleValue, type: PickleValue, content: PickleValue, isColumnMajor: Bool
    ) throws(PickleProblem) -> PickledArray? {
        guard case .elementType(let elementType) = type, let shape = objects.integers(shape),
            let byteCount = StoredArray.byteCount(elementType, shape),
            byteCount == self.byteCount(of: content)
        else { return nil }
        return PickledArray(
            elementType: elementType, shape: shape, isColumnMajor: isColumnMajor,
            content: content)
    }

    private func byteCount(of content: PickleValue) -> Int? {
        switch content {
        case .bytes(let range): range.count
        case .text(let text): text.utf8.count
        case .blob(let index): objects.blobs[index].count
        default: nil
        }
    }

    /// `(text, 'latin1')`: a byte for each character. All together are no longer than the pickle.
    private mutating func blob(_ arguments: [PickleValue]) throws(PickleProblem) -> PickleValue? {
        guard arguments.count == 2, let text = arguments[0].text,
            ["latin1", "latin-1"].contains(arguments[1].text)
        else { return nil }
        var blob: [UInt8] = []
        blob.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { return nil }
            blob.append(byte)
        }
        objects.blobs.append(blob)
        blobByteCount += blob.count
        guard blobByteCount <= bytes.count else { throw problem("more bytes than the pickle has") }
        return .blob(objects.blobs.count - 1)
    }

    private func ascii(_ value: PickleValue) -> String? {
        if case .bytes(let range) = value {
            String(decoding: bytes[range], as: UTF8.self)
        } else {
            nil
        }
    }

    private static func elementType(_ name: String) -> ElementType? {
        switch name {
        case "u1", "|u1": .uint8
        case "i1", "|i1": .int8
        case "b1", "|b1": .bool
        case "u2", "<u2": .uint16
        case "i2", "<i2": .int16
        case "u4", "<u4": .uint32
        case "i4", "<i4": .int32
        case "u8", "<u8": .uint64
        case "i8", "<i8": .int64
        case "f4", "<f4": .float32
        case "f8", "<f8": .float64
        default: nil
        }
    }
}

extension PickleObjects {
    /// The entries of a dictionary whose keys are text or bytes, by key; the last of equals counts.
    /// Nil for anything else.
    ///
    /// - Parameter bytes: the pickle.
    func dictionary(_ value: PickleValue, in bytes: [UInt8]) -> [String: PickleValue]? {
        guard let entries = entries(value) else { return nil }
        var result: [String: PickleValue] = [:]
        for (key, value) in entries {
            guard let name = string(key, in: bytes) else { return nil }
            result[name] = value
        }
        return result
    }

    /// Text, or bytes as UTF-8; nil for anything else.
    func string(_ value: PickleValue, in bytes: [UInt8]) -> String? {
        switch value {
        case .text(let text): text
        case .bytes, .blob:
            content(value, in: bytes).flatMap { String(validating: $0, as: UTF8.self) }
        default: nil
        }
    }

    /// The bytes of a text, of bytes or of a blob; nil for anything else.
    func content(_ value: PickleValue, in bytes: [UInt8]) -> ArraySlice<UInt8>? {
        switch value {
        case .bytes(let range): bytes[range]
        case .text(let text): Array(text.utf8)[...]
        case .blob(let index): blobs[index][...]
        default: nil
        }
    }

    /// The integers of a list, or of a one-dimensional array of integers; nil for anything else.
    func labels(_ value: PickleValue, in bytes: [UInt8]) -> [Int]? {
        if let elements = elements(value) {
            let integers = elements.compactMap(\.integer)
            return integers.count == elements.count ? integers : nil
        }
        guard case .array(let index) = value, arrays[index].shape.count == 1,
            let content = content(arrays[index].content, in: bytes)
        else { return nil }
        let isSigned: Bool
        switch arrays[index].elementType {
        case .uint8, .uint16, .uint32, .uint64: isSigned = false
        case .int8, .int16, .int32, .int64: isSigned = true
        default: return nil
        }
        let size = arrays[index].elementType.byteCount
        return stride(from: content.startIndex, to: content.endIndex, by: size).map { start in
            let number = content[start..<start + size]
            let isNegative = isSigned && number[start + size - 1] & 0x80 != 0
            return number.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
        }
    }
}
