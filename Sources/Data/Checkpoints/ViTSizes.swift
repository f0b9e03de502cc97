public import Engine
public import Pipeline

/// The sizes of a vision transformer as the shapes in a checkpoint show them.
public struct ViTSizes: Sendable, Hashable, CustomStringConvertible {
    public let patchSize, channels, width, depth, mlpWidth: Int
    /// Patches along one side of the picture.
    public let grid: Int
    /// Attention heads, where the file tells: by a shape, or by `heads` in its free text.
    public let heads: Int?
    /// Width of the queries, of the keys and of the values of all heads.
    public let attentionWidth: Int
    /// Whether queries, keys and values have a bias.
    public let hasQKVBias: Bool
    /// The epsilon of layer normalisation, where the file tells by `layer-norm-epsilon` in its free
    /// text.
    public let layerNormEpsilon: Double?

    /// Reads the sizes.
    ///
    /// - Throws: `UnreadableInput` when the file does not hold a vision transformer.
    public init(_ file: CheckpointFile) throws(UnreadableInput) {
        let layout = WeightLayout(names: file.names)
        let shapes: Shapes
        switch layout {
        case .timm: shapes = try Shapes(timm: file)
        case .flax(let prefix): shapes = try Shapes(flax: file, prefix: prefix)
        case .vitPytorch: shapes = try Shapes(vitPytorch: file)
        case .separate(let depth): shapes = try Shapes(separate: file, depth: depth)
        case .renamed(let family): shapes = try Shapes(renamed: file, family)
        }
        let side = Int(Double(max(shapes.tokens - 1, 0)).squareRoot().rounded())
        guard side > 0, side * side == shapes.tokens - 1, shapes.patch > 0 else {
            throw Shapes.none(file)
        }
        (patchSize, channels, width) = (shapes.patch, shapes.channels, shapes.width)
        (depth, mlpWidth, grid) = (shapes.depth, shapes.mlpWidth, side)
        (attentionWidth, hasQKVBias) = (shapes.attentionWidth, shapes.hasQKVBias)
        heads = shapes.heads ?? file.metadata["heads"].flatMap { Int($0) }
        layerNormEpsilon = file.metadata["layer-norm-epsilon"].flatMap { Double($0) }
    }

    public var description: String {
        "patch \(patchSize), \(channels) channel\(channels == 1 ? "" : "s"), width \(width), "
            + (attentionWidth == width ? "" : "attention \(attentionWidth), ")
            + "depth \(depth), MLP \(mlpWidth), \(grid) × \(grid) patches"
    }

    /// The configuration with these sizes.
    ///
    /// - Parameters:
    ///   - heads: attention heads; nil takes those of the file, else 64 numbers a head.
    ///   - layerNormEpsilon: nil takes that of the file, else 1e-6.
    ///   - activation: of the MLP, which no file tells.
    /// - Throws: `ViTConfigurationError` when the sizes do not go together.
    public func configuration(
        heads: Int? = nil, layerNormEpsilon: Double? = nil, activation: Activation = .gelu
    ) throws(ViTConfigurationError) -> ViTConfiguration {
        let heads = max(heads ?? self.heads ?? attentionWidth / 64, 1)
        guard attentionWidth % heads == 0 else {
            throw .notDivisible(
                name: "width", value: attentionWidth, by: "heads", divisor: heads)
        }
        return try ViTConfiguration(
            imageSize: grid * patchSize, patchSize: patchSize, channels: channels, width: width,
            depth: depth, heads: heads,
            headWidth: attentionWidth == width ? nil : attentionWidth / heads, mlpWidth: mlpWidth,
            layerNormEpsilon: layerNormEpsilon ?? self.layerNormEpsilon ?? 1e-6,
            activation: activation, hasQKVBias: hasQKVBias)
    }

    /// Whether a model of another configuration is in the file; another grid does not count.
    func differs(from configuration: ViTConfiguration) -> Bool {
        [patchSize, channels, width, depth, mlpWidth, attentionWidth] != [
            configuration.patchSize, configuration.channels, configuration.width,
            configuration.depth, configuration.mlpWidth, configuration.attentionWidth,
        ] || hasQKVBias != configuration.hasQKVBias
    }

    private struct Shapes {
        let patch, channels, width, tokens, mlpWidth, depth, attentionWidth: Int
        var heads: Int?
        var hasQKVBias = true

        init(timm file: CheckpointFile) throws(UnreadableInput) {
            let patches = try Self.shape("patch_embed.proj.weight", 4, file)
            (width, channels, patch) = (patches[0], patches[1], patches[2])
            tokens = try Self.shape("pos_embed", 3, file)[1]
            mlpWidth = try Self.shape("blocks.0.mlp.fc1.weight", 2, file)[0]
            depth = Self.blocks(file) { "blocks.\($0)." }
            attentionWidth = try Self.shape("blocks.0.attn.qkv.weight", 2, file)[0] / 3
            hasQKVBias = file.names.contains("blocks.0.attn.qkv.bias")
        }

