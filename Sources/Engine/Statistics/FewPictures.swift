/// What recovery draws where a class, or a cluster of it, has no spread of its own: of one picture,
/// or of equal ones.
public enum FewPictures: String, Codable, Hashable, Sendable, CaseIterable {
    /// As the reference: nothing for such a cluster; for a class of one mean, the ridge alone.
    case skip
    /// The variance that other clusters have; see `ClassStatistics.sharingVariances`.
    case sharedVariance = "shared-variance"
}

extension ClassStatistics {
    /// Whether anything that is drawn from has a spread of its own, beyond rounding. Prototypes have
    /// that of their noise.
    public var hasSpread: Bool {
        method.isPrototype || (0..<centers.rows).contains(where: hasSpread)
    }

    /// Fills in what classes without a spread lack. A cluster without one takes
    ///
    ///     v = mean of the variances of the other clusters of its class,
    ///     else the mean of that over all classes,
    ///     else the mean over classes of Σ (μ_k − μ)² / K², the spread of K centres over K clusters,
    ///     else 1e-4,
    ///
    /// and a class of one mean takes the mean variance, or covariance, of the classes that have one.
    ///
    /// - Precondition: all are of one method and width.
    package static func sharingVariances(_ classes: [ClassStatistics]) -> [ClassStatistics] {
        let own = classes.map { $0.meanSpread }
        let common =
            mean(own.compactMap { $0 }) ?? mean(classes.compactMap { $0.centerSpread })
        return zip(classes, own).map { $0.filled(with: $1 ?? common) }
    }

    /// Whether a row of `variances`, or the covariance, is more than rounding of features as large as
    /// the centre.
    private func hasSpread(_ k: Int) -> Bool {
        let center = centers.row(k)
        let scale = center.reduce(0) { $0 + $1 * $1 } / Double(max(center.count, 1))
        let bound = 1e-12 * scale
        switch method {
        case .prototype: return true
        case .multiCentroid: return variances.row(k).contains { $0 > bound }
        case .variance: return variances.row(k).contains { $0 - Self.ridge > bound }
        case .covariance:
            // The ridge itself is rounded to a float there.
            return diagonal.contains { $0 - Self.ridge > bound + 1e-10 }
        }
    }

    private var diagonal: [Double] {
        guard let covariance else { return [] }
        let width = covariance.shape[0]
        return (0..<width).map { Double(covariance.values[$0 * width + $0]) }
    }

    /// The mean of the variances, or the covariance, of what has a spread; nil where nothing has.
    private var meanSpread: [Double]? {
        let rows = (0..<centers.rows).filter(hasSpread)
        if let covariance { return rows.isEmpty ? nil : covariance.values.map(Double.init) }
        return method.isPrototype ? nil : Self.mean(rows.map { Array(variances.row($0)) })
    }

    /// The spread of the centres of a class, divided among them; nil where there is none.
    private var centerSpread: [Double]? {
        guard case .multiCentroid = method, centers.rows > 1 else { return nil }
        let divisor = Double(centers.rows * centers.rows)
        return centers.centred.columnSquareSums.map { $0 / divisor }
    }

    private func filled(with spread: [Double]?) -> ClassStatistics {
        var variances = variances
        var covariance = covariance
        switch method {
        case .prototype: return self
        case .multiCentroid:
            // Without any spread, so much that the cluster is drawn at all.
            let spread = spread ?? [Double](repeating: Self.ridge, count: centers.columns)
            for k in 0..<centers.rows where !hasSpread(k) { variances.replaceRow(k, with: spread) }
        case .variance:
            if let spread, !hasSpread(0) { variances.replaceRow(0, with: spread) }
        case .covariance:
            if let spread, !hasSpread(0) {
                covariance = Tensor(
                    shape: [centers.columns, centers.columns], spread.map { Float($0) })
            }
        }
        return ClassStatistics(
            method, centers: centers, variances: variances, covariance: covariance)
    }

    private static func mean(_ rows: [[Double]]) -> [Double]? {
        guard var sum = rows.first else { return nil }
        for row in rows.dropFirst() { for d in row.indices { sum[d] += row[d] } }
        return sum.map { $0 / Double(rows.count) }
    }
}

extension StatisticsMethod {
    /// Whether features are drawn about single ones, with noise that is always the same.
    package var isPrototype: Bool {
        if case .prototype = self { true } else { false }
    }
}
