/// A small network on features: what stands between the backbone and a classifier, or a classifier itself.
///
///     linear:     y = x Wᵀ + b
///     gelu:       y = GELU(x), exact
///     layer norm: y = (x − mean) / sqrt(variance + ε) · weight + bias, row by row
///     add input:  y = x + the input of the network
public struct DenseNetwork: Sendable, Equatable {
    /// One step of the network.
    public enum Layer: Codable, Hashable, Sendable {
        case linear(inputs: Int, outputs: Int)
        case gelu
        case layerNorm(width: Int, epsilon: Float)
        case addInput
    }

    /// The steps, first to last.
    public let layers: [Layer]
    /// `<name>.<layer>.weight` and `.bias` of each linear layer, `[outputs, inputs]` and `[outputs]`, and of
    /// each norm, `[width]` both.
    public var parameters: ParameterSet

    /// The epsilon of torch's layer norm, where nobody says otherwise.
    public static let epsilon: Float = 1e-5

    /// Creates a network to train: linear weights truncated normal with standard deviation 0.02 and bounds
    /// ±2, norms 1, biases 0, as the reference initialises all of its layers (Reference 3.1).
    ///
    /// - Parameter name: what the names of the parameters begin with.
    public init(_ layers: [Layer], name: String, stream: RandomStream) {
        var entries: [(name: String, tensor: Tensor)] = []
        for (index, layer) in layers.enumerated() {
            let path = "\(name).\(index)"
            switch layer {
            case .linear(let inputs, let outputs):
                var random = stream.split("\(path).weight")
                let values = (0..<inputs * outputs).map { _ in
                    random.truncatedNormal(standardDeviation: 0.02, bound: 2)
                }
                entries.append(("\(path).weight", Tensor(shape: [outputs, inputs], values)))
                entries.append(("\(path).bias", Tensor(zeros: [outputs])))
            case .layerNorm(let width, _):
                let ones = [Float](repeating: 1, count: width)
                entries.append(("\(path).weight", Tensor(shape: [width], ones)))
                entries.append(("\(path).bias", Tensor(zeros: [width])))
            case .gelu, .addInput: break
            }
        }
        self.layers = layers
        parameters = ParameterSet(entries)
    }

    /// Creates a network from its parameters, in the order of `layers`.
    ///
    /// - Precondition: the shapes are those of the layers.
    public init(_ layers: [Layer], parameters: ParameterSet) {
        let fresh = DenseNetwork(layers, name: "", stream: RandomStream(seed: 0, name: "shapes"))
        precondition(
            fresh.parameters.tensors.map(\.shape) == parameters.tensors.map(\.shape),
            "parameters \(parameters.tensors.map(\.shape)) of \(layers)")
        self.layers = layers
        self.parameters = parameters
    }

    /// The norm that stands before the head of a model without a final norm (Reference 3.3): fresh, with
    /// the model's epsilon, under its names in checkpoints, `fc_norm.weight` and `fc_norm.bias`. Nil for a
    /// model whose features are normalised.
    public static func featureNorm(for configuration: ViTConfiguration) -> DenseNetwork? {
        guard !configuration.hasFinalNorm else { return nil }
        let width = configuration.width
        return DenseNetwork(
            [.layerNorm(width: width, epsilon: Float(configuration.layerNormEpsilon))],
            parameters: ParameterSet([
                (
                    "fc_norm.weight",
                    Tensor(shape: [width], [Float](repeating: 1, count: width))
                ), ("fc_norm.bias", Tensor(zeros: [width])),
            ]))
    }

    /// The mapping of the reference's task identity (Reference 4.4): hidden layers of `structure` times
    /// the width, followed in turn by GELU and a norm; back to the width; the input added; a norm. Nothing
    /// at all for an empty structure.
    public static func mapping(structure: [Int], width: Int) -> [Layer] {
        guard !structure.isEmpty else { return [] }
        var layers: [Layer] = []
        var inputs = width
        for (index, factor) in structure.enumerated() {
            let outputs = factor * width
            layers.append(.linear(inputs: inputs, outputs: outputs))
            layers.append(
                index.isMultiple(of: 2) ? .gelu : .layerNorm(width: outputs, epsilon: epsilon))
            inputs = outputs
        }
        return layers + [
            .linear(inputs: inputs, outputs: width), .addInput,
            .layerNorm(width: width, epsilon: epsilon),
        ]
    }

    /// The task head of the reference but for its last layer, a linear head over tasks (Reference 4.4): a
    /// hidden layer of twice the width, GELU, a norm.
    public static func taskMapping(width: Int) -> [Layer] {
        [
            .linear(inputs: width, outputs: 2 * width), .gelu,
            .layerNorm(width: 2 * width, epsilon: epsilon),
        ]
    }

    /// What a layer keeps for the backward pass: the input of a linear layer, `[B, inputs]`; of GELU its
    /// derivative, `[B, width]`; of a norm the input and `[B, 2]`: mean and reciprocal deviation.
    public struct Cache: Sendable {
        fileprivate var kept: [[Tensor]] = []
    }

    /// Returns the output alone.
    ///
    /// - Parameter x: `[B, inputs of the first layer]`.
    public func output(_ x: Tensor) -> Tensor { forward(x).output }

