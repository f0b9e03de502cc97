/// An array of an artifact: shape and elements, row-major.
///
/// ```swift
/// let labels = TypedArray(shape: [3], .int64([0, 0, 1]))
/// labels.count  // 3
/// labels.elements  // .int64([0, 0, 1])
/// ```
public struct TypedArray: Sendable, Equatable {
    /// The elements, by type.
    public enum Elements: Sendable, Equatable {
        case float32([Float])
        case float64([Double])
        case int64([Int64])
        case uint8([UInt8])
        case text([String])
    }

    /// The extent of each axis, outermost first.
    public let shape: [Int]
    /// The elements in row-major order.
    public let elements: Elements

    /// Creates an array.
    ///
    /// - Precondition: the number of elements is the product of `shape`.
    public init(shape: [Int], _ elements: Elements) {
        self.shape = shape
        self.elements = elements
        // The other extents of an empty array may have any product.
        let expected = shape.contains(0) ? 0 : shape.reduce(1, *)
        precondition(count == expected, "\(count) elements for shape \(shape)")
    }

    /// The number of elements.
    public var count: Int {
        switch elements {
        case .float32(let values): values.count
        case .float64(let values): values.count
        case .int64(let values): values.count
        case .uint8(let values): values.count
        case .text(let values): values.count
        }
    }
}
