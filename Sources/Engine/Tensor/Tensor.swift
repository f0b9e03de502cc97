/// A dense, row-major array of `Float` with a shape.
///
/// ```swift
/// let rows = Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6])
/// rows.count  // 6
/// rows.values[1 * 3 + 2]  // 6
/// Tensor(zeros: [2, 2]).values  // [0, 0, 0, 0]
/// ```
public struct Tensor: Sendable, Equatable {
    /// The extent of each axis, outermost first; empty for a scalar.
    public let shape: [Int]
    /// The elements in row-major order; `values.count` is the product of `shape`.
    public var values: [Float]

    /// The number of elements.
    public var count: Int { values.count }

    /// Creates a tensor from its elements.
    ///
    /// - Precondition: `values.count` is the product of `shape`.
    public init(shape: [Int], _ values: [Float]) {
        precondition(
            values.count == shape.reduce(1, *), "\(values.count) elements for shape \(shape)")
        self.shape = shape
        self.values = values
    }

    /// Creates a tensor of zeros.
    public init(zeros shape: [Int]) {
        self.init(shape: shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    }
}
