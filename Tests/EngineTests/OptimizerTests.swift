import Engine
import Testing

@Suite struct OptimizerTests {
    private func set(_ values: [Float]...) -> ParameterSet {
        ParameterSet(values.enumerated().map { ("p\($0)", Tensor(shape: [$1.count], $1)) })
    }

    /// g₁ = 3, g₂ = −1, rate 0.1, β = (0.9, 0.999), ε = 1e-8.
    /// Step 1: m̂ = g₁, v̂ = g₁², so p ← 1 − 0.1·3/(3 + 1e-8) = 0.9.
    /// Step 2: m = 0.27 − 0.1 = 0.17, m̂ = 0.17/0.19; v = 0.008991 + 0.001 = 0.009991,
    /// v̂ = 0.009991/0.001999; p ← 0.9 − 0.1 · 0.894737/2.235612 = 0.859978.
    @Test func adamFollowsTwoStepsByHand() {
        var parameters = set([1])
        var optimizer = Optimizer(.adam, like: parameters)
        optimizer.update(&parameters, gradients: set([3]), rates: [0.1])
        #expect(abs(parameters.tensors[0].values[0] - 0.9) < 1e-6)
        optimizer.update(&parameters, gradients: set([-1]), rates: [0.1])
        #expect(abs(parameters.tensors[0].values[0] - 0.859978) < 1e-6)
        #expect(optimizer.state.stepCount == 2)
    }

    /// ε is added to the root of the corrected second moment. With g = 1 and ε = 1:
    /// m̂ = 1, √v̂ = 1, update = rate · 1/(1 + 1).
    @Test func epsilonStandsOutsideTheCorrectedRoot() {
        var parameters = set([0])
        var optimizer = Optimizer(.adam(beta1: 0.9, beta2: 0.999, epsilon: 1), like: parameters)
        optimizer.update(&parameters, gradients: set([1]), rates: [1])
        #expect(abs(parameters.tensors[0].values[0] + 0.5) < 1e-6)
    }

    /// b₁ = 2, p = 1 − 0.5·2 = 0; b₂ = 0.9·2 + 1 = 2.8, p = 0 − 0.5·2.8 = −1.4.
    @Test func momentumHasNoDampening() {
        var parameters = set([1])
        var optimizer = Optimizer(.sgd(momentum: 0.9), like: parameters)
        optimizer.update(&parameters, gradients: set([2]), rates: [0.5])
        #expect(parameters.tensors[0].values[0] == 0)
        optimizer.update(&parameters, gradients: set([1]), rates: [0.5])
        #expect(abs(parameters.tensors[0].values[0] + 1.4) < 1e-6)
    }

    @Test(arguments: [OptimizerMethod.adam, .sgd(momentum: 0.9)])
    func aTensorWithoutGradientStaysBitForBit(method: OptimizerMethod) {
        var parameters = set([0.1, -3], [5])
        let before = parameters
        var optimizer = Optimizer(method, like: parameters)
        for _ in 0..<3 {
            optimizer.update(&parameters, gradients: set([0, 0], [1]), rates: [0.1, 0.2])
        }
        #expect(parameters.tensors[0] == before.tensors[0])
        #expect(parameters.tensors[1] != before.tensors[1])
    }

    /// Its moments and its bias correction begin when it first has a gradient, as in torch.
    @Test(arguments: [OptimizerMethod.adam, .sgd(momentum: 0.9)])
    func aTensorThatSatOutStartsAsInANewOptimizer(method: OptimizerMethod) {
        var parameters = set([0.1, -3], [5])
        var optimizer = Optimizer(method, like: parameters)
        for _ in 0..<2 {
            optimizer.update(&parameters, gradients: set([4, 4], [1]), rates: [nil, 0.2])
        }
        #expect(parameters.tensors[0].values == [0.1, -3])
        #expect(optimizer.state.skipped == [2, 0])
        var late = parameters
        var fresh = parameters
        var other = Optimizer(method, like: parameters)
        for _ in 0..<2 {
            optimizer.update(&late, gradients: set([0.5, -2], [-1]), rates: [0.1, 0.2])
            other.update(&fresh, gradients: set([0.5, -2], [-1]), rates: [0.1, 0.2])
        }
        #expect(late.tensors[0] == fresh.tensors[0])
        #expect(late.tensors[1] != fresh.tensors[1])
    }

    @Test(arguments: [OptimizerMethod.adam, .sgd(momentum: 0.9)])
    func aRestoredStateGoesOnBitForBit(method: OptimizerMethod) {
        let gradient = set((0..<37).map { Float($0) / 7 - 2 })
        var straight = set([Float](repeating: 1, count: 37))
        var optimizer = Optimizer(method, like: straight)
        optimizer.update(&straight, gradients: gradient, rates: [0.1])
        var resumed = straight
        var other = Optimizer(method, like: resumed)
        other.state = optimizer.state
        optimizer.update(&straight, gradients: gradient, rates: [0.1])
        other.update(&resumed, gradients: gradient, rates: [0.1])
        #expect(straight == resumed)
    }

    /// ‖(3, 4), (12)‖ = 13; coefficient 6.5/(13 + 1e-6) = 0.49999996.
    @Test func clippingScalesByTheGlobalNorm() {
        var gradients = set([3, 4], [12])
        #expect(clipGlobalNorm(&gradients, to: 6.5) == 13)
        #expect(abs(gradients.tensors[0].values[1] - 2) < 1e-6)
        #expect(abs(gradients.tensors[1].values[0] - 6) < 1e-6)
        let clipped = gradients
        #expect(clipGlobalNorm(&gradients, to: 7) < 6.6)
        #expect(gradients == clipped)
    }

    @Test(arguments: [1, 7, 8, 9, 1000])
    func theNormOfOnesIsTheRootOfTheirCount(count: Int) {
        let norm = globalNorm(set([Float](repeating: 1, count: count)))
        #expect(norm == Float(count).squareRoot())
    }
}
