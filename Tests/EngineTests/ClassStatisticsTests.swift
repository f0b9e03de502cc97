import Engine
import TestSupport
import Testing

@Suite struct ClassStatisticsTests {
    private let stream = RandomStream(seed: 4, name: "statistics")

    @Test func moreCentroidsThanFeaturesAreAsManyAsFeatures() {
        let three = Tensor(shape: [3, 1], [1, 5, 9])
        let statistics = ClassStatistics.compute(
            features: three, method: .multiCentroid(centroids: 10), stream: stream)
        #expect(statistics.centers.values.sorted() == [1, 5, 9])
        #expect(statistics.variances.values == [0, 0, 0])
        let repeated = Tensor(shape: [4, 1], [2, 2, 2, 7])
        let fewer = ClassStatistics.compute(
            features: repeated, method: .multiCentroid(centroids: 3), stream: stream)
        #expect(fewer.centers.values.sorted() == [2, 7])
    }

    /// On points without clusters the restarts end in different places, and not the first at the best.
    @Test func theBestRestartOfKMeansWins() {
        var positions: Set<Int> = []
        for seed in UInt64(1)...8 {
            var noise = RandomStream(seed: seed, name: "points")
            let points = DoubleMatrix(Tensor(shape: [40, 2], noise.normals(80)))
            let found = KMeans(
                points, clusterCount: 7, stream: RandomStream(seed: seed, name: "k-means"))
            let all = found.restartInertias
            #expect(all.count == KMeans.restarts && Set(all).count > 1)
            #expect(found.inertia == all.min())
            if let position = all.firstIndex(of: found.inertia) { positions.insert(position) }
        }
        #expect(positions.count > 1, "the best restart is always \(positions)")
    }

    /// `N(μ_k, diag(var_k) + 1e-4 I)`.
    @Test func drawsOfAClusterHaveItsVarianceAndTheRidge() throws {
        let statistics = try ClassStatistics(
            method: .multiCentroid(centroids: 1),
            centers: DoubleMatrix(rows: 1, columns: 2, [3, -1]),
            variances: DoubleMatrix(rows: 1, columns: 2, [3e-4, 8e-4]), covariance: nil)
        let sampler = try #require(FeatureSampler.samplers(of: statistics).first)
        let drawn = sampler.features(from: Tensor(shape: [1, 2], [1, -2]))
        expectClose(
            drawn.values.map(Double.init), [3 + 0.02, -1 - 2 * 0.03], within: 1e-6, "draws")
    }

    @Test func aSingleFeatureHasVarianceZeroAndTheRidge() {
        let one = Tensor(shape: [1, 2], [3, 4])
        let statistics = ClassStatistics.compute(features: one, method: .covariance, stream: stream)
        #expect(statistics.covariance?.values == [1e-4, 0, 0, 1e-4])
    }

    @Test func prototypesAreDifferentFeatures() {
        let features = Tensor(shape: [6, 1], [1, 2, 3, 4, 5, 6])
        let statistics = ClassStatistics.compute(
            features: features, method: .prototype(count: 4), stream: stream)
        #expect(Set(statistics.centers.values).count == 4)
        #expect(Set(statistics.centers.values).isSubset(of: [1, 2, 3, 4, 5, 6]))
        // Noise of unit size is added.
        let sampler = FeatureSampler.samplers(of: statistics)[0]
        let drawn = sampler.features(from: Tensor(shape: [1, 1], [-2]))
        #expect(Double(drawn.values[0]) == statistics.centers.values[0] - 2)
    }

    @Test(arguments: [
        StatisticsMethod.covariance, .variance, .multiCentroid(centroids: 3), .prototype(count: 2),
    ])
    func storedStatisticsAreEqual(method: StatisticsMethod) throws {
        var noise = stream
        let features = Tensor(shape: [9, 4], noise.normals(36))
        let statistics = ClassStatistics.compute(
            features: features, method: method, stream: stream)
        let again = ClassStatistics.compute(features: features, method: method, stream: stream)
        #expect(statistics == again)
        let stored = try ClassStatistics(
            method: method, centers: statistics.centers,
            variances: statistics.variances.rows > 0 ? statistics.variances : nil,
            covariance: statistics.covariance)
        #expect(stored == statistics)
    }

