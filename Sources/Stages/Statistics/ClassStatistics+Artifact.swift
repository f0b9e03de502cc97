import Engine
import Pipeline

extension Artifact {
    /// Adds the statistics of a class: `class/<id>/centers [K, D]`, `…/variances [K, D]` and
    /// `…/covariance [D, D]`, as far as the method has them.
    mutating func store(_ statistics: ClassStatistics, classID: Int) {
        let group = "class/\(classID)"
        arrays["\(group)/centers"] = TypedArray(statistics.centers)
        if statistics.variances.rows > 0 {
            arrays["\(group)/variances"] = TypedArray(statistics.variances)
        }
        if let covariance = statistics.covariance {
            arrays["\(group)/covariance"] = TypedArray(covariance)
        }
    }

    /// The statistics of the classes of this artifact, by ascending id.
    func classStatistics(
        _ method: StatisticsMethod
    ) throws -> [(classID: Int, statistics: ClassStatistics)] {
        try integers(ArrayName.classes).map { classID in
            let group = "class/\(classID)"
            let statistics = try ClassStatistics(
                method: method, centers: try matrix("\(group)/centers"),
                variances: arrays["\(group)/variances"] == nil
                    ? nil : try matrix("\(group)/variances"),
                covariance: arrays["\(group)/covariance"] == nil
                    ? nil : try tensor("\(group)/covariance"))
            return (classID, statistics)
        }
    }

    private func matrix(_ path: String) throws -> DoubleMatrix {
        let values = try doubles(path)
        if let found = NonFiniteValues(in: values) {
            throw NonFiniteArtifact(path: path, values: found)
        }
        let shape = arrays[path]?.shape ?? []
        guard shape.count == 2 else {
            throw ArtifactContentError(path: path, expected: "matrix")
        }
        return DoubleMatrix(rows: shape[0], columns: shape[1], values)
    }
}

extension TypedArray {
    /// The elements of a matrix, `[rows, columns]`.
    init(_ matrix: DoubleMatrix) {
        self.init(matrix.values, shape: [matrix.rows, matrix.columns])
    }
}
