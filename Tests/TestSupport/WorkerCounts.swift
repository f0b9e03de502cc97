package import Engine
package import Testing

/// Parallel work gives the same bits for any number of workers, on any machine.
package enum WorkerCounts {
    /// One, an even and some odd numbers, more than the groups of a small batch, and more than the
    /// cores of most machines.
    package static let all = [1, 2, 3, 7, 16, 64]
}

extension Tensor {
    /// The bits of shape and values; unlike `==`, they tell signs of zeros and kinds of NaN apart.
    package var bits: [UInt32] {
        shape.map { UInt32(truncatingIfNeeded: $0) } + values.map(\.bitPattern)
    }
}

/// Expects the same bits from `compute` for every number of workers in `WorkerCounts`, and finite
/// numbers.
///
/// - Parameter compute: one or more tensors, computed by a number of workers.
package func expectSameBits(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ compute: (_ threads: Int) throws -> [Tensor]
) rethrows {
    var first: [[UInt32]]?
    for threads in WorkerCounts.all {
        let tensors = try compute(threads)
        #expect(
            !tensors.isEmpty && tensors.allSatisfy { $0.values.allSatisfy(\.isFinite) },
            "\(what): no finite numbers", sourceLocation: sourceLocation)
        let bits = tensors.map(\.bits)
        let expected = first ?? bits
        first = expected
        let index = zip(bits, expected).map(==).firstIndex(of: false)
        #expect(
            index == nil && bits.count == expected.count,
            "\(what): \(threads) workers give other bits in tensor \(index ?? -1)",
            sourceLocation: sourceLocation)
    }
}
