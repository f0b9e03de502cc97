/// Part of a tensor of a PET's parameters: from element `offset` of tensor `index` on.
public struct ParameterSlice: Hashable, Sendable {
    /// The index in `PETMethod.parameterShapes`.
    public let index: Int
    /// The first element.
    public let offset: Int

    /// Creates a slice.
    public init(index: Int, offset: Int) {
        self.index = index
        self.offset = offset
    }
}

/// A low-rank addition to a linear layer without bias: `y += scale · (x · down) · up`.
public struct LowRankDelta: Hashable, Sendable {
    /// Columns of `down` and rows of `up`.
    public let rank: Int
    /// `[in, rank]`.
    public let down: ParameterSlice
    /// `[rank, out]`.
    public let up: ParameterSlice
    /// The factor.
    public let scale: Float

    /// Creates a delta.
    public init(rank: Int, down: ParameterSlice, up: ParameterSlice, scale: Float) {
        self.rank = rank
        self.down = down
        self.up = up
        self.scale = scale
    }
}

/// A bottleneck after the attention: with a the output of its projection, the block goes on from
/// `x + a + relu(a · down + downBias) · up + upBias`.
public struct Bottleneck: Hashable, Sendable {
    /// Columns of `down` and rows of `up`.
    public let inner: Int
    /// `[width, inner]`.
    public let down: ParameterSlice
    /// `[inner]`.
    public let downBias: ParameterSlice
    /// `[inner, width]`.
    public let up: ParameterSlice
    /// `[width]`.
    public let upBias: ParameterSlice

    /// Creates a bottleneck.
    public init(
        inner: Int, down: ParameterSlice, downBias: ParameterSlice, up: ParameterSlice,
        upBias: ParameterSlice
    ) {
        self.inner = inner
        self.down = down
        self.downBias = downBias
        self.up = up
        self.upBias = upBias
    }
}

/// Rows that the attention of every picture reads beside those of its tokens. They are keys and
/// values as they stand: no linear makes them, and they ask nothing themselves.
public struct Prefix: Hashable, Sendable {
    /// The rows, P.
    public let length: Int
    /// `[P, heads · headWidth]`.
    public let keys: ParameterSlice
    /// `[P, heads · headWidth]`.
    public let values: ParameterSlice

    /// Creates a prefix.
    public init(length: Int, keys: ParameterSlice, values: ParameterSlice) {
        self.length = length
        self.keys = keys
        self.values = values
    }
}

/// Where a PET method acts in one block. `TransformerBlock` alone reads it; a new kind of insertion
/// is a new field here.
///
/// It names places in the parameters, not values: gradients lie at the same places of a second
/// vector, so nothing is copied in either direction.
public struct BlockPatch: Hashable, Sendable {
    /// Added to the keys, from the block's normalised input.
    public var keys: LowRankDelta?
    /// Added to the values, from the block's normalised input.
    public var values: LowRankDelta?
    /// Keys and values beside those of the tokens.
    public var prefix: Prefix?
    /// Added to the output of the attention.
    public var bottleneck: Bottleneck?

    /// Creates a patch.
    public init(
        keys: LowRankDelta? = nil, values: LowRankDelta? = nil, prefix: Prefix? = nil,
        bottleneck: Bottleneck? = nil
    ) {
        self.keys = keys
        self.values = values
        self.prefix = prefix
        self.bottleneck = bottleneck
    }

    /// Whether the block's normalised input is read for the gradients of the parameters.
    var actsOnInput: Bool { keys != nil || values != nil }

    /// What the gradients of the parameters need of the attention; nil where they need nothing.
    var attentionGradients: AttentionGradients? {
        actsOnInput ? .keysAndValues : (prefix == nil ? nil : .prefix)
    }
}

/// What a patch asks of the memory of a block.
struct PatchSizes: Hashable {
    /// Columns of `x · down` of the low-rank deltas.
    var ranks = 0
    /// Rows beside the keys and values of a picture.
    var prefix = 0
    /// Columns of the bottleneck's inner activations.
    var bottleneck = 0

    init() {}

    init(_ patch: BlockPatch?) {
        ranks = (patch?.keys?.rank ?? 0) + (patch?.values?.rank ?? 0)
        prefix = patch?.prefix?.length ?? 0
        bottleneck = patch?.bottleneck?.inner ?? 0
    }

    /// Enough for either.
    func union(_ other: PatchSizes) -> PatchSizes {
        var result = self
        result.ranks = max(ranks, other.ranks)
        result.prefix = max(prefix, other.prefix)
        result.bottleneck = max(bottleneck, other.bottleneck)
        return result
    }
}
