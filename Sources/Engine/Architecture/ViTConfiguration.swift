/// What the hidden layer of an MLP applies to its sums.
public enum Activation: String, Codable, Hashable, Sendable, CaseIterable {
    /// GELU with the exact normal distribution.
    case gelu
    /// The positive part.
    case relu
}

/// The sizes of a vision transformer, and how it differs from the common one.
///
/// The computation itself (pre-norm blocks; query, key and value in one linear) is the same for all; a
/// variant of it is a field here. A variant that is not used does not enter the encoding, so the keys of
/// configurations without it stay as they were.
///
/// ```swift
/// ViTConfiguration.base16.headWidth  // 64
/// let own = try ViTConfiguration(
///     imageSize: 32, patchSize: 4, width: 96, depth: 6, heads: 3, mlpWidth: 384)
/// own.headWidth  // 32
/// own.hasFinalNorm  // true
/// ```
public struct ViTConfiguration: Codable, Hashable, Sendable {
    /// Side of the square pictures, in pixels.
    public let imageSize: Int
    /// Side of a square patch, in pixels; divides `imageSize`.
    public let patchSize: Int
    /// Colour channels of the pictures.
    public let channels: Int
    /// Width of a token.
    public let width: Int
    /// Number of blocks.
    public let depth: Int
    /// Attention heads.
    public let heads: Int
    /// Width of an attention head; commonly `width / heads`.
    public let headWidth: Int
    /// Width of the hidden layer of the MLP.
    public let mlpWidth: Int
    /// Added to the variance in every layer normalisation.
    public let layerNormEpsilon: Double
    /// The activation of the MLP; commonly GELU.
    public let activation: Activation
    /// Whether the linear of queries, keys and values has a bias (`attn.qkv.bias`); commonly yes.
    public let hasQKVBias: Bool
    /// Whether the features are normalised (`norm.weight`, `norm.bias`); commonly yes. Where not, the
    /// features are the class token as it leaves the last block, and a norm may stand before the head
    /// (`DenseNetwork.featureNorm`).
    public let hasFinalNorm: Bool

    /// Creates a configuration.
    ///
    /// - Parameter headWidth: nil for `width / heads`.
    /// - Throws: `ViTConfigurationError` where a size is not positive or does not divide.
    public init(
        imageSize: Int, patchSize: Int, channels: Int = 3, width: Int, depth: Int, heads: Int,
        headWidth: Int? = nil, mlpWidth: Int, layerNormEpsilon: Double = 1e-6,
        activation: Activation = .gelu, hasQKVBias: Bool = true, hasFinalNorm: Bool = true
    ) throws(ViTConfigurationError) {
        self.init(
            unchecked: (imageSize, patchSize, channels, width, depth, heads, mlpWidth),
            layerNormEpsilon, headWidth: headWidth, activation: activation,
            hasQKVBias: hasQKVBias, hasFinalNorm: hasFinalNorm)
        try validate(dividesWidth: headWidth == nil)
    }

    private init(
        unchecked: (Int, Int, Int, Int, Int, Int, Int), _ layerNormEpsilon: Double,
        headWidth: Int? = nil, activation: Activation = .gelu, hasQKVBias: Bool = true,
        hasFinalNorm: Bool = true
    ) {
        (imageSize, patchSize, channels, width, depth, heads, mlpWidth) = unchecked
        self.layerNormEpsilon = layerNormEpsilon
        self.headWidth = headWidth ?? width / max(heads, 1)
        self.activation = activation
        self.hasQKVBias = hasQKVBias
        self.hasFinalNorm = hasFinalNorm
    }

    private enum CodingKeys: CodingKey {
        case imageSize, patchSize, channels, width, depth, heads, headWidth, mlpWidth
        case layerNormEpsilon, activation, hasQKVBias, hasFinalNorm
    }

