/// Multinomial logistic regression on fixed features: the linear probe.
///
/// Features are standardised by the training mean and deviation of each dimension; the loss is the mean
/// cross-entropy plus `decay / 2 · ‖W‖²`; all rows take part in every step. The result is a function
/// of its inputs alone: nothing is drawn.
public struct SoftmaxRegression: Sendable {
    /// Steps of Adam over all rows.
    public let steps: Int
    /// The learning rate.
    public let rate: Float
    /// The factor of the quadratic penalty on the weights.
    public let decay: Double

    /// Creates a procedure.
    public init(steps: Int = 400, rate: Float = 0.01, decay: Double = 1e-3) {
        self.steps = steps
        self.rate = rate
        self.decay = decay
    }

    /// Fits and scores.
    ///
    /// - Parameters:
    ///   - train: `[n, D]` with `n` labels below `classes`.
    ///   - test: `[m, D]`.
    ///   - afterStep: called after every step with its number and loss.
    /// - Returns: the predicted label of each test row.
    /// - Precondition: labels fit the features and `n` is positive.
    public func predictions(
        train: Tensor, labels: [Int], classes: Int, test: Tensor,
        afterStep: (Int, Double) throws -> Void = { _, _ in }
    ) rethrows -> [Int] {
        precondition(train.shape[0] == labels.count && !labels.isEmpty, "labels for the features")
        var scaling = DoubleMatrix(train)
        let scale = Standardisation(scaling)
        scale.apply(to: &scaling)
        let features = scaling
        var parameters = ParameterSet([
            ("weight", Tensor(zeros: [classes, features.columns])),
            ("bias", Tensor(zeros: [classes])),
        ])
        var optimizer = Optimizer(.adam, like: parameters)
        for step in 0..<steps {
            let (loss, gradients) = lossAndGradients(parameters, features, labels)
            optimizer.update(&parameters, gradients: gradients, rates: [rate, rate])
            try afterStep(step + 1, loss)
        }
        var queries = DoubleMatrix(test)
        scale.apply(to: &queries)
        let scores = Self.logits(parameters, queries)
        return (0..<scores.rows).map { row in
            let values = Array(scores.row(row))
            return values.indices.max { values[$0] < values[$1] } ?? 0
        }
    }

    /// d loss / d W = (P − Y)ᵀ X / n + decay · W,  d loss / d b = column sums of (P − Y) / n.
    private func lossAndGradients(
        _ parameters: ParameterSet, _ features: DoubleMatrix, _ labels: [Int]
    ) -> (loss: Double, gradients: ParameterSet) {
        var residual = Self.logits(parameters, features)
        let classes = residual.columns
        var loss = 0.0
        var biasGradient = [Float](repeating: 0, count: classes)
        var softmax = SoftmaxRow<Double>(count: classes)
        for (row, label) in labels.enumerated() {
            for column in 0..<classes {
                softmax.logits[column] = residual.values[row * classes + column]
            }
            loss += softmax.crossEntropy(label: label)
            for column in 0..<classes {
                let derivative = softmax.derivative(column) / Double(labels.count)
                residual.values[row * classes + column] = derivative
                biasGradient[column] += Float(derivative)
            }
        }
        let weight = parameters.tensors[0]
        var weightGradient = DoubleMatrix(weight)
        for index in weightGradient.values.indices { weightGradient.values[index] *= decay }
        weightGradient.addProduct(residual, features, transposingA: true)
        let penalty = weight.values.reduce(0) { $0 + Double($1) * Double($1) } * decay / 2
        let gradients = ParameterSet([
            ("weight", weightGradient.tensor),
            ("bias", Tensor(shape: [classes], biasGradient)),
        ])
        return (loss / Double(labels.count) + penalty, gradients)
    }

    private static func logits(_ parameters: ParameterSet, _ features: DoubleMatrix) -> DoubleMatrix
    {
        let weight = DoubleMatrix(parameters.tensors[0])
        let bias = parameters.tensors[1].values
        var result = DoubleMatrix(rows: features.rows, columns: weight.rows)
        for index in result.values.indices {
            result.values[index] = Double(bias[index % weight.rows])
        }
        result.addProduct(features, weight, transposingB: true)
        return result
    }
}

/// Mean 0 and variance 1 in each dimension of the training rows; a constant dimension becomes 0.
private struct Standardisation {
    private let mean: [Double]
    private let factor: [Double]

    init(_ matrix: DoubleMatrix) {
        var mean = [Double](repeating: 0, count: matrix.columns)
        var square = mean
        for (index, value) in matrix.values.enumerated() {
            mean[index % matrix.columns] += value
        }
        for column in mean.indices { mean[column] /= Double(matrix.rows) }
        for (index, value) in matrix.values.enumerated() {
            let column = index % matrix.columns
            square[column] += (value - mean[column]) * (value - mean[column])
        }
        self.mean = mean
        factor = square.map { $0 > 0 ? 1 / ($0 / Double(matrix.rows)).squareRoot() : 0 }
    }

    func apply(to matrix: inout DoubleMatrix) {
        for index in matrix.values.indices {
            let column = index % matrix.columns
            matrix.values[index] = (matrix.values[index] - mean[column]) * factor[column]
        }
    }
}
