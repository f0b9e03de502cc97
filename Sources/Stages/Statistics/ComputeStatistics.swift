import Engine
import Pipeline

/// Statistics of each class of a task (Reference 8.1).
///
/// Inputs: `features`. Output: `class/<id>/…` for each class.
struct ComputeStatistics: UnitWork {
    static let kind = "class-statistics"
    static let version = 1

    let method: StatisticsMethod
    let task: Int
    let seed: Int

    // The seed stands in the key document by itself.
    enum CodingKeys: CodingKey { case method, task }

    func run(_ context: UnitContext) throws -> Artifact {
        let input = try context.input(Role.features)
        let features = try input.tensor(ArrayName.features)
        let labels = try input.integers(ArrayName.labels)
        let stream = RandomStream(seed: seed, name: Self.kind)
            .split("task-\(task)")
        var artifact = Artifact(task: task)
        let classes = Set(labels).sorted()
        for (done, classID) in classes.enumerated() {
            let statistics = ClassStatistics.compute(
                features: features.rows(labels.indices.filter { labels[$0] == classID }),
                method: method, stream: stream.split("class-\(classID)"))
            // Squares of large features may be beyond what a covariance is stored in.
            if let found = statistics.covariance?.nonFinite {
                throw NonFiniteCovariance(classID: classID, values: found)
            }
            artifact.store(statistics, classID: classID)
            try context.step(done: done + 1, of: classes.count, detail: "class \(classID)")
        }
        artifact.arrays[ArrayName.classes] = TypedArray(classes)
        return artifact
    }
}

/// A covariance beyond the range of its numbers.
private struct NonFiniteCovariance: Error, CustomStringConvertible {
    let classID: Int
    let values: NonFiniteValues

    var description: String {
        """
        the covariance of class \(classID) holds \(values)
          hint: the features are too large for it; 'multi-centroid' takes them
        """
    }
}

extension Tensor {
    /// The rows with these indices, in that order; the tensor is `[n, D]`.
    func rows(_ indices: [Int]) -> Tensor {
        let width = shape[1]
        var result: [Float] = []
        result.reserveCapacity(indices.count * width)
        for row in indices { result += values[row * width..<(row + 1) * width] }
        return Tensor(shape: [indices.count, width], result)
    }
}
