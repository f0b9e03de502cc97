import Engine
import Foundation
import Testing

@Suite struct ContrastiveTermTests {
    private let empty = Tensor(zeros: [0, 2])

    /// Three rows, the first two of them stored: the loss is the same, and the gradient is
    /// the third row of the one without memory.
    @Test func storedRowsCountInTheLossButTakeNoGradient() {
        let all = Tensor(shape: [3, 2], [1, 0, 0, 1, 1, 1])
        let stored = Tensor(shape: [2, 2], [1, 0, 0, 1])
        let without = ContrastiveTerm(weight: 2, memory: empty).lossAndGradient(features: all)
        let with = ContrastiveTerm(weight: 2, memory: stored)
            .lossAndGradient(features: Tensor(shape: [1, 2], [1, 1]))
        #expect(abs(with.loss - without.loss) < 1e-12)
        #expect(with.gradient.shape == [1, 2])
        #expect(with.gradient.values == Array(without.gradient.values[4...]))
    }

    @Test(arguments: [0, 1, 5], [1, 3])
    func theGradientMatchesFiniteDifferences(stored: Int, batch: Int) {
        var stream = RandomStream(seed: 9, name: "contrastive")
        let memory = Tensor(shape: [stored, 4], stream.normals(stored * 4))
        let features = Tensor(shape: [batch, 4], stream.normals(batch * 4))
        let term = ContrastiveTerm(weight: 0.7, memory: memory)
        let gradient = term.lossAndGradient(features: features).gradient
        for index in 0..<features.count {
            var (up, down) = (features, features)
            up.values[index] += 1e-3
            down.values[index] -= 1e-3
            let width = Double(up.values[index]) - Double(down.values[index])
            let slope =
                (term.lossAndGradient(features: up).loss
                    - term.lossAndGradient(features: down).loss) / width
            // Central differences err by about 1e-6 · third derivative; double leaves no noise.
            #expect(abs(slope - Double(gradient.values[index])) < 2e-5, "element \(index)")
        }
    }

    @Test func largeFeaturesStayFinite() {
        let rows = Tensor(shape: [2, 2], [300, 0, 290, 10])
        let result = ContrastiveTerm(weight: 1, memory: rows).lossAndGradient(features: rows)
        #expect(result.loss.isFinite && result.gradient.values.allSatisfy(\.isFinite))
    }
}
