import Engine
import Testing

/// Expects the largest difference to be at most `tolerance` times the largest expected value.
func expectClose(
    _ found: Tensor, _ expected: Tensor, _ tolerance: Float, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    guard found.count == expected.count else { return }
    let scale = expected.values.reduce(0) { max($0, abs($1)) }
    var worst = (index: 0, difference: Float(0))
    for index in found.values.indices {
        let difference = abs(found.values[index] - expected.values[index])
        if difference > worst.difference || difference.isNaN { worst = (index, difference) }
    }
    let relative = worst.difference / max(scale, .leastNormalMagnitude)
    #expect(
        relative <= tolerance,
        """
        \(what) \(found.shape): relative difference \(relative) at \(worst.index): \
        \(found.values[worst.index]), expected \(expected.values[worst.index])
        """, sourceLocation: sourceLocation)
}

/// The same for numbers.
func expectClose(
    _ found: Double, _ expected: Double, _ tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(
        abs(found - expected) <= tolerance * max(abs(expected), 1e-30),
        "\(what): \(found), expected \(expected)", sourceLocation: sourceLocation)
}

/// Expects a gradient to be within 1e-4 of the largest element of the tensor. A bias of the keys moves
/// all scores of a query alike and has no gradient, so that a tensor may hold rounding alone: 1e-7.
func expectGradient(
    _ found: Tensor, _ expected: [Double], _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let scale = expected.map(abs).max() ?? 0
    let worst = zip(found.values, expected).enumerated()
        .max { abs(Double($0.1.0) - $0.1.1) < abs(Double($1.1.0) - $1.1.1) }
    #expect(found.count == expected.count, "\(what)", sourceLocation: sourceLocation)
    guard let worst else { return }
    let difference = abs(Double(worst.1.0) - worst.1.1)
    #expect(
        difference <= max(1e-4 * scale, 1e-7),
        """
        \(what) \(found.shape)[\(worst.0)] is \(worst.1.0), expected \(worst.1.1), \
        largest \(scale)
        """, sourceLocation: sourceLocation)
}
