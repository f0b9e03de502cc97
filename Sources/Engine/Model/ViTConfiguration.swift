/// The sizes of a vision transformer.
///
/// The computation itself (pre-norm blocks, query, key and value in one linear with bias, exact GELU)
/// is the same for all; a variant of it would be one more field here.
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
    /// Attention heads; divides `width`.
    public let heads: Int
    /// Width of the hidden layer of the MLP.
    public let mlpWidth: Int
    /// Added to the variance in every layer normalisation.
    public let layerNormEpsilon: Double

    /// Creates a configuration.
    ///
    /// - Throws: `ViTConfigurationError` where a size is not positive or does not divide.
    public init(
        imageSize: Int, patchSize: Int, channels: Int = 3, width: Int, depth: Int, heads: Int,
        mlpWidth: Int, layerNormEpsilon: Double = 1e-6
    ) throws(ViTConfigurationError) {
        self.init(
            unchecked: (imageSize, patchSize, channels, width, depth, heads, mlpWidth),
            layerNormEpsilon)
        try validate()
    }

    private init(unchecked: (Int, Int, Int, Int, Int, Int, Int), _ layerNormEpsilon: Double) {
        (imageSize, patchSize, channels, width, depth, heads, mlpWidth) = unchecked
        self.layerNormEpsilon = layerNormEpsilon
    }

    /// Decodes and checks like `init`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        func size(_ key: CodingKeys) throws -> Int { try values.decode(Int.self, forKey: key) }
        self.init(
            unchecked: (
                try size(.imageSize), try size(.patchSize), try size(.channels), try size(.width),
                try size(.depth), try size(.heads), try size(.mlpWidth)
            ), try values.decode(Double.self, forKey: .layerNormEpsilon))
        try validate()
    }

    private func validate() throws(ViTConfigurationError) {
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
        guard width % heads == 0 else {
            throw .notDivisible(name: "width", value: width, by: "heads", divisor: heads)
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
    /// Width of an attention head.
    public var headWidth: Int { width / heads }
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
