/// How many numbers of an array are infinite or not numbers at all, and which is the first.
///
/// ```swift
/// let found = NonFiniteValues(in: [1, .nan, 2, .infinity] as [Float])
/// found?.count  // 2
/// found?.firstIndex  // 1
/// NonFiniteValues(in: [1, 2] as [Float])  // nil
/// ```
public struct NonFiniteValues: Hashable, Sendable, CustomStringConvertible {
    /// How many there are, at least 1.
    public let count: Int
    /// The index of the first one, in row-major order.
    public let firstIndex: Int

    /// Looks for them in one pass; nil where all numbers are finite.
    public init?(in values: [Float]) { self.init(scanning: values) }

    /// Looks for them in one pass; nil where all numbers are finite.
    public init?(in values: [Double]) { self.init(scanning: values) }

    private init?(scanning values: [some FloatingPoint]) {
        guard let first = values.firstIndex(where: { !$0.isFinite }) else { return nil }
        firstIndex = first
        count = values[first...].count { !$0.isFinite }
    }

    /// `3 values that are not finite, the first at index 17`.
    public var description: String {
        count == 1
            ? "1 value that is not finite, at index \(firstIndex)"
            : "\(count) values that are not finite, the first at index \(firstIndex)"
    }
}

extension Tensor {
    /// The elements that are not finite; nil where all are.
    public var nonFinite: NonFiniteValues? { NonFiniteValues(in: values) }
}
