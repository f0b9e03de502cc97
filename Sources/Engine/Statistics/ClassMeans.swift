/// How far a feature is from the mean of a class.
public enum FeatureDistance: String, Codable, Hashable, Sendable, CaseIterable {
    /// By the angle between them.
    case cosine
    /// By the length of their difference.
    case euclidean
}

/// The mean feature of each class, for the nearest-class-mean rule (Mensink et al. 2013).
///
/// ```swift
/// var means = ClassMeans(classes: 3)
/// means.add(Tensor(shape: [2, 2], [1, 0, 0, 1]), labels: [0, 2])
/// let scores = means.scores(of: Tensor(shape: [1, 2], [2, 0]), .cosine)
/// scores.values  // [1, -.infinity, 0]
/// ```
public struct ClassMeans: Sendable {
    /// For each class the mean; nil where nothing of it was seen.
    private var means: [[Double]?]

    /// Creates a rule for a number of classes of which nothing was seen.
    public init(classes: Int) { means = Array(repeating: nil, count: classes) }

    /// Sets the means of the classes in `labels`; other classes stay as they are.
    ///
    /// - Parameters:
    ///   - features: `[n, D]`.
    ///   - labels: a class for each row.
    public mutating func add(_ features: Tensor, labels: [Int]) {
        let width = features.shape[1]
        precondition(features.shape[0] == labels.count, "\(labels.count) labels")
        for classID in Set(labels) {
            let rows = labels.indices.filter { labels[$0] == classID }
            var sum = [Double](repeating: 0, count: width)
            for row in rows {
                for d in 0..<width { sum[d] += Double(features.values[row * width + d]) }
            }
            means[classID] = sum.map { $0 / Double(rows.count) }
        }
    }

    /// Scores features by nearness: the cosine of the angle, or minus the squared distance.
    ///
    /// - Parameter features: `[n, D]`.
    /// - Returns: `[n, classes]`, minus infinity for a class of which nothing was seen.
    public func scores(of features: Tensor, _ distance: FeatureDistance) -> Tensor {
        let width = features.shape[1]
        var scores = Tensor(
            shape: [features.shape[0], means.count],
            [Float](repeating: -.infinity, count: features.shape[0] * means.count))
        for row in 0..<features.shape[0] {
            let feature = features.values[row * width..<(row + 1) * width].map(Double.init)
            for (classID, mean) in means.enumerated() {
                guard let mean else { continue }
                scores.values[row * means.count + classID] =
                    Float(Self.nearness(feature, mean, distance))
            }
        }
        return scores
    }

    private static func nearness(
        _ a: [Double], _ b: [Double], _ distance: FeatureDistance
    ) -> Double {
        switch distance {
        case .cosine:
            let lengths = (dot(a, a) * dot(b, b)).squareRoot()
            return lengths == 0 ? 0 : dot(a, b) / lengths
        case .euclidean:
            return -zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
