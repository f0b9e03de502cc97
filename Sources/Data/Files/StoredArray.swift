/// The type of the elements of a stored array.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float32 = "F32"
    case float64 = "F64"
    case int8 = "I8"
    case int16 = "I16"
    case int32 = "I32"
    case int64 = "I64"
    case uint8 = "U8"
    case uint16 = "U16"
    case uint32 = "U32"
    case uint64 = "U64"
    case bool = "BOOL"

    /// The size of an element.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// Whether elements are floating-point numbers, which weights must be.
    public var isReal: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }
}

/// An array as a file holds it: little-endian bytes with a type and a shape, row-major.
///
/// ```swift
/// let array = StoredArray(elementType: .bfloat16, shape: [2], bytes: [0x80, 0x3F, 0x00, 0xC0])
/// array?.floats  // [1, -2]
/// StoredArray(elementType: .bfloat16, shape: [3], bytes: [0x80, 0x3F])  // nil
/// ```
public struct StoredArray: Sendable, Hashable {
    /// The type of an element.
    public let elementType: ElementType
    /// The extent of each axis.
    public let shape: [Int]
    /// The elements.
    public let bytes: ArraySlice<UInt8>

    /// Creates an array; nil when the number of bytes is not that of type and shape.
    public init?(elementType: ElementType, shape: [Int], bytes: ArraySlice<UInt8>) {
        guard Self.byteCount(elementType, shape) == bytes.count else { return nil }
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
    }

    /// The bytes that type and shape ask for; nil when negative or beyond all memory.
    static func byteCount(_ elementType: ElementType, _ shape: [Int]) -> Int? {
        var count = elementType.byteCount
        for extent in shape {
            let (product, hasOverflown) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !hasOverflown else { return nil }
            count = product
        }
        return count
    }

    /// The elements as `Float`, rounded to nearest where they have more digits; nil when they are
    /// not floating-point numbers.
    public var floats: [Float]? {
        switch elementType {
        case .float32: copied
        case .float64: converted(from: UInt64.self) { Float(Double(bitPattern: $0)) }
        case .float16: converted(from: UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: converted(from: UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        default: nil
        }
    }

    /// The bytes of a float32 array as they are; every machine this runs on is little-endian.
    private var copied: [Float] {
        let count = bytes.count / MemoryLayout<Float>.size
        return [Float](unsafeUninitializedCapacity: count) { output, initializedCount in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(output).copyMemory(from: $0) }
            initializedCount = count
        }
    }

    private func converted<Bits: FixedWidthInteger & BitwiseCopyable>(
        from _: Bits.Type, _ convert: (Bits) -> Float
    ) -> [Float] {
        let count = bytes.count / MemoryLayout<Bits>.size
        return [Float](unsafeUninitializedCapacity: count) { output, initializedCount in
            bytes.withUnsafeBytes { input in
                for index in 0..<count {
                    let bits = input.loadUnaligned(
                        fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                    output[index] = convert(Bits(littleEndian: bits))
                }
            }
            initializedCount = count
        }
    }
}

extension StoredArray {
    /// Returns little-endian bytes of numbers, rounded to nearest.
    ///
    /// - Precondition: `elementType.isReal`.
    static func bytes(_ values: [Float], as elementType: ElementType) -> [UInt8] {
        switch elementType {
        case .float32: littleEndian(values) { $0.bitPattern }
        case .float64: littleEndian(values) { Double($0).bitPattern }
        case .float16: littleEndian(values) { Float16($0).bitPattern }
        case .bfloat16: littleEndian(values, bfloat16)
        default: preconditionFailure("numbers as \(elementType)")
        }
    }

    /// Rounds to nearest, ties to even; not-a-number stays so.
    private static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        if value.isNaN { return UInt16(bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    private static func littleEndian<Bits: FixedWidthInteger>(
        _ values: [Float], _ convert: (Float) -> Bits
    ) -> [UInt8] {
        values.map { convert($0).littleEndian }.withUnsafeBytes { Array($0) }
    }
}