    @Test func statisticsOfOtherShapesAreRefused() {
        let centers = DoubleMatrix(rows: 1, columns: 3)
        let error = #expect(throws: StatisticsError.self) {
            try ClassStatistics(
                method: .covariance, centers: centers, variances: nil,
                covariance: Tensor(zeros: [2, 2]))
        }
        #expect(
            error?.description == """
                statistics with centers [1, 3] have variances none and covariance [2, 2], \
                expected none and [3, 3]
                """)
    }
}

@Suite struct KMeansTests {
    /// Well separated groups are found whatever the seed: greedy seeding takes one of each.
    @Test(arguments: 0..<8)
    func separatedGroupsAreFound(seed: UInt64) {
        var stream = RandomStream(seed: seed, name: "groups")
        let (groups, width) = (6, 5)
        var values: [Double] = []
        for row in 0..<60 {
            let noise = stream.normals(width)
            for d in 0..<width {
                values.append(Double(noise[d]) * 0.1 + (d == row % groups ? 9 : 0) + 50)
            }
        }
        let clusters = KMeans(
            DoubleMatrix(rows: 60, columns: width, values), clusterCount: groups,
            stream: stream.split("k-means"))
        #expect(clusters.clusterCount == groups)
        for row in 0..<60 { #expect(clusters.labels[row] == clusters.labels[row % groups]) }
        #expect(Set(clusters.labels).count == groups)
    }

    /// The inertia is that of the labels, recomputed from means, and no single move of a row to the
    /// nearest mean lowers it: Lloyd's algorithm has come to rest.
    @Test func theResultIsAFixedPoint() {
        var stream = RandomStream(seed: 2, name: "cloud")
        let rows = DoubleMatrix(rows: 80, columns: 3, stream.normals(240).map(Double.init))
        let clusters = KMeans(rows, clusterCount: 7, stream: stream)
        let means = ClassStatistics.clusterStatistics(
            rows, labels: clusters.labels, clusterCount: clusters.clusterCount
        ).means
        var inertia = 0.0
        for r in 0..<rows.rows {
            let distances = (0..<means.rows).map { k in
                zip(rows.row(r), means.row(k)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            inertia += distances[clusters.labels[r]]
            #expect(distances.allSatisfy { $0 >= distances[clusters.labels[r]] - 1e-9 })
        }
        #expect(abs(inertia - clusters.inertia) < 1e-9 * inertia)
    }

    @Test func oneClusterIsTheMean() {
        let rows = DoubleMatrix(rows: 3, columns: 1, [1, 2, 6])
        let clusters = KMeans(
            rows, clusterCount: 1, stream: RandomStream(seed: 1, name: "one"))
        #expect(clusters.labels == [0, 0, 0])
        #expect(abs(clusters.inertia - 14) < 1e-12)
    }
}

@Suite struct CholeskyTests {
    /// Sizes around the panel width of 64; a = B Bᵀ + 1e-4 I with B of half the rank.
    @Test(arguments: [1, 2, 63, 64, 65, 150])
    func theFactorTimesItsTransposeIsTheMatrix(size: Int) {
        var stream = RandomStream(seed: 3, name: "cholesky")
        let rank = (size + 1) / 2
        let b = DoubleMatrix(
            rows: size, columns: rank, stream.normals(size * rank).map(Double.init))
        var a = DoubleMatrix(rows: size, columns: size)
        a.addProduct(b, b, transposingB: true)
        for d in 0..<size { a.values[d * size + d] += 1e-4 }
        let factor = choleskyFactor(of: a, smallestPivot: 1e-4)
        var product = DoubleMatrix(rows: size, columns: size)
        product.addProduct(factor, factor, transposingB: true)
        expectClose(product.values, a.values, within: 1e-9, "L Lᵀ")
        for row in 0..<size {
            #expect(factor.row(row).dropFirst(row + 1).allSatisfy { $0 == 0 })
        }
    }

    /// diag(1, 0) rounded below zero: the bound stands in for the pivot.
    @Test func aPivotLostToRoundingIsTheBound() {
        let a = DoubleMatrix(rows: 2, columns: 2, [1, 0, 0, -1e-9])
        #expect(choleskyFactor(of: a, smallestPivot: 0.25).values == [1, 0, 0, 0.5])
    }
}
