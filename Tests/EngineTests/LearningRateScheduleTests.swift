import Engine
import Foundation
import Testing

@Suite struct LearningRateScheduleTests {
    /// Conformance item 1, computed from the formulas: S(t) = 1e-6 + t(b − 1e-6)/5 in the warm-up,
    /// else 1e-5 + ½(b − 1e-5)(1 + cos(πt/50)), in effect one epoch late.
    @Test func aCosineWithWarmUpIsOneEpochLate() {
        let schedule = LearningRateSchedule.cosine(warmUp: 5)
        // Epoch, t = max(e − 1, 0), and the value printed in the specification to four digits.
        let worked: [(epoch: Int, t: Int, printed: Double)] = [
            (0, 0, 1e-6), (1, 0, 1e-6), (2, 1, 1.883e-4), (3, 2, 3.756e-4), (4, 3, 5.629e-4),
            (5, 4, 7.502e-4), (6, 5, 9.148e-4), (7, 6, 9.049e-4), (10, 9, 8.653e-4),
            (25, 24, 5.029e-4), (40, 39, 1.164e-4), (49, 48, 1.366e-5),
        ]
        for (epoch, t, printed) in worked {
            let rate = schedule.rate(epoch: epoch, of: 50, base: 9.375e-4)
            let exact =
                t < 5
                ? 1e-6 + Double(t) * 9.365e-4 / 5
                : 1e-5 + 9.275e-4 / 2 * (1 + cos(.pi * Double(t) / 50))
            #expect(abs(rate / exact - 1) < 1e-9, "epoch \(epoch)")
            #expect(abs(rate / printed - 1) < 5e-4, "epoch \(epoch): \(rate)")
        }
    }

    @Test(arguments: [
        (0, 4.6875e-3), (1, 4.6875e-3), (2, 4.6829e-3), (10, 4.3234e-3),
        (25, 2.4956e-3), (49, 2.844e-5),
    ])
    func aCosineWithoutWarmUpHoldsItsPeakForTwoEpochs(epoch: Int, printed: Double) {
        let rate = LearningRateSchedule.cosine(warmUp: 0)
            .rate(epoch: epoch, of: 50, base: 4.6875e-3)
        #expect(abs(rate / printed - 1) < 5e-4)
    }

    /// Five epochs with five of warm-up never leave it: the largest rate is S(3).
    @Test func fiveEpochsStayInTheWarmUp() {
        let rates = (0..<5).map {
            LearningRateSchedule.cosine(warmUp: 5).rate(epoch: $0, of: 5, base: 1e-3)
        }
        #expect(rates == rates.sorted())
        #expect(abs(rates[4] - (1e-6 + 3 * 9.99e-4 / 5)) < 1e-15)
    }

    @Test func stepsDropAtEpochThirtyOne() {
        let schedule = LearningRateSchedule.step(decayEpochs: 30, rate: 0.1, warmUp: 0)
        #expect(schedule.rate(epoch: 30, of: 70, base: 2) == 2)
        #expect(abs(schedule.rate(epoch: 31, of: 70, base: 2) - 0.2) < 1e-15)
        #expect(abs(schedule.rate(epoch: 61, of: 70, base: 2) - 0.02) < 1e-15)
    }

    @Test func aConstantRateIsItsBase() {
        #expect(LearningRateSchedule.constant.rate(epoch: 3, of: 4, base: 0.3) == 0.3)
    }
}
