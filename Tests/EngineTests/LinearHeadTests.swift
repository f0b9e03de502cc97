import Engine
import Testing

/// The initial values of a classifier.
@Suite struct LinearHeadTests {
    /// Uniform in ±1/√width, weight and bias alike: mean 0, variance of bound²/3.
    @Test(arguments: [16, 25])
    func theUniformHeadFillsItsBounds(width: Int) {
        let head = LinearHead.uniform(
            classes: 400, width: width, stream: RandomStream(seed: 3, name: "head"))
        #expect(head.weight.shape == [400, width] && head.bias.shape == [400])
        let bound = 1 / Double(width).squareRoot()
        for values in [head.weight.values, head.bias.values] {
            let numbers = values.map(Double.init)
            #expect(numbers.allSatisfy { abs($0) <= bound * (1 + 1e-6) })
            #expect(numbers.max() ?? 0 > 0.97 * bound && numbers.min() ?? 0 < -0.97 * bound)
            // 400 draws: six standard errors of the mean and of the mean square.
            let mean = numbers.reduce(0, +) / Double(numbers.count)
            let square = numbers.reduce(0) { $0 + $1 * $1 } / Double(numbers.count)
            #expect(abs(mean) < 6 * bound / (3 * 400.0).squareRoot())
            #expect(abs(square - bound * bound / 3) < 6 * bound * bound * 0.298 / 20)
        }
    }

    @Test func theUniformHeadIsAFunctionOfItsStream() {
        func head(_ seed: UInt64) -> LinearHead {
            .uniform(classes: 3, width: 4, stream: RandomStream(seed: seed, name: "head"))
        }
        #expect(head(1) == head(1))
        #expect(head(1) != head(2))
        #expect(Set(head(1).weight.values).isDisjoint(with: head(1).bias.values))
    }
}
