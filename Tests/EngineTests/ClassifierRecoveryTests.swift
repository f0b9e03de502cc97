import Engine
import Foundation
import TestSupport
import Testing

@Suite struct RecoverySamplesTests {
    /// Ten centroids a class: 48 000 samples at t = 1, of which the reference uses 2 400.
    @Test func thePoolIsUsedToTheLastSampleWhenAsked() {
        let all = RecoverySamples(
            samplerCount: 400, samplesPerClass: 120, earlierClassCount: 20, consumption: .all)
        #expect(all.usedCount == 48_000 && all.chunkCount == 400)
    }

    /// When most centroids are single features there may be fewer samples than the steps ask for.
    @Test func stepsEndWithThePool() {
        let samples = RecoverySamples(
            samplerCount: 3, samplesPerClass: 10, earlierClassCount: 20, consumption: .reference)
        #expect(samples.chunkCount == 3)
    }
}

@Suite struct ClassifierRecoveryTests {
    private static let methods: [StatisticsMethod] = [
        .covariance, .variance, .multiCentroid(centroids: 2), .prototype(count: 2),
    ]

    /// Six classes of a head of eight, around 3 · e_c with noise 0.3; class 5 and 6 are unseen.
    private static let seen = [3, 0, 7, 1, 2, 4]

    private func recovery(
        _ method: StatisticsMethod, _ adjust: (inout ClassifierRecovery.Settings) -> Void = { _ in }
    ) -> ClassifierRecovery {
        let width = 8
        let statistics = Self.seen.map { classID in
            var stream = RandomStream(seed: 1, name: "class-\(classID)")
            var features = Tensor(shape: [20, width], stream.normals(20 * width).map { $0 * 0.3 })
            for row in 0..<20 { features.values[row * width + classID] += 3 }
            return (
                classID,
                ClassStatistics.compute(features: features, method: method, stream: stream)
            )
        }
        var stream = RandomStream(seed: 1, name: "head")
        var settings = ClassifierRecovery.Settings()
        settings.epochs = 4
        settings.samplesPerClass = 16
        adjust(&settings)
        return ClassifierRecovery(
            weight: Tensor(shape: [8, width], stream.normals(8 * width)),
            bias: Tensor(shape: [8], stream.normals(8)), statistics: statistics,
            earlierClassCount: 4, settings: settings, stream: RandomStream(seed: 1, name: "tap"))
    }

    @Test(arguments: methods)
    func theLossFallsAndUnseenRowsStay(method: StatisticsMethod) {
        var recovery = recovery(method) { $0.rate = 0.05 }
        let (weight, bias) = (recovery.weight, recovery.bias)
        var losses: [Double] = []
        while !recovery.isFinished { losses.append(recovery.runEpoch()) }
        #expect(losses.count == 4)
        #expect(losses[3] < 0.5 * losses[0], "\(losses)")
        for classID in [5, 6] {
            #expect(recovery.weight.selectingRows([classID]) == weight.selectingRows([classID]))
            #expect(recovery.bias.values[classID] == bias.values[classID])
        }
        for classID in Self.seen {
            #expect(recovery.weight.selectingRows([classID]) != weight.selectingRows([classID]))
        }
    }

    @Test(arguments: methods, RecoveryConsumption.allCases)
    func aResumedRecoveryIsTheSameBitForBit(
        method: StatisticsMethod, consumption: RecoveryConsumption
    ) {
        var straight = recovery(method) { $0.consumption = consumption }
        var interrupted = straight
        _ = interrupted.runEpoch()
        let saved = interrupted.state
        var resumed = recovery(method) { $0.consumption = consumption }
        resumed.state = saved
        _ = straight.runEpoch()
        for _ in 1..<4 { #expect(straight.runEpoch() == resumed.runEpoch()) }
        #expect(straight.state == resumed.state)
        #expect(straight.weight == resumed.weight && straight.bias == resumed.bias)
    }

    /// One sample, two seen classes of three, zero head: p = ½ each, so the gradient of the bias is
    /// (−½, ½) and of the weight (−½ x, ½ x); the row of class 2 has none. Rate 0.1.
    @Test func oneStepByHand() {
        let statistics = ClassStatistics.compute(
            features: Tensor(zeros: [2, 2]), method: .variance,
            stream: RandomStream(seed: 1, name: "unused"))
        var recovery = ClassifierRecovery(
            weight: Tensor(shape: [3, 2], [0, 0, 0, 0, 9, 9]), bias: Tensor(shape: [3], [0, 0, 9]),
            statistics: [(0, statistics), (1, statistics)], earlierClassCount: 1,
            stream: RandomStream(seed: 1, name: "unused"))
        let loss = recovery.step(
            samples: Tensor(shape: [1, 2], [2, -4]), labels: [0], rate: 0.1)
        #expect(abs(loss - log(2)) < 1e-12)
        expectClose(
            recovery.weight, Tensor(shape: [3, 2], [0.1, -0.2, -0.1, 0.2, 9, 9]), 1e-7,
            "weight")
        expectClose(
            recovery.bias, Tensor(shape: [3], [0.05, -0.05, 9]), 1e-7, "bias")
    }

    @Test func theRateFollowsACosineOnTime() {
        let recovery = recovery(.variance) { $0.epochs = 30 }
        #expect(recovery.rate(epoch: 0) == 0.005)
        #expect(abs(recovery.rate(epoch: 15) - 0.0025) < 1e-15)
        #expect(abs(recovery.rate(epoch: 10) - 0.00375) < 1e-15)
    }

    @Test func nothingToDrawChangesNothing() {
        let singletons = ClassStatistics.compute(
            features: Tensor(shape: [2, 1], [1, 5]), method: .multiCentroid(centroids: 2),
            stream: RandomStream(seed: 1, name: "k"))
        let weight = Tensor(shape: [2, 1], [1, 2])
        var recovery = ClassifierRecovery(
            weight: weight, bias: Tensor(zeros: [2]),
            statistics: [(0, singletons), (1, singletons)],
            earlierClassCount: 1, stream: RandomStream(seed: 1, name: "tap"))
        #expect(recovery.runEpoch() == 0)
        #expect(recovery.weight == weight && recovery.completedEpochs == 1)
    }

    /// Drawn samples have the mean and covariance that were asked for: the statistics of 4000 draws,
    /// within five standard errors of 2√(1/4000) for unit variances.
    @Test func drawsHaveTheirMoments() throws {
        let covariance = Tensor(shape: [2, 2], [1, 0.6, 0.6, 1])
        let asked = try ClassStatistics(
            method: .covariance, centers: DoubleMatrix(rows: 1, columns: 2, [3, -1]),
            variances: nil, covariance: covariance)
        var stream = RandomStream(seed: 8, name: "draws")
        let noise = Tensor(shape: [4000, 2], stream.normals(8000))
        let drawn = try #require(FeatureSampler.samplers(of: asked).first).features(from: noise)
        let found = ClassStatistics.compute(features: drawn, method: .covariance, stream: stream)
        #expect(abs(found.centers.values[0] - 3) < 0.08 && abs(found.centers.values[1] + 1) < 0.08)
        let values = try #require(found.covariance).values
        expectClose(
            ComparedNumbers(values), ComparedNumbers(covariance.values), within: 0.12, "covariance")
    }
}
