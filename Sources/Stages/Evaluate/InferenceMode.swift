package import Engine
import Foundation
import Pipeline

/// How a model with a PET a task comes to the logits of a picture (Reference 10.4).
///
/// With p_k the probability of the k-th best class among those seen, as the model that names the task
/// sees it, and z^(j) the logits under the PET of task j:
package enum InferenceMode: Encodable, Sendable, Hashable {
    /// z^(j) of the task j that was inferred.
    case normal
    /// `Σ_k≤K p_k z^(task of class k)`.
    case topK(k: Int)
    /// The same over all classes seen, with p_k below the threshold set to 0.
    case topP(threshold: Double)
    /// Element by element the larger of z^(j) and the logits of the model that names the task, those of
    /// unseen classes left out.
    case maximum

    /// Reads `inference`.
    init(_ reader: ParameterReader) {
        self = reader.choice(
            "inference", default: "normal",
            [
                "normal": { _ in .normal },
                "top-k": { .topK(k: $0.integer("k", default: 2, in: Bounds.batch)) },
                "top-p": {
                    .topP(threshold: $0.real("threshold", default: 0.7, in: 0...1))
                },
                "maximum": { _ in .maximum },
            ])
    }
}

/// A share of a picture's logits: those under the PET of a task, times a weight.
package struct Vote: Hashable {
    package let task: Int
    package let weight: Float

    package init(task: Int, weight: Float) {
        self.task = task
        self.weight = weight
    }
}

extension InferenceMode {
    /// The votes of every picture, the best class's first.
    ///
    /// - Parameters:
    ///   - logits: `[n, C]` of the model that names the task.
    ///   - seen: the classes that may be named.
    ///   - task: the task of a class.
    package func votes(
        logits: Tensor, seen: [Int], task: (Int) -> Int
    ) -> [[Vote]] {
        let limit: Int
        let threshold: Double
        switch self {
        case .topK(let k): (limit, threshold) = (k, 0)
        case .topP(let bound): (limit, threshold) = (seen.count, bound)
        case .normal, .maximum: preconditionFailure("\(self) has no votes")
        }
        let classes = logits.shape[1]
        return (0..<logits.shape[0]).map { row in
            let values = logits.values[row * classes..<(row + 1) * classes]
            let start = values.startIndex
            // Equal logits keep the order of the classes, as an argmax does.
            let order = seen.sorted {
                (values[start + $1], $0) < (values[start + $0], $1)
            }
            let largest = order.first.map { values[start + $0] } ?? 0
            let powers = order.map { exp(Double(values[start + $0] - largest)) }
            let sum = powers.reduce(0, +)
            return zip(order, powers).prefix(limit).compactMap { column, power in
                let probability = power / sum
                return probability < threshold
                    ? nil : Vote(task: task(column), weight: Float(probability))
            }
        }
    }
}

extension Tensor {
    /// Element by element the larger of two tensors of one shape.
    func maximum(_ other: Tensor) -> Tensor {
        precondition(shape == other.shape, "maximum of \(shape) and \(other.shape)")
        return Tensor(shape: shape, zip(values, other.values).map(max))
    }

    /// The same rows with minus infinity outside the columns that are allowed in a row, `[n, C]`.
    func masked(_ allowed: (Int) -> [Int]) -> Tensor {
        let width = shape[1]
        var result = Tensor(
            shape: shape, [Float](repeating: -.infinity, count: values.count))
        for row in 0..<shape[0] {
            for column in allowed(row) {
                result.values[row * width + column] = values[row * width + column]
            }
        }
        return result
    }
}