    /// Returns the output and what the backward pass needs.
    ///
    /// - Parameter x: `[B, inputs of the first layer]`.
    public func forward(_ x: Tensor) -> (output: Tensor, cache: Cache) {
        var cache = Cache()
        var y = x
        var next = 0
        for layer in layers {
            switch layer {
            case .linear(let inputs, _):
                precondition(y.shape[1] == inputs, "\(layer) of \(y.shape)")
                cache.kept.append([y])
                y = Self.linear(y, parameters.tensors[next], parameters.tensors[next + 1])
                next += 2
            case .gelu:
                let (values, derivative) = Self.gelu(y)
                cache.kept.append([derivative])
                y = values
            case .layerNorm(let width, let epsilon):
                precondition(y.shape[1] == width, "\(layer) of \(y.shape)")
                let (values, statistics) = Self.normalised(
                    y, parameters.tensors[next], parameters.tensors[next + 1], epsilon)
                cache.kept.append([y, statistics])
                y = values
                next += 2
            case .addInput:
                cache.kept.append([])
                y = Self.sum(y, x)
            }
        }
        return (y, cache)
    }

    /// Returns the gradients of input and parameters for the gradient of the output.
    ///
    /// - Parameter dOutput: `[B, outputs]`.
    /// - Returns: `[B, inputs]`, and one tensor for each parameter.
    public func backward(
        _ dOutput: Tensor, _ cache: Cache
    ) -> (input: Tensor, parameters: ParameterSet) {
        var gradients = parameters.zeroed
        var dy = dOutput
        var bypass: Tensor?
        var next = parameters.tensors.count
        for (layer, kept) in zip(layers, cache.kept).reversed() {
            switch layer {
            case .linear:
                next -= 2
                // y = x Wᵀ + b
                gradients.tensors[next] = Tensor.product(dy, kept[0], transposingA: true)
                gradients.tensors[next + 1] = Self.columnSums(dy)
                dy = Tensor.product(dy, parameters.tensors[next])
            case .gelu:
                dy = Tensor(shape: dy.shape, zip(dy.values, kept[0].values).map(*))
            case .layerNorm:
                next -= 2
                dy = backThroughNorm(dy, kept, at: next, &gradients)
            case .addInput:
                bypass = bypass.map { Self.sum($0, dy) } ?? dy
            }
        }
        return (bypass.map { Self.sum(dy, $0) } ?? dy, gradients)
    }
}

// MARK: Steps

extension DenseNetwork {
    private static func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
        var y = Tensor.product(x, weight, transposingB: true)
        let width = bias.count
        for index in y.values.indices { y.values[index] += bias.values[index % width] }
        return y
    }

    private static func gelu(_ x: Tensor) -> (values: Tensor, derivative: Tensor) {
        var (values, derivative) = (x, x)
        derivative.withMutableMatrix(rows: x.shape[0]) { argument in
            values.withMutableMatrix(rows: x.shape[0]) { argument.apply(.gelu, valuesInto: $0) }
        }
        return (values, derivative)
    }

    private static func normalised(
        _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ epsilon: Float
    ) -> (values: Tensor, statistics: Tensor) {
        let rows = x.shape[0]
        var (values, statistics) = (x, Tensor(zeros: [rows, 2]))
        x.withMatrix(rows: rows) { x in
            weight.withMatrix(rows: 1) { weight in
                bias.withMatrix(rows: 1) { bias in
                    values.withMutableMatrix(rows: rows) { values in
                        statistics.withMutableMatrix(rows: rows) { statistics in
                            LayerNormKernel.forward(
                                x, weight: weight, bias: bias, epsilon: epsilon, into: values,
                                statistics: statistics)
                        }
                    }
                }
            }
        }
        return (values, statistics)
    }

    /// - Parameters:
    ///   - kept: the input and its statistics.
    ///   - index: of the norm's weight among the parameters.
    private func backThroughNorm(
        _ dy: Tensor, _ kept: [Tensor], at index: Int, _ gradients: inout ParameterSet
    ) -> Tensor {
        let rows = dy.shape[0]
        var dx = Tensor(zeros: dy.shape)
        var (dWeight, dBias) = (gradients.tensors[index], gradients.tensors[index + 1])
        kept[0].withMatrix(rows: rows) { x in
            kept[1].withMatrix(rows: rows) { statistics in
                dy.withMatrix(rows: rows) { dy in
                    parameters.tensors[index].withMatrix(rows: 1) { weight in
                        dx.withMutableMatrix(rows: rows) { dx in
                            LayerNormKernel.backward(
                                x, weight: weight, statistics: statistics, dy: dy, addingTo: dx)
                        }
                    }
                    dWeight.withMutableMatrix(rows: 1) { dWeight in
                        dBias.withMutableMatrix(rows: 1) { dBias in
                            LayerNormKernel.parametersBackward(
                                x, statistics: statistics, dy: dy, dWeight: dWeight, dBias: dBias)
                        }
                    }
                }
            }
        }
        gradients.tensors[index] = dWeight
        gradients.tensors[index + 1] = dBias
        return dx
    }

    private static func sum(_ a: Tensor, _ b: Tensor) -> Tensor {
        precondition(a.shape == b.shape, "\(a.shape) + \(b.shape)")
        return Tensor(shape: a.shape, zip(a.values, b.values).map(+))
    }

    private static func columnSums(_ a: Tensor) -> Tensor {
        let width = a.shape[1]
        var sums = Tensor(zeros: [width])
        for index in a.values.indices { sums.values[index % width] += a.values[index] }
        return sums
    }
}
