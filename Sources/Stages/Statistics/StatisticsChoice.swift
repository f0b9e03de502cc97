import Engine
import Pipeline

extension StatisticsMethod {
    /// Reads the method from the keys of `reader`: `{multi-centroid: {centroids: 10}}`.
    ///
    /// - Parameter fallback: the name that no key at all stands for; nil makes one key required.
    static func read(_ reader: ParameterReader) -> StatisticsMethod {
        let count = { (reader: ParameterReader, key: String) in
            reader.integer(key, default: 10, in: Bounds.batch)
        }
        return reader.oneOf(
            default: "multi-centroid",
            [
                "covariance": { _ in .covariance },
                "variance": { _ in .variance },
                "multi-centroid": { .multiCentroid(centroids: count($0, "centroids")) },
                "prototype": { .prototype(count: count($0, "count")) },
            ])
    }
}
