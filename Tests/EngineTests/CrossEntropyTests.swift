import Engine
import Foundation
import TestSupport
import Testing

/// The cross-entropy, by hand.
@Suite struct CrossEntropyTests {
    /// Logits log 1, log 2, log 5 have the probabilities 1/8, 2/8, 5/8: the loss of the label 1 is log 4, and
    /// its gradient the probabilities with 1 taken from the label's.
    @Test func aRowIsAsByHand() {
        let logits = Tensor(shape: [1, 3], [0, Float(log(2.0)), Float(log(5.0))])
        let (loss, gradient) = maskedCrossEntropy(logits: logits, labels: [1], allowed: nil)
        #expect(abs(loss - log(4)) < 1e-7)
        for (found, expected) in zip(gradient.values, [Float(0.125), -0.75, 0.625]) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    /// Without class 0 the others have 2/7 and 5/7; the mean over two rows halves each gradient.
    @Test func classesLeftOutHaveNoShareAndNoGradient() {
        let row: [Float] = [0, Float(log(2.0)), Float(log(5.0))]
        let logits = Tensor(shape: [2, 3], row + row)
        let (loss, gradient) = maskedCrossEntropy(logits: logits, labels: [2, 1], allowed: [2, 1])
        #expect(abs(loss - (log(7 / 5) + log(7 / 2)) / 2) < 1e-7)
        let expected: [Float] = [0, 1 / 7, -1 / 7, 0, -5 / 14, 5 / 14]
        for (found, expected) in zip(gradient.values, expected) {
            #expect(abs(found - expected) < 1e-6)
        }
    }

    /// exp of the label's logit is no number above 0; the loss is the distance to the largest all the same.
    @Test func aHopelessLabelHasAFiniteLoss() throws {
        let logits = Tensor(shape: [1, 2], [0, -2000])
        #expect(maskedCrossEntropy(logits: logits, labels: [1], allowed: nil).loss == 2000)
        // The linear probe: two equal pictures of two labels that a huge rate sends far to either side.
        var losses: [Double] = []
        _ = SoftmaxRegression(steps: 3, rate: 5000, decay: 0).predictions(
            train: Tensor(shape: [3, 1], [0, 0, 3]), labels: [0, 1, 1], classes: 2,
            test: Tensor(shape: [1, 1], [0])
        ) { losses.append($1) }
        #expect(losses.allSatisfy(\.isFinite) && losses[1] > 800, "\(losses)")
    }

    @Test func aLogitThatIsNoNumberMakesALossThatIsNone() {
        let logits = Tensor(shape: [1, 3], [0, .nan, 1])
        #expect(maskedCrossEntropy(logits: logits, labels: [0], allowed: nil).loss.isNaN)
        #expect(maskedCrossEntropy(logits: logits, labels: [0], allowed: [0, 2]).loss.isFinite)
    }
}
