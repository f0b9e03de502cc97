import Engine
import TestSupport
import Testing

@Suite(.enabled(if: StatsGolden.path != nil, "no stats_recovery.h5 in the golden folder"))
struct StatsRecoveryGoldenTests {
    @Test func meanAndCovariance() throws {
        let golden = try StatsGolden()
        let features = try golden.tensor("class_stats/features")
        let stream = RandomStream(seed: 1, name: "unused")
        let full = ClassStatistics.compute(features: features, method: .covariance, stream: stream)
        let mean = try golden.tensor("class_stats/mean")
        let meanRow = Tensor(shape: [1, mean.count], mean.values)
        expectClose(full.contrastiveRows, meanRow, 1e-5, "mean")
        let covariance = try #require(full.covariance)
        expectClose(covariance, try golden.tensor("class_stats/cov"), 1e-5, "covariance")
        let factor = choleskyFactor(
            of: DoubleMatrix(covariance), smallestPivot: ClassStatistics.ridge)
        expectClose(factor.tensor, try golden.tensor("class_stats/cholesky_of_cov"), 1e-5, "factor")

        let diagonal = ClassStatistics.compute(
            features: features, method: .variance, stream: stream)
        let expected = try golden.tensor("class_stats/cov_diag")
        expectClose(
            diagonal.variances.tensor, Tensor(shape: [1, expected.count], expected.values), 1e-5,
            "variance")
    }

    @Test func clusterMeansAndVariances() throws {
        let golden = try StatsGolden()
        let features = try golden.matrix("class_stats/features")
        let labels = try golden.integers("class_stats/cluster_labels")
        let expected = try golden.tensor("class_stats/cluster_mean")
        let clusters = ClassStatistics.clusterStatistics(
            features, labels: labels, clusterCount: expected.shape[0])
        expectClose(clusters.means.tensor, expected, 1e-5, "cluster means")
        expectClose(
            clusters.variances.tensor, try golden.tensor("class_stats/cluster_var"), 1e-5,
            "cluster variances")
    }

    @Test func featuresFromGivenNoise() throws {
        let golden = try StatsGolden()
        let noise = try golden.tensor("class_stats/eps")
        let statistics = ClassStatistics.compute(
            features: try golden.tensor("class_stats/features"), method: .covariance,
            stream: RandomStream(seed: 1, name: "unused"))
        let sampler = try #require(FeatureSampler.samplers(of: statistics).first)
        expectClose(
            sampler.features(from: noise), try golden.tensor("class_stats/samples_from_eps"), 1e-5,
            "full covariance")

        let means = try golden.matrix("class_stats/cluster_mean")
        let centroids = try ClassStatistics(
            method: .multiCentroid(centroids: means.rows), centers: means,
            variances: try golden.matrix("class_stats/cluster_var"), covariance: nil)
        let first = try #require(FeatureSampler.samplers(of: centroids).first)
        expectClose(
            first.features(from: noise),
            try golden.tensor("class_stats/samples_from_eps_centroid0"), 1e-5, "first centroid")
    }

    @Test(arguments: [true, false])
    func contrastiveTerm(hasMemory: Bool) throws {
        let golden = try StatsGolden()
        let features = try golden.tensor("orth_loss/features")
        let memory =
            hasMemory
            ? try golden.tensor("orth_loss/prev_class_means")
            : Tensor(zeros: [0, features.shape[1]])
        let ending = hasMemory ? "with_memory" : "without_memory"
        let result = ContrastiveTerm(weight: 1, memory: memory).lossAndGradient(features: features)
        expectClose(
            Tensor(shape: [], [Float(result.loss)]), try golden.tensor("orth_loss/loss_\(ending)"),
            1e-5,
            "loss")
        expectClose(
            result.gradient, try golden.tensor("orth_loss/grad_features_\(ending)"),
            1e-4, "gradient")
    }

