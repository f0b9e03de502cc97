import Engine
import Testing

/// Classes with one picture, two, equal ones, and no more than there are centroids: every method draws
/// finite numbers or says that it draws none.
@Suite struct FewPicturesTests {
    private static let methods: [StatisticsMethod] = [
        .covariance, .variance, .multiCentroid(centroids: 3), .prototype(count: 3),
    ]

    /// The features of a class: rows of two numbers.
    private static let classes: [(name: String, rows: [Float])] = [
        ("one", [1, 2]), ("two", [3, 3, 5, 3]), ("equal", [7, 8, 7, 8, 7, 8, 7, 8]),
        ("three", [0, 0, 1, 4, 2, 9]), ("zero", [0, 0, 0, 0]),
        ("many", [0, 0, 0, 1, 1, 0, 1, 1, 9, 9, 9, 8, 8, 9, 4, 4]),
    ]

    private func statistics(
        _ method: StatisticsMethod, _ names: [String]
    ) -> [(classID: Int, statistics: ClassStatistics)] {
        Self.classes.enumerated().filter { names.contains($0.element.name) }.map { id, entry in
            (
                id,
                ClassStatistics.compute(
                    features: Tensor(shape: [entry.rows.count / 2, 2], entry.rows), method: method,
                    stream: RandomStream(seed: 3, name: entry.name))
            )
        }
    }

    private func recovery(
        _ method: StatisticsMethod, _ names: [String] = classes.map(\.name),
        _ fewPictures: FewPictures? = nil
    ) -> ClassifierRecovery {
        var settings = ClassifierRecovery.Settings()
        settings.epochs = 3
        settings.samplesPerClass = 8
        settings.fewPictures = fewPictures
        return ClassifierRecovery(
            weight: Tensor(zeros: [6, 2]), bias: Tensor(zeros: [6]),
            statistics: statistics(method, names), earlierClassCount: names.count,
            settings: settings, stream: RandomStream(seed: 1, name: "recovery"))
    }

    @Test(arguments: methods, [FewPictures.skip, .sharedVariance])
    func everyClassAloneAndAllTogetherStayFinite(method: StatisticsMethod, few: FewPictures) {
        for names in Self.classes.map({ [$0.name] }) + [Self.classes.map(\.name)] {
            var recovery = recovery(method, names, few)
            while !recovery.isFinished { #expect(recovery.runEpoch().isFinite, "\(names)") }
            #expect(recovery.weight.nonFinite == nil && recovery.bias.nonFinite == nil, "\(names)")
            // What the reference passes over is listed, and nothing else is passed over.
            let isDrawn = recovery.samples.samplerCount > 0
            #expect(isDrawn || recovery.undrawnClasses.count == names.count, "\(names)")
            if few == .sharedVariance { #expect(isDrawn && recovery.undrawnClasses.isEmpty) }
        }
    }

    @Test func theReferencePassesOverClassesWithoutASpread() {
        let recovery = recovery(.multiCentroid(centroids: 3))
        // All but 'many': as many clusters as different pictures.
        #expect(recovery.undrawnClasses == [0, 1, 2, 3, 4])
        #expect(recovery.spreadlessClasses == [0, 1, 2, 3, 4])
        #expect(self.recovery(.variance).undrawnClasses.isEmpty)
        #expect(self.recovery(.variance).spreadlessClasses == [0, 2, 4])
        #expect(self.recovery(.covariance).spreadlessClasses == [0, 2, 4])
        #expect(self.recovery(.prototype(count: 3)).spreadlessClasses.isEmpty)
    }

    /// Clusters (0, 0), (0, 2) and (9, 9) alone: the first has variances (0, 1), the second none.
    @Test func aClusterTakesTheVarianceOfTheOthersOfItsClass() {
        let own = ClassStatistics.compute(
            features: Tensor(shape: [3, 2], [0, 0, 0, 2, 9, 9]),
            method: .multiCentroid(centroids: 2), stream: RandomStream(seed: 1, name: "own"))
        let other = ClassStatistics.compute(
            features: Tensor(shape: [4, 2], [50, 50, 56, 50, 90, 90, 90, 90]),
            method: .multiCentroid(centroids: 2), stream: RandomStream(seed: 1, name: "other"))
        let single = ClassStatistics.compute(
            features: Tensor(shape: [1, 2], [5, 5]), method: .multiCentroid(centroids: 2),
            stream: RandomStream(seed: 1, name: "single"))
        let filled = ClassStatistics.sharingVariances([own, other, single])
        #expect(filled[0].variances.values == [0, 1, 0, 1])
        #expect(filled[1].variances.values == [9, 0, 9, 0])
        // The mean of (0, 1) and (9, 0).
        #expect(filled[2].variances.values == [4.5, 0.5])
        #expect(filled.map(\.centers) == [own, other, single].map(\.centers))
    }

    /// Centres 1, 3 and 7, 8, 9: Σ (μ_k − μ)² is 2 either way, with K² of 4 and 9.
    @Test func withoutAnySpreadThatOfTheCentresIsDivided() {
        func statistics(_ rows: [Float]) -> ClassStatistics {
            ClassStatistics.compute(
                features: Tensor(shape: [rows.count, 1], rows),
                method: .multiCentroid(centroids: 5),
                stream: RandomStream(seed: 1, name: "rows"))
        }
        let filled = ClassStatistics.sharingVariances([
            statistics([1, 3]), statistics([7, 8, 9]), statistics([4]),
        ])
        let expected = (2.0 / 4 + 2.0 / 9) / 2
        for class_ in filled {
            #expect(class_.variances.values.allSatisfy { abs($0 - expected) < 1e-12 })
        }
        let alone = ClassStatistics.sharingVariances([statistics([4]), statistics([6, 6])])
        #expect(alone.map(\.variances.values) == [[1e-4], [1e-4]])
    }

    @Test func aClassOfOneMeanTakesTheSpreadOfOtherClasses() throws {
        let variance = statistics(.variance, ["one", "two", "three"]).map(\.statistics)
        let filled = ClassStatistics.sharingVariances(variance)
        #expect(filled[1] == variance[1] && filled[2] == variance[2])
        let mean = zip(variance[1].variances.values, variance[2].variances.values)
            .map { ($0 + $1) / 2 }
        #expect(filled[0].variances.values == mean)
        let covariance = statistics(.covariance, ["one", "two", "three"]).map(\.statistics)
        let shared = try #require(ClassStatistics.sharingVariances(covariance)[0].covariance)
        let (a, b) = (
            try #require(covariance[1].covariance), try #require(covariance[2].covariance)
        )
        for (index, value) in shared.values.enumerated() {
            #expect(abs(value - (a.values[index] + b.values[index]) / 2) < 1e-5)
        }
        let prototypes = statistics(.prototype(count: 3), ["one", "two"]).map(\.statistics)
        #expect(ClassStatistics.sharingVariances(prototypes) == prototypes)
    }

    /// Features that differ in their last bits are equal pictures.
    @Test func roundingIsNoSpread() {
        let rows: [Float] = [7, 7 * (1 + 1e-7), 7, 7]
        for method in Self.methods.dropLast() {
            let statistics = ClassStatistics.compute(
                features: Tensor(shape: [4, 1], rows), method: method,
                stream: RandomStream(seed: 1, name: "rows"))
            #expect(!statistics.hasSpread, "\(method)")
        }
    }
}
