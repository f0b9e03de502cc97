import Engine
import Foundation
import Testing

@Suite struct LearningRateScheduleTests {
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