    /// Decodes and checks like `init`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func size(_ key: CodingKeys) throws -> Int { try values.decode(Int.self, forKey: key) }
        func flag(_ key: CodingKeys) throws -> Bool {
            try values.decodeIfPresent(Bool.self, forKey: key) ?? true
        }
        let headWidth = try values.decodeIfPresent(Int.self, forKey: .headWidth)
        self.init(
            unchecked: (
                try size(.imageSize), try size(.patchSize), try size(.channels), try size(.width),
                try size(.depth), try size(.heads), try size(.mlpWidth)
            ), try values.decode(Double.self, forKey: .layerNormEpsilon), headWidth: headWidth,
            activation: try values.decodeIfPresent(Activation.self, forKey: .activation) ?? .gelu,
            hasQKVBias: try flag(.hasQKVBias), hasFinalNorm: try flag(.hasFinalNorm))
        try validate(dividesWidth: headWidth == nil)
    }

    /// Encodes the sizes, and of the variants those that differ from the common model.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(imageSize, forKey: .imageSize)
        try values.encode(patchSize, forKey: .patchSize)
        try values.encode(channels, forKey: .channels)
        try values.encode(width, forKey: .width)
        try values.encode(depth, forKey: .depth)
        try values.encode(heads, forKey: .heads)
        try values.encode(mlpWidth, forKey: .mlpWidth)
        try values.encode(layerNormEpsilon, forKey: .layerNormEpsilon)
        if attentionWidth != width { try values.encode(headWidth, forKey: .headWidth) }
        if activation != .gelu { try values.encode(activation, forKey: .activation) }
        if !hasQKVBias { try values.encode(false, forKey: .hasQKVBias) }
        if !hasFinalNorm { try values.encode(false, forKey: .hasFinalNorm) }
    }

    private func validate(dividesWidth: Bool) throws(ViTConfigurationError) {
        let sizes = [
            ("image size", imageSize), ("patch size", patchSize), ("channels", channels),
            ("width", width), ("depth", depth), ("heads", heads), ("MLP width", mlpWidth),
        ]
        for (name, value) in sizes where value < 1 {
            throw .notPositive(name: name, value: Double(value))
        }
        guard layerNormEpsilon > 0 else {
            throw .notPositive(name: "layer norm epsilon", value: layerNormEpsilon)
        }
        guard imageSize % patchSize == 0 else {
            throw .notDivisible(
                name: "image size", value: imageSize, by: "patch size", divisor: patchSize)
        }
        if dividesWidth && width % heads != 0 {
            throw .notDivisible(name: "width", value: width, by: "heads", divisor: heads)
        }
        guard headWidth > 0 else {
            throw .notPositive(name: "head width", value: Double(headWidth))
        }
    }

    /// ViT-B/16 on pictures of 224 pixels.
    public static let base16 = ViTConfiguration(unchecked: (224, 16, 3, 768, 12, 12, 3072), 1e-6)

    /// ViT-S/16 on pictures of 224 pixels.
    public static let small16 = ViTConfiguration(unchecked: (224, 16, 3, 384, 12, 6, 1536), 1e-6)

    /// The small model of the quickstart, for pictures of 32 pixels.
    public static let quickstart = ViTConfiguration(unchecked: (32, 8, 3, 128, 3, 4, 512), 1e-6)

    /// Patches of a picture.
    public var patchCount: Int { (imageSize / patchSize) * (imageSize / patchSize) }
    /// Tokens of a picture: the class token and the patches.
    public var tokenCount: Int { 1 + patchCount }
    /// Width of the queries, of the keys and of the values of all heads.
    public var attentionWidth: Int { heads * headWidth }
    /// Values of a patch.
    public var patchLength: Int { channels * patchSize * patchSize }
    /// Values of a picture.
    public var pictureLength: Int { channels * imageSize * imageSize }
}

/// Sizes that no vision transformer can have.
public enum ViTConfigurationError: Error, Hashable, CustomStringConvertible {
    /// A size that must be positive.
    case notPositive(name: String, value: Double)
    /// A size that must be a multiple of another.
    case notDivisible(name: String, value: Int, by: String, divisor: Int)

    public var description: String {
        switch self {
        case .notPositive(let name, let value): "\(name) must be positive, not \(value)"
        case .notDivisible(let name, let value, let divisorName, let divisor):
            "\(name) \(value) is not a multiple of \(divisorName) \(divisor)"
        }
    }
}
