/// Where the elements of a tensor lie in its storage: the element at `[i, j, …]` is at
/// `offset + i · strides[0] + j · strides[1] + …`.
struct StridedLayout: Sendable, Hashable {
    /// The greatest number of axes.
    static let maximumRank = 32
    /// The size, in bytes, up to which a tensor may be larger than its storage (a stride of 0
    /// repeats elements).
    static let freeGrowth = 1 << 20

    let offset: Int
    let shape: [Int]
    let strides: [Int]
    /// The elements of the tensor.
    let count: Int
    /// The positions in the storage from the first element to the last.
    let span: Range<Int>

    /// Creates a layout; nil when it is inconsistent, reaches beyond the storage, or repeats its
    /// elements beyond the limit.
    init?(offset: Int, shape: [Int], strides: [Int], in storage: TorchStorage) {
        let type = storage.elementType
        guard shape.count == strides.count, shape.count <= Self.maximumRank, offset >= 0,
            strides.allSatisfy({ $0 >= 0 }), offset <= storage.count,
            let byteCount = StoredArray.byteCount(type, shape),
            byteCount <= max(storage.count * type.byteCount, Self.freeGrowth)
        else { return nil }
        count = byteCount / type.byteCount
        (self.offset, self.shape, self.strides) = (offset, shape, strides)
        guard count > 0 else {
            span = offset..<offset
            return
        }
        var last = offset
        for (extent, stride) in zip(shape, strides) {
            let (reach, isTooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
            let (sum, hasOverflown) = last.addingReportingOverflow(reach)
            guard !isTooFar, !hasOverflown, sum < storage.count else { return nil }
            last = sum
        }
        span = offset..<last + 1
    }

    /// Whether the elements follow each other in row-major order.
    var isContiguous: Bool {
        var expected = 1
        for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
            guard stride == expected else { return false }
            expected *= extent
        }
        return true
    }

    /// Returns the elements in row-major order.
    ///
    /// - Parameters:
    ///   - bytes: the elements at `span`.
    ///   - size: the bytes of an element.
    func gathered(_ bytes: ArraySlice<UInt8>, size: Int) -> ArraySlice<UInt8> {
        precondition(bytes.count == span.count * size, "\(bytes.count) bytes for \(span)")
        if count == 0 || isContiguous { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(count * size)
        var index = [Int](repeating: 0, count: shape.count)
        var position = 0
        for _ in 0..<count {
            let start = bytes.startIndex + position * size
            result.append(contentsOf: bytes[start..<start + size])
            for axis in shape.indices.reversed() {
                index[axis] += 1
                position += strides[axis]
                if index[axis] < shape[axis] { break }
                position -= shape[axis] * strides[axis]
                index[axis] = 0
            }
        }
        return result[...]
    }
}
