package import Engine
package import Testing

/// What a comparison of numbers lets pass although it says nothing about closeness. Each must be asked
/// for where it is meant.
package struct ComparisonExceptions: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// No numbers on both sides.
    package static let nothing = ComparisonExceptions(rawValue: 1)
    /// NaN on both sides, or the same infinity.
    package static let notFinite = ComparisonExceptions(rawValue: 2)
}

/// Numbers with a shape: one side of a comparison.
package struct ComparedNumbers: Sendable {
    package let shape: [Int]
    package let values: [Double]

    package init(_ tensor: Tensor) {
        shape = tensor.shape
        values = tensor.values.map(Double.init)
    }

    package init(_ values: some Collection<Double>, shape: [Int]? = nil) {
        self.shape = shape ?? [values.count]
        self.values = Array(values)
    }

    package init(_ values: some Collection<Float>, shape: [Int]? = nil) {
        self.init(values.map(Double.init), shape: shape)
    }

    /// The largest size of a finite number; 0 where there is none.
    package var scale: Double {
        values.lazy.filter(\.isFinite).map(abs).max() ?? 0
    }

    /// How these numbers differ from the expected ones by more than `bound`; nil when they do not.
    ///
    /// A NaN or an infinity on either side is a difference, and so is a bound that is none: `<` is
    /// false for NaN, and a worst element that is chosen by `<` is never one.
    package func difference(
        from expected: ComparedNumbers, bound: Double,
        allowing exceptions: ComparisonExceptions = []
    ) -> String? {
        guard shape == expected.shape, values.count == expected.values.count else {
            return "shape \(shape), expected \(expected.shape)"
        }
        guard !values.isEmpty || exceptions.contains(.nothing) else {
            return "shape \(shape) holds no numbers to compare"
        }
        guard bound.isFinite, bound >= 0 else { return "\(bound) is no bound" }
        var worst = (index: 0, difference: 0.0)
        for (index, (found, wanted)) in zip(values, expected.values).enumerated() {
            guard found.isFinite, wanted.isFinite else {
                let isSame = found == wanted || (found.isNaN && wanted.isNaN)
                if isSame, exceptions.contains(.notFinite) { continue }
                return "\(shape)[\(index)] is \(found), expected \(wanted)"
            }
            let difference = abs(found - wanted)
            if difference > worst.difference { worst = (index, difference) }
        }
        guard worst.difference > bound else { return nil }
        return """
            \(shape)[\(worst.index)] is \(values[worst.index]), \
            expected \(expected.values[worst.index]): differs by \(worst.difference), \
            at most \(bound) is allowed
            """
    }
}

/// Expects numbers to differ by at most `bound`; what fails besides is said at
/// `ComparedNumbers.difference`.
package func expectClose(
    _ found: ComparedNumbers, _ expected: ComparedNumbers, within bound: Double, _ what: String,
    allowing exceptions: ComparisonExceptions = [],
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let difference = found.difference(from: expected, bound: bound, allowing: exceptions)
    else { return }
    Issue.record("\(what) \(difference)", sourceLocation: sourceLocation)
}

/// Expects the largest difference to be at most `tolerance` times the largest expected value.
package func expectClose(
    _ found: Tensor, _ expected: Tensor, _ tolerance: Float, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let expected = ComparedNumbers(expected)
    expectClose(
        ComparedNumbers(found), expected, within: Double(tolerance) * expected.scale, what,
        sourceLocation: sourceLocation)
}

/// Expects two numbers to differ by at most `tolerance` times the expected one.
package func expectClose(
    _ found: Double, _ expected: Double, _ tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        ComparedNumbers([found], shape: []), ComparedNumbers([expected], shape: []),
        within: tolerance * max(abs(expected), 1e-30), what, sourceLocation: sourceLocation)
}

/// Expects two lists of numbers to differ by at most `bound`.
package func expectClose(
    _ found: some Collection<Double>, _ expected: some Collection<Double>, within bound: Double,
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        ComparedNumbers(found), ComparedNumbers(expected), within: bound, what,
        sourceLocation: sourceLocation)
}

/// Expects a gradient to be within 1e-4 of the largest element of the tensor. A bias of the keys moves
/// all scores of a query alike and has no gradient, so that a tensor may hold rounding alone: 1e-7.
package func expectGradient(
    _ found: Tensor, _ expected: [Double], _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let wanted = ComparedNumbers(
        expected, shape: found.count == expected.count ? found.shape : [expected.count])
    expectClose(
        ComparedNumbers(found), wanted, within: max(1e-4 * wanted.scale, 1e-7), what,
        sourceLocation: sourceLocation)
}

extension ComparedNumbers {
    /// Whether two numbers differ by at most `bound`: false for any that is not finite, as in
    /// `difference`.
    package static func areClose(_ found: Double, _ expected: Double, within bound: Double) -> Bool
    {
        ComparedNumbers([found]).difference(from: ComparedNumbers([expected]), bound: bound) == nil
    }
}
