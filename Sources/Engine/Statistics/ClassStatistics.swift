/// What is remembered of the features of a class (Reference 8.1).
public enum StatisticsMethod: Codable, Hashable, Sendable {
    /// Mean and full covariance.
    case covariance
    /// Mean and variance of each dimension.
    case variance
    /// Centres and variances of clusters found by k-means.
    case multiCentroid(centroids: Int)
    /// Some features, drawn at random.
    case prototype(count: Int)
}

/// A set of stored statistics that does not fit together.
public struct StatisticsError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let problem: String
    /// The problem.
    public var description: String { problem }
}

/// The statistics of one class, from which features like its own can be drawn.
///
/// ```swift
/// let statistics = ClassStatistics.compute(
///     features: Tensor(shape: [2, 2], [1, 2, 3, 2]), method: .variance,
///     stream: RandomStream(seed: 1, name: "statistics"))
/// statistics.centers.tensor.values  // [2, 2]
/// statistics.covariance  // nil
/// ```
public struct ClassStatistics: Sendable, Equatable {
    /// How they were made.
    public let method: StatisticsMethod
    /// The mean `[1, D]`, the cluster centres `[K, D]` or the prototypes `[K, D]`.
    public let centers: DoubleMatrix
    /// `variance`: `[1, D]`, divisor n − 1, plus 1e-4. `multiCentroid`: `[K, D]`, divisor n, nothing
    /// added. Otherwise `[0, D]`.
    public let variances: DoubleMatrix
    /// `covariance`: `[D, D]`, divisor n − 1, plus 1e-4 on the diagonal. Otherwise nil.
    public let covariance: Tensor?

    /// What is added to variances before features are drawn.
    public static let ridge = 1e-4

    /// Computes the statistics of a class.
    ///
    /// - Parameters:
    ///   - features: `[n, D]`, all features of the class, n at least 1. With a single feature, a
    ///     variance of divisor n − 1 counts as 0. With fewer features than centroids or prototypes
    ///     (repeated ones count once for centroids), there are only as many of these.
    ///   - method: what to keep.
    ///   - stream: seeds k-means or draws the prototypes.
    /// - Precondition: `features` has rank 2 and a row.
    public static func compute(
        features: Tensor, method: StatisticsMethod, stream: RandomStream
    ) -> ClassStatistics {
        let rows = DoubleMatrix(features)
        precondition(rows.rows > 0, "statistics of \(features.shape)")
        switch method {
        case .covariance:
            return ClassStatistics(
                method, centers: rows.meanRow, covariance: sampleCovariance(rows).tensor)
        case .variance:
            return ClassStatistics(
                method, centers: rows.meanRow, variances: sampleVariances(rows))
        case .multiCentroid(let centroids):
            let clusters = KMeans(rows, clusterCount: centroids, stream: stream)
            let (means, variances) = clusterStatistics(
                rows, labels: clusters.labels, clusterCount: clusters.clusterCount)
            return ClassStatistics(method, centers: means, variances: variances)
        case .prototype(let count):
            var stream = stream
            let chosen = stream.sample(min(count, rows.rows), of: rows.rows)
            return ClassStatistics(method, centers: rows.selecting(chosen))
        }
    }

    /// Puts stored statistics together again.
    ///
    /// - Throws: when the shapes do not fit the method or each other.
    public init(
        method: StatisticsMethod, centers: DoubleMatrix, variances: DoubleMatrix?,
        covariance: Tensor?
    ) throws(StatisticsError) {
        let expected = Self.expectedShapes(method, centers)
        let found = [variances.map { [$0.rows, $0.columns] }, covariance?.shape]
        guard centers.rows > 0, found == expected else {
            throw StatisticsError(
                problem: """
                    statistics with centers [\(centers.rows), \(centers.columns)] have variances \
                    \(Self.text(found[0])) and covariance \(Self.text(found[1])), expected \
                    \(Self.text(expected[0])) and \(Self.text(expected[1]))
                    """)
        }
        self.init(method, centers: centers, variances: variances, covariance: covariance)
    }

    /// The rows that the contrastive term remembers, `[K, D]`: the mean, every centroid, those of
    /// single features too, or every prototype.
    public var contrastiveRows: Tensor { centers.tensor }

    init(
        _ method: StatisticsMethod, centers: DoubleMatrix, variances: DoubleMatrix? = nil,
        covariance: Tensor? = nil
    ) {
        self.method = method
        self.centers = centers
        self.variances = variances ?? DoubleMatrix(rows: 0, columns: centers.columns)
        self.covariance = covariance
    }

    /// The shapes of variances and covariance that go with `centers`.
    private static func expectedShapes(
        _ method: StatisticsMethod, _ centers: DoubleMatrix
    ) -> [[Int]?] {
        let width = centers.columns
        switch method {
        case .covariance: return [nil, [width, width]]
        case .variance: return [[1, width], nil]
        case .multiCentroid: return [[centers.rows, width], nil]
        case .prototype: return [nil, nil]
        }
    }

    private static func text(_ shape: [Int]?) -> String { shape.map { "\($0)" } ?? "none" }
}

extension ClassStatistics {
    /// `XᵀX / (n − 1) + 1e-4 I` of the rows minus their mean, `[D, D]`.
    package static func sampleCovariance(_ rows: DoubleMatrix) -> DoubleMatrix {
        let centred = rows.centred
        var result = DoubleMatrix(rows: rows.columns, columns: rows.columns)
        result.addProduct(
            centred, centred, transposingA: true, factor: 1 / Double(max(rows.rows - 1, 1)))
        for d in 0..<rows.columns { result.values[d * rows.columns + d] += ridge }
        return result
    }

    /// The diagonal of the sample covariance, `[1, D]`.
    package static func sampleVariances(_ rows: DoubleMatrix) -> DoubleMatrix {
        let divisor = Double(max(rows.rows - 1, 1))
        let sums = rows.centred.columnSquareSums
        return DoubleMatrix(rows: 1, columns: rows.columns, sums.map { $0 / divisor + ridge })
    }

    /// Mean and population variance of each cluster, both `[clusterCount, D]`.
    ///
    /// - Precondition: no cluster is empty.
    package static func clusterStatistics(
        _ rows: DoubleMatrix, labels: [Int], clusterCount: Int
    ) -> (means: DoubleMatrix, variances: DoubleMatrix) {
        var (means, variances): ([Double], [Double]) = ([], [])
        for cluster in 0..<clusterCount {
            let members = rows.selecting(labels.indices.filter { labels[$0] == cluster })
            precondition(members.rows > 0, "cluster \(cluster) is empty")
            means += members.columnMeans
            variances += members.centred.columnSquareSums.map { $0 / Double(members.rows) }
        }
        return (
            DoubleMatrix(rows: clusterCount, columns: rows.columns, means),
            DoubleMatrix(rows: clusterCount, columns: rows.columns, variances)
        )
    }
}

extension DoubleMatrix {
    /// The column means as a matrix `[1, columns]`.
    var meanRow: DoubleMatrix { DoubleMatrix(rows: 1, columns: columns, columnMeans) }

    /// The rows minus their mean. A single row becomes exact zeros.
    var centred: DoubleMatrix {
        let means = columnMeans
        var result = self
        for r in 0..<rows {
            for d in 0..<columns { result.values[r * columns + d] -= means[d] }
        }
        return result
    }

    /// The sum of squares of each column.
    var columnSquareSums: [Double] {
        var sums = [Double](repeating: 0, count: columns)
        for r in 0..<rows {
            for d in 0..<columns {
                sums[d] += values[r * columns + d] * values[r * columns + d]
            }
        }
        return sums
    }
}
