/// All weights of a vision transformer without a head, under the names of timm.
public struct ViTWeights: Sendable, Equatable {
    /// The sizes.
    public let configuration: ViTConfiguration
    /// The tensors, in the order of `expectedShapes`.
    public let parameters: ParameterSet

    /// Takes the weights of `parameters`, in any order.
    ///
    /// - Throws: `WeightsError` with every missing, unknown and misshapen name.
    public init(
        configuration: ViTConfiguration, parameters: ParameterSet
    ) throws(WeightsError) {
        let expected = Self.expectedShapes(configuration)
        let given = Dictionary(uniqueKeysWithValues: zip(parameters.names, parameters.tensors))
        let names = Set(expected.map(\.name))
        var error = WeightsError()
        error.unknown = parameters.names.filter { !names.contains($0) }
        var entries: [(name: String, tensor: Tensor)] = []
        for (name, shape) in expected {
            guard let tensor = given[name] else {
                error.missing.append(name)
                continue
            }
            if tensor.shape != shape {
                error.misshapen.append(.init(name: name, expected: shape, found: tensor.shape))
            }
            entries.append((name, tensor))
        }
        guard error.isEmpty else { throw error }
        self.configuration = configuration
        self.parameters = ParameterSet(entries)
    }

    init(configuration: ViTConfiguration, ordered parameters: ParameterSet) {
        self.configuration = configuration
        self.parameters = parameters
    }

    /// Names and shapes of all weights, in the order of the computation.
    public static func expectedShapes(
        _ configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        let width = configuration.width
        let attention = configuration.attentionWidth
        let hidden = configuration.mlpWidth
        let patch = configuration.patchSize
        var shapes: [(name: String, shape: [Int])] = [
            ("cls_token", [1, 1, width]), ("pos_embed", [1, configuration.tokenCount, width]),
            ("patch_embed.proj.weight", [width, configuration.channels, patch, patch]),
            ("patch_embed.proj.bias", [width]),
        ]
        for block in 0..<configuration.depth {
            let bias = configuration.hasQKVBias ? [("attn.qkv.bias", [3 * attention])] : []
            shapes +=
                ([
                    ("norm1.weight", [width]), ("norm1.bias", [width]),
                    ("attn.qkv.weight", [3 * attention, width]),
                ] + bias + [
                    ("attn.proj.weight", [width, attention]), ("attn.proj.bias", [width]),
                    ("norm2.weight", [width]), ("norm2.bias", [width]),
                    ("mlp.fc1.weight", [hidden, width]), ("mlp.fc1.bias", [hidden]),
                    ("mlp.fc2.weight", [width, hidden]), ("mlp.fc2.bias", [width]),
                ]).map { ("blocks.\(block).\($0.0)", $0.1) }
        }
        guard configuration.hasFinalNorm else { return shapes }
        return shapes + [("norm.weight", [width]), ("norm.bias", [width])]
    }

    /// The number of scalars.
    public static func parameterCount(_ configuration: ViTConfiguration) -> Int {
        expectedShapes(configuration).reduce(0) { $0 + $1.shape.reduce(1, *) }
    }

    /// Random weights to pre-train from, as the authors of the vision transformer begin
    /// (Dosovitskiy et al. 2021): a fixed deviation of 0.02 would be too small for narrow models.
    ///
    /// Linear weights: uniform in ±sqrt(6 / (in + out)) (Glorot). Positions: normal, 0.02. Class
    /// token: normal, 1e-6. Patch convolution: as a linear map of patches. Norms: 1 and 0. Biases: 0.
    public static func initial(
        _ configuration: ViTConfiguration, stream: RandomStream
    ) -> ViTWeights {
        let entries = expectedShapes(configuration).map { name, shape in
            var random = stream.split(name)
            let count = shape.reduce(1, *)
            let values: [Float] =
                if name == "cls_token" {
                    (0..<count).map { _ in 1e-6 * random.normal() }
                } else if name.contains("norm") {
                    [Float](repeating: name.hasSuffix("weight") ? 1 : 0, count: count)
                } else if name.hasSuffix("bias") {
                    [Float](repeating: 0, count: count)
                } else if name == "pos_embed" {
                    (0..<count).map { _ in 0.02 * random.normal() }
                } else {
                    glorot(shape, &random)
                }
            return (name: name, tensor: Tensor(shape: shape, values))
        }
        return ViTWeights(configuration: configuration, ordered: ParameterSet(entries))
    }

    /// A weight `[out, in, …]`, uniform in ±sqrt(6 / (in + out)), all axes but the first being in.
    private static func glorot(_ shape: [Int], _ random: inout RandomStream) -> [Float] {
        let count = shape.reduce(1, *)
        let bound = (6 / Float(shape[0] + count / shape[0])).squareRoot()
        return (0..<count).map { _ in random.uniform(-bound, bound) }
    }
}

/// Weights that do not fit a configuration: every difference at once.
public struct WeightsError: Error, Hashable, CustomStringConvertible {
    /// A tensor of another shape.
    public struct Misshapen: Hashable, Sendable {
        /// The name of the tensor.
        public let name: String
        /// The shape the configuration asks for.
        public let expected: [Int]
        /// The shape that was given.
        public let found: [Int]
    }

    /// Names that were not given.
    public internal(set) var missing: [String] = []
    /// Names that the configuration does not have.
    public internal(set) var unknown: [String] = []
    /// Names with another shape.
    public internal(set) var misshapen: [Misshapen] = []

    var isEmpty: Bool { missing.isEmpty && unknown.isEmpty && misshapen.isEmpty }

    public var description: String {
        var parts: [String] = []
        if !missing.isEmpty { parts.append("missing: " + missing.joined(separator: ", ")) }
        if !unknown.isEmpty { parts.append("unknown: " + unknown.joined(separator: ", ")) }
        if !misshapen.isEmpty {
            let list = misshapen.map { "\($0.name) is \($0.found), expected \($0.expected)" }
            parts.append("of another shape: " + list.joined(separator: ", "))
        }
        return "weights do not fit the model; " + parts.joined(separator: "; ")
    }
}
