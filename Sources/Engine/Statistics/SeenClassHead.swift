/// The rows of a linear head that belong to the classes seen so far, and the network before it where there
/// is one, trained with momentum.
///
/// Masking the logits of other classes to −∞ gives their rows a gradient of exactly zero, so leaving
/// them out altogether is the same computation.
struct SeenClassHead: Sendable {
    /// `head.weight` `[S, D]` and `head.bias` `[S]`, and the parameters of the network before it.
    var parameters: ParameterSet
    var optimizer: Optimizer
    /// The network before the head as it began; nil where there is none.
    private let network: DenseNetwork?

    init(weight: Tensor, bias: Tensor, mapping: DenseNetwork? = nil, momentum: Double) {
        precondition(
            weight.shape.count == 2 && bias.shape == [weight.shape[0]],
            "head \(weight.shape), \(bias.shape)")
        var entries = [("head.weight", weight), ("head.bias", bias)]
        if let set = mapping?.parameters { entries += zip(set.names, set.tensors).map { ($0, $1) } }
        parameters = ParameterSet(entries)
        network = mapping
        optimizer = Optimizer(.sgd(momentum: momentum), like: parameters)
    }

    var weight: Tensor { parameters.tensors[0] }
    var bias: Tensor { parameters.tensors[1] }

    /// The network before the head as it stands.
    var mapping: DenseNetwork? {
        guard var mapping = network else { return nil }
        mapping.parameters.tensors = Array(parameters.tensors.dropFirst(2))
        return mapping
    }

    /// Makes one step of the mean cross-entropy.
    ///
    /// - Parameters:
    ///   - samples: `[n, D]`, n at least 1.
    ///   - labels: rows of the head, `[n]`.
    /// - Returns: the loss before the step.
    mutating func step(samples: Tensor, labels: [Int], rate: Float) -> Double {
        let mapping = mapping
        let (features, cache) = mapping?.forward(samples) ?? (samples, DenseNetwork.Cache())
        // logits = X Wᵀ + b
        var dLogits = Tensor.product(features, weight, transposingB: true)
        precondition(dLogits.shape[0] == labels.count && !labels.isEmpty, "\(labels.count) labels")
        let loss = Self.crossEntropy(&dLogits.values, bias: bias.values, labels: labels)
        // dW = dLogitsᵀ X, db = Σ rows of dLogits
        let dWeight = Tensor.product(dLogits, features, transposingA: true)
        let classes = bias.count
        var dBias = Tensor(zeros: [classes])
        for r in labels.indices {
            for c in 0..<classes { dBias.values[c] += dLogits.values[r * classes + c] }
        }
        var gradients = [("head.weight", dWeight), ("head.bias", dBias)]
        if let mapping {
            let set = mapping.backward(Tensor.product(dLogits, weight), cache).parameters
            gradients += zip(set.names, set.tensors).map { ($0, $1) }
        }
        optimizer.update(
            &parameters, gradients: ParameterSet(gradients),
            rates: gradients.map { _ in rate })
        return loss
    }

    /// Adds the bias to logits `[n, S]`, returns the mean cross-entropy and leaves its gradient,
    /// `(softmax − one-hot) / n`, in place of the logits.
    private static func crossEntropy(
        _ logits: inout [Float], bias: [Float], labels: [Int]
    ) -> Double {
        let classes = bias.count
        let scale = 1 / Double(labels.count)
        var total = 0.0
        var row = SoftmaxRow<Float>(count: classes)
        for (r, label) in labels.enumerated() {
            precondition((0..<classes).contains(label), "label \(label) of \(classes)")
            for c in 0..<classes { row.logits[c] = logits[r * classes + c] + bias[c] }
            total += row.crossEntropy(label: label)
            for c in 0..<classes { logits[r * classes + c] = Float(row.derivative(c) * scale) }
        }
        return total * scale
    }
}
