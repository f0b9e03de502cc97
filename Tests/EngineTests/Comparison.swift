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
