/// A linear classifier on features: `logits = features · weightᵀ + bias`.
///
/// ```swift
/// let head = LinearHead(
///     weight: Tensor(shape: [2, 2], [1, 0, 0, 2]), bias: Tensor(shape: [2], [0, 1]))
/// head.classCount  // 2
/// head.logits(Tensor(shape: [1, 2], [3, 4])).values  // [3, 9]
/// ```
public struct LinearHead: Sendable, Equatable {
    /// `[classes, width]`.
    public var weight: Tensor
    /// `[classes]`.
    public var bias: Tensor

    /// Creates a head from its parameters.
    ///
    /// - Precondition: the shapes are `[classes, width]` and `[classes]`.
    public init(weight: Tensor, bias: Tensor) {
        precondition(
            weight.shape.count == 2 && bias.shape == [weight.shape[0]],
            "head of weight \(weight.shape) and bias \(bias.shape)")
        self.weight = weight
        self.bias = bias
    }

    /// Creates a head to train: weights truncated normal with standard deviation 0.02 and bounds
    /// ±2, bias 0 (Reference 3.1).
    public init(classes: Int, width: Int, stream: RandomStream) {
        var random = stream.split("head.weight")
        let values = (0..<classes * width).map { _ in
            random.truncatedNormal(standardDeviation: 0.02, bound: 2)
        }
        self.init(
            weight: Tensor(shape: [classes, width], values), bias: Tensor(zeros: [classes]))
    }

    /// Returns a head with the initial values of torch's linear layer: weights and bias uniform in
    /// ±1/√width (Reference 12.4).
    public static func uniform(classes: Int, width: Int, stream: RandomStream) -> LinearHead {
        let bound = 1 / Float(width).squareRoot()
        func values(_ name: String, _ count: Int) -> [Float] {
            var random = stream.split(name)
            return (0..<count).map { _ in random.uniform(-bound, bound) }
        }
        return LinearHead(
            weight: Tensor(shape: [classes, width], values("head.weight", classes * width)),
            bias: Tensor(shape: [classes], values("head.bias", classes)))
    }

    /// Number of classes.
    public var classCount: Int { weight.shape[0] }

    /// Classifies features; the bits of a row do not depend on the other rows.
    ///
    /// - Parameter features: `[B, width]`.
    /// - Returns: `[B, classes]`.
    public func logits(_ features: Tensor) -> Tensor {
        precondition(
            features.shape.count == 2 && features.shape[1] == weight.shape[1],
            "features \(features.shape) for a head of \(weight.shape)")
        let rows = features.shape[0]
        var logits = Tensor(zeros: [rows, classCount])
        features.withMatrix(rows: rows) { x in
            weight.withMatrix(rows: classCount) { w in
                bias.withMatrix(rows: 1) { b in
                    logits.withMutableMatrix(rows: rows) { out in
                        guard rows > 0 else { return }
                        linearByRow(x, weight: w, bias: b, into: out)
                    }
                }
            }
        }
        return logits
    }

    /// The parameters under the names of checkpoints.
    public var parameters: ParameterSet {
        ParameterSet([("head.weight", weight), ("head.bias", bias)])
    }
}