    /// The momentum buffers carry over from epoch to epoch; each epoch takes its samples from the
    /// file, in the order of its permutation, and as many chunks as the pool says.
    @Test func recoveryOnGivenSamples() throws {
        let golden = try StatsGolden()
        let seen = try golden.integers("recovery/seen_classes")
        let initialWeight = try golden.tensor("recovery/head.weight")
        let chunk = Int(try golden.number("num_sampled_pcls", of: "recovery"))
        let chunkCount = Int(try golden.number("iters_per_epoch", of: "recovery"))
        var settings = ClassifierRecovery.Settings()
        settings.epochs = Int(try golden.number("T_max", of: "recovery"))
        settings.rate = try golden.number("ca_lr", of: "recovery")
        settings.momentum = try golden.number("momentum", of: "recovery")
        settings.samplesPerClass = chunk
        let initialBias = try golden.tensor("recovery/head.bias")
        var recovery = ClassifierRecovery(
            weight: initialWeight, bias: initialBias,
            statistics: seen.map { ($0, anyStatistics(width: initialWeight.shape[1])) },
            earlierClassCount: chunkCount, settings: settings,
            stream: RandomStream(seed: 1, name: "unused"))
        #expect(recovery.samples.chunkCount == chunkCount)
        for epoch in 0..<3 {
            let group = "recovery/epoch\(epoch + 1)"
            let samples = try golden.tensor("\(group)/samples")
            let labels = try golden.integers("\(group)/labels")
            let order = try golden.integers("\(group)/perm")
            #expect(recovery.samples.count == labels.count)
            let rate = recovery.rate(epoch: epoch)
            #expect(abs(rate / (try golden.number("lr", of: group)) - 1) < 1e-9)
            let losses = (0..<chunkCount).map { i in
                let rows = order[i * chunk..<(i + 1) * chunk]
                return recovery.step(
                    samples: samples.selectingRows(rows), labels: rows.map { labels[$0] },
                    rate: rate)
            }
            expectClose(
                Tensor(shape: [chunkCount], losses.map { Float($0) }),
                try golden.tensor("\(group)/losses"), 1e-5, "losses of epoch \(epoch)")
            expectClose(recovery.weight, try golden.tensor("\(group)/head.weight"), 1e-5, "weight")
            expectClose(recovery.bias, try golden.tensor("\(group)/head.bias"), 1e-5, "bias")
        }
        for classID in 0..<initialBias.count where !seen.contains(classID) {
            #expect(
                recovery.weight.selectingRows([classID]) == initialWeight.selectingRows([classID]))
            #expect(recovery.bias.values[classID] == initialBias.values[classID])
        }
    }

    /// Every schedule of the file, whatever it is called, to 1e-9 relative.
    @Test func learningRates() throws {
        let golden = try StatsGolden()
        let names = try golden.children("lr_schedule")
        #expect(!names.isEmpty)
        for name in names {
            let path = "lr_schedule/\(name)"
            let expected = try golden.matrix(path)
            let warmUp = Int(try golden.number("warmup_epochs", of: path))
            let kind = try golden.text("sched", of: path)
            let schedule: LearningRateSchedule =
                switch kind {
                case "cosine": .cosine(warmUp: warmUp)
                case "step":
                    .step(
                        decayEpochs: Int(try golden.number("decay_epochs", of: path)),
                        rate: try golden.number("decay_rate", of: path), warmUp: warmUp)
                default: .constant
                }
            let bases = try golden.numbers("base_lrs", of: path)
            #expect(bases.count == expected.columns)
            for epoch in 0..<expected.rows {
                for (group, base) in bases.enumerated() {
                    let rate = schedule.rate(epoch: epoch, of: expected.rows, base: base)
                    let reference = expected.values[epoch * expected.columns + group]
                    #expect(
                        abs(rate / reference - 1) < 1e-9,
                        "\(name), epoch \(epoch), group \(group): \(rate), expected \(reference)")
                }
            }
        }
    }

    private func anyStatistics(width: Int) -> ClassStatistics {
        ClassStatistics.compute(
            features: Tensor(zeros: [2, width]), method: .variance,
            stream: RandomStream(seed: 1, name: "unused"))
    }
}
