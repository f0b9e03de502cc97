import Foundation
import Pipeline
import Testing

/// What parameters become in a key document. Keys of stores that exist were made by way of a JSON text:
/// whatever that can say must come out as it did.
@Suite struct ValueEncoderTests {
    private enum Choice: Encodable {
        case nothing
        case one(Double)
        case named(rate: Double, steps: Int?)
    }

    private struct Nested: Encodable {
        var number = 3
        var list = [1.5, 2.0]
        var missing: Int?
        var text = "a\"b\u{1}é"
        var table = ["b": [1], "a": []]
        var choices: [Choice] = [.nothing, .one(1), .named(rate: 0.1, steps: nil)]
        var pairs = [2: "two", -1: "minus"]
        var deep: [[[Bool]]] = [[[true], []], []]
        var optionals: [Double?] = [nil, 1]
    }

    private class Base: Encodable {
        let base = 1
    }

    private final class Derived: Base {
        let own = 2.5

        private enum Keys: CodingKey { case own }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(own, forKey: .own)
            try super.encode(to: container.superEncoder())
        }
    }

    private func throughText(_ value: some Encodable) throws -> Value {
        try Value(json: String(decoding: JSONEncoder().encode(value), as: UTF8.self))
    }

    private func agrees(_ value: some Encodable) throws -> Bool {
        try ValueEncoder.value(of: value) == throughText(value)
    }

    @Test func structuresComeOutAsThroughText() throws {
        #expect(try agrees(Nested()))
        #expect(try agrees(Derived()))
        #expect(try agrees([String: Int]()) && agrees([Int]()))
    }

    @Test(arguments: [
        0, 1, -1, 0.1, 1e-7, 1e15, 1e16, 1e17, 9_007_199_254_740_992, 18_014_398_509_481_984, 1e300,
        .leastNonzeroMagnitude,
        123_456_789.0, -2.5, .leastNormalMagnitude, .pi, -0.0,
    ])
    func realNumbersComeOutAsThroughText(number: Double) throws {
        #expect(try agrees([number]))
        #expect(try agrees([Float(number)].filter(\.isFinite)))
    }

    @Test func wholeNumbersComeOutAsThroughText() throws {
        #expect(try agrees([Int.max, .min, 0]) && agrees([UInt64.max]) && agrees([Int8(-3)]))
    }

    /// JSON has no such numbers; a key document has.
    @Test func numbersThatAreNotFiniteHaveAValue() throws {
        #expect(try ValueEncoder.value(of: [Double.infinity]) == .array([.real(.infinity)]))
        #expect(try ValueEncoder.value(of: Double.nan).canonicalJSON == "NaN")
    }

    @Test func aValueEncodesAsWhatItStandsFor() throws {
        let value = try ValueEncoder.value(of: Nested())
        #expect(try ValueEncoder.value(of: value) == value && throughText(value) == value)
    }

    @Test func whatEncodesNothingIsRefused() {
        struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
        #expect(throws: EncodingError.self) { try ValueEncoder.value(of: Nothing()) }
    }
}
