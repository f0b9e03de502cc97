import Engine
import TestSupport
import Testing

/// What the comparison of numbers that all suites use says of numbers that are none.
@Suite struct NumericComparisonTests {
    private func difference(
        _ found: [Double], _ expected: [Double], bound: Double = 0.5,
        allowing exceptions: ComparisonExceptions = []
    ) -> String? {
        ComparedNumbers(found).difference(
            from: ComparedNumbers(expected), bound: bound, allowing: exceptions)
    }

    @Test func closeNumbersPassAndTheWorstOfOthersIsNamed() {
        #expect(difference([1, 2, 3], [1, 2.5, 3]) == nil)
        #expect(
            difference([1, 5, 3, 9], [1, 2, 3, 2])
                == "[4][3] is 9.0, expected 2.0: differs by 7.0, at most 0.5 is allowed")
        #expect(difference([1], [1], bound: 0) == nil)
        #expect(difference([-0.0], [0.0], bound: 0) == nil)
    }

    /// At the beginning, in the middle and at the end; alone, and beside a large finite difference.
    @Test(arguments: 0..<3, [0.0, 9.0])
    func noNaNPasses(index: Int, other: Double) {
        var found = [other, other, other]
        found[index] = .nan
        let expected = [0.0, 0.0, 0.0]
        #expect(difference(found, expected, bound: 1e300) == "[3][\(index)] is nan, expected 0.0")
        #expect(difference(expected, found, bound: 1e300) == "[3][\(index)] is 0.0, expected nan")
        #expect(difference(found, found) == "[3][\(index)] is nan, expected nan")
        #expect(difference(found, found, allowing: .notFinite) == nil)
        #expect(difference(found, expected, bound: 100, allowing: .notFinite) != nil)
        #expect(difference(expected, found, bound: 100, allowing: .notFinite) != nil)
    }

    @Test func noInfinityPasses() {
        let infinity = Double.infinity
        #expect(difference([infinity], [infinity]) == "[1][0] is inf, expected inf")
        #expect(difference([infinity], [-infinity]) == "[1][0] is inf, expected -inf")
        #expect(difference([1], [infinity]) == "[1][0] is 1.0, expected inf")
        #expect(difference([-infinity], [1]) == "[1][0] is -inf, expected 1.0")
        #expect(difference([infinity], [infinity], allowing: .notFinite) == nil)
        #expect(difference([infinity], [-infinity], allowing: .notFinite) != nil)
        #expect(difference([infinity], [.nan], allowing: .notFinite) != nil)
        #expect(difference([1], [infinity], allowing: .notFinite) != nil)
    }

    @Test func shapesMustAgreeAndHoldNumbers() {
        #expect(difference([1, 2], [1]) == "shape [2], expected [1]")
        #expect(difference([], [1]) == "shape [0], expected [1]")
        #expect(difference([], []) == "shape [0] holds no numbers to compare")
        #expect(difference([], [], allowing: .nothing) == nil)
        #expect(difference([1], [], allowing: .nothing) != nil)
        let (flat, square) = (Tensor(zeros: [4]), Tensor(zeros: [2, 2]))
        #expect(
            ComparedNumbers(flat).difference(from: ComparedNumbers(square), bound: 1)
                == "shape [4], expected [2, 2]")
    }

    @Test(arguments: [Double.nan, .infinity, -1])
    func aBoundThatIsNoneFails(bound: Double) {
        #expect(difference([1], [1], bound: bound) == "\(bound) is no bound")
    }

    /// The scale of a tolerance must not become NaN, nor infinite, by one of the expected values.
    @Test func theScaleIsThatOfTheFiniteNumbers() {
        #expect(ComparedNumbers([1, Double.nan, -3, .infinity]).scale == 3)
        #expect(ComparedNumbers([Double.nan]).scale == 0)
        #expect(ComparedNumbers([Double]()).scale == 0)
    }

    /// Each of the helpers that suites call, with a NaN, must record an issue.
    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func everyHelperFails(value: Float) {
        let (good, bad) = (Tensor(shape: [2], [1, 1]), Tensor(shape: [2], [1, value]))
        withKnownIssue { expectClose(bad, good, 1e-5, "found") }
        withKnownIssue { expectClose(good, bad, 1e-5, "expected") }
        withKnownIssue { expectClose(bad, bad, 1e-5, "both") }
        withKnownIssue { expectClose(Double(value), 1, 1e-5, "found") }
        withKnownIssue { expectClose(1, Double(value), 1e-5, "expected") }
        withKnownIssue { expectClose([Double(value)], [1.0], within: 1e300, "found") }
        withKnownIssue { expectGradient(bad, [1, 1], "found") }
        withKnownIssue { expectGradient(good, [1, Double(value)], "expected") }
        withKnownIssue { expectGradient(bad, [1, Double(value)], "both") }
        withKnownIssue { expectGradient(good, [1], "length") }
        withKnownIssue { expectSlopes([Double(value)], [1], "slopes") }
        withKnownIssue { expectSlopes([1], [Double(value)], "slopes") }
        #expect(!ComparedNumbers.areClose(Double(value), 1, within: 1e300))
        #expect(!ComparedNumbers.areClose(1, Double(value), within: 1e300))
    }
}
