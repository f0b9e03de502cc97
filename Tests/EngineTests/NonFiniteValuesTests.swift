import Engine
import Testing

@Suite struct NonFiniteValuesTests {
    @Test func finiteNumbersAreNone() {
        #expect(NonFiniteValues(in: [Float]()) == nil)
        #expect(
            NonFiniteValues(
                in: [0, -1, .greatestFiniteMagnitude, .leastNonzeroMagnitude] as [Float]) == nil)
        #expect(NonFiniteValues(in: [1e300, -.leastNonzeroMagnitude]) == nil)
        #expect(Tensor(shape: [2, 2], [1, 2, 3, 4]).nonFinite == nil)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, .signalingNaN])
    func theyAreCountedAndTheFirstIsNamed(value: Float) throws {
        let tensor = Tensor(shape: [2, 3], [1, value, 3, value, value, 6])
        let found = try #require(tensor.nonFinite)
        #expect(found.count == 3 && found.firstIndex == 1)
        #expect(found.description == "3 values that are not finite, the first at index 1")
        let last = try #require(NonFiniteValues(in: [0, 0, Double(value)]))
        #expect(last.description == "1 value that is not finite, at index 2")
    }
}
