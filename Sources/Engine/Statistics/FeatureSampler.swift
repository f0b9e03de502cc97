/// One Gaussian that features of a class are drawn from.
package struct FeatureSampler: Sendable {
    /// How noise becomes deviation.
    private enum Shape: Sendable {
        /// Deviations of the dimensions, `[D]`.
        case diagonal([Float])
        /// The lower triangular factor of the covariance, `[D, D]`.
        case full(Tensor)
    }

    private let mean: [Float]
    private let shape: Shape

    /// The Gaussians of each class.
    static func samplers(
        of classes: [ClassStatistics], _ fewPictures: FewPictures
    ) -> [[FeatureSampler]] {
        switch fewPictures {
        case .skip: classes.map(samplers)
        case .sharedVariance: ClassStatistics.sharingVariances(classes).map(samplers)
        }
    }

    /// The Gaussians of a class: one for mean and covariance or variance, one for each centroid whose
    /// variance is not all zero, `N(μ_k, diag(var_k) + 1e-4 I)`, one of unit noise for each prototype.
    package static func samplers(of statistics: ClassStatistics) -> [FeatureSampler] {
        let centers = statistics.centers
        let indices = 0..<centers.rows
        switch statistics.method {
        case .covariance:
            guard let covariance = statistics.covariance else { return [] }
            // Every eigenvalue is at least the ridge, since the rest of the sum is a square.
            let factor = choleskyFactor(
                of: DoubleMatrix(covariance), smallestPivot: ClassStatistics.ridge)
            return [FeatureSampler(centers.row(0), .full(factor.tensor))]
        case .variance:
            return [FeatureSampler(centers.row(0), variances: statistics.variances.row(0))]
        case .multiCentroid:
            return indices.filter { k in statistics.variances.row(k).contains { $0 != 0 } }.map {
                FeatureSampler(
                    centers.row($0),
                    variances: statistics.variances.row($0).map { $0 + ClassStatistics.ridge })
            }
        case .prototype:
            let ones = [Double](repeating: 1, count: centers.columns)
            return indices.map { FeatureSampler(centers.row($0), variances: ones) }
        }
    }

    private init(_ mean: some Collection<Double>, _ shape: Shape) {
        self.mean = mean.map { Float($0) }
        self.shape = shape
    }

    private init(_ mean: some Collection<Double>, variances: some Collection<Double>) {
        self.init(mean, .diagonal(variances.map { Float($0.squareRoot()) }))
    }

    /// Whether drawing many rows at once is faster than one by one.
    var prefersManyRows: Bool {
        if case .full = shape { return true }
        return false
    }

    /// Turns standard normal noise into features, `mean + L · noise` for each row.
    ///
    /// - Parameter noise: `[n, D]`.
    /// - Returns: `[n, D]`.
    package func features(from noise: Tensor) -> Tensor {
        let width = mean.count
        precondition(noise.shape.count == 2 && noise.shape[1] == width, "noise \(noise.shape)")
        var result = noise
        switch shape {
        case .diagonal(let deviations):
            for r in 0..<noise.shape[0] {
                for d in 0..<width {
                    result.values[r * width + d] =
                        mean[d] + deviations[d] * noise.values[r * width + d]
                }
            }
        case .full(let factor):
            result.multiplyRows(byLowerTriangle: factor)
            for r in 0..<noise.shape[0] {
                for d in 0..<width { result.values[r * width + d] += mean[d] }
            }
        }
        return result
    }
}