        init(flax file: CheckpointFile, prefix: String) throws(UnreadableInput) {
            let block = "\(prefix)Transformer/encoderblock_"
            let attention = "\(block)0/MultiHeadDotProductAttention_1"
            let patches = try Self.shape("\(prefix)embedding/kernel", 4, file)
            (patch, channels, width) = (patches[0], patches[2], patches[3])
            tokens = try Self.shape("\(prefix)Transformer/posembed_input/pos_embedding", 3, file)[1]
            mlpWidth = try Self.shape("\(block)0/MlpBlock_3/Dense_0/kernel", 2, file)[1]
            let query = try Self.shape("\(attention)/query/kernel", 3, file)
            heads = query[1]
            attentionWidth = query[1] * query[2]
            depth = Self.blocks(file) { "\(block)\($0)/" }
        }

        /// The patch size is that of three channels, or of one where three do not fit.
        init(vitPytorch file: CheckpointFile) throws(UnreadableInput) {
            let patches = try Self.shape("to_patch_embedding.1.weight", 2, file)
            width = patches[0]
            let side = Int(Double(patches[1] / 3).squareRoot().rounded())
            channels = 3 * side * side == patches[1] ? 3 : 1
            patch = Int(Double(patches[1] / channels).squareRoot().rounded())
            guard patch * patch * channels == patches[1] else { throw Self.none(file) }
            tokens = try Self.shape("pos_embedding", 3, file)[1]
            mlpWidth = try Self.shape("transformer.layers.0.1.fn.net.0.weight", 2, file)[0]
            depth = Self.blocks(file) { "transformer.layers.\($0)." }
            attentionWidth =
                try Self.shape("transformer.layers.0.0.fn.to_qkv.weight", 2, file)[0] / 3
            hasQKVBias = false
        }

        init(separate file: CheckpointFile, depth: Int) throws(UnreadableInput) {
            let patches = try Self.shape("embedding.conv1.weight", 4, file)
            (width, channels, patch) = (patches[0], patches[1], patches[2])
            tokens = try Self.shape("embedding.pos_embedding", 3, file)[1]
            mlpWidth = try Self.shape("encoder.0.fc1.weight", 2, file)[0]
            self.depth = depth
            attentionWidth = try Self.shape("encoder.0.attention.queries.weight", 2, file)[0]
        }

        init(renamed file: CheckpointFile, _ family: RenamedNames) throws(UnreadableInput) {
            let patches = try Self.shape(family.name("patch_embed.proj.weight"), 4, file)
            (width, channels, patch) = (patches[0], patches[1], patches[2])
            tokens = try Self.shape(family.name("pos_embed"), 3, file)[1]
            let hidden = family.names(inBlock: 0, layer: "mlp.fc1", kind: "weight")
            mlpWidth = try Self.shape(hidden[0], 2, file)[0]
            depth = Self.blocks(file) { "\(family.block)\($0)." }
            let queries = family.names(inBlock: 0, layer: "attn.qkv", kind: "weight")
            attentionWidth = try Self.shape(queries[0], 2, file)[0] * queries.count / 3
            hasQKVBias = file.names.contains(
                family.names(inBlock: 0, layer: "attn.qkv", kind: "bias")[0])
        }

        private static func shape(
            _ name: String, _ rank: Int, _ file: CheckpointFile
        ) throws(UnreadableInput) -> [Int] {
            guard file.names.contains(name) else { throw none(file) }
            let shape = try file.array(name).shape
            // Extents beside a zero are not bounded by the size of the file; products of these fit.
            guard shape.count == rank, shape.allSatisfy({ $0 <= 1 << 24 }) else { throw none(file) }
            return shape
        }

        private static func blocks(_ file: CheckpointFile, _ prefix: (Int) -> String) -> Int {
            var depth = 0
            while file.names.contains(where: { $0.hasPrefix(prefix(depth)) }) { depth += 1 }
            return depth
        }

        static func none(_ file: CheckpointFile) -> UnreadableInput {
            UnreadableInput(path: file.path, problem: ViTSizes.noneProblem)
        }
    }

    private static let noneProblem = "holds no vision transformer"

    /// The sizes of the model in a checkpoint; nil when it holds none.
    ///
    /// - Throws: `UnreadableInput` when that cannot be told, as the file cannot be read.
    static func ifAny(_ file: CheckpointFile) throws(UnreadableInput) -> ViTSizes? {
        do {
            return try ViTSizes(file)
        } catch  where error.problem == noneProblem {
            return nil
        } catch {
            throw error
        }
    }
}
