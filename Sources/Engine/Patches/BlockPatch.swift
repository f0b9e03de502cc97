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

/// Learned rows that pictures read: one entry, which every picture reads, or a pool that a `PoolSelection`
/// chooses from.
public struct PromptEntries<Entry: Hashable & Sendable>: Hashable, Sendable {
    /// Rows of an entry.
    public let length: Int
    /// Where the rows of each entry lie.
    public let entries: [Entry]
    /// Entries that a picture reads.
    public let chosen: Int
    /// Whether a selection says which.
    let isPool: Bool

    /// Creates rows that every picture reads.
    public init(length: Int, _ entry: Entry) {
        self.length = length
        entries = [entry]
        chosen = 1
        isPool = false
    }

    /// Creates a pool, of whose entries each picture reads `chosen`.
    public init(length: Int, entries: [Entry], chosen: Int) {
        self.length = length
        self.entries = entries
        self.chosen = chosen
        isPool = true
    }

    /// Rows that a picture reads.
    var rows: Int { length * chosen }
}

/// Keys and values, `[length, heads · headWidth]` each.
public struct KeysAndValues: Hashable, Sendable {
    /// Where the keys lie.
    public let keys: ParameterSlice
    /// Where the values lie.
    public let values: ParameterSlice

    /// Creates an entry.
    public init(keys: ParameterSlice, values: ParameterSlice) {
        self.keys = keys
        self.values = values
    }
}

/// Rows that the attention of a picture reads beside those of its tokens. They are keys and values
/// as they stand: no linear makes them, and they ask nothing themselves.
public typealias Prefix = PromptEntries<KeysAndValues>

/// Tokens, `[length, width]` an entry, that enter the sequence at a block, behind those that are there,
/// and stay.
public typealias PromptTokens = PromptEntries<ParameterSlice>

/// Where a PET method acts in one block. `TransformerBlock` alone reads it, and `Backbone` for tokens
/// that join its input; a new kind of insertion is a new field here.
///
/// It names places in the parameters, not values: gradients lie at the same places of a second
/// vector, so nothing is copied in either direction.
public struct BlockPatch: Hashable, Sendable {
    /// Added to the keys, from the block's normalised input.
    public var keys: LowRankDelta?
    /// Added to the values, from the block's normalised input.
    public var values: LowRankDelta?
    /// Tokens that join the block's input.
    public var tokens: PromptTokens?
    /// Keys and values beside those of the tokens.
    public var prefix: Prefix?
    /// Added to the output of the attention.
    public var bottleneck: Bottleneck?

    /// Creates a patch.
    public init(
        keys: LowRankDelta? = nil, values: LowRankDelta? = nil, tokens: PromptTokens? = nil,
        prefix: Prefix? = nil, bottleneck: Bottleneck? = nil
    ) {
        self.keys = keys
        self.values = values
        self.tokens = tokens
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
    /// Tokens that a picture gets.
    var tokens = 0
    /// Rows beside the keys and values of a picture.
    var prefix = 0
    /// Columns of the bottleneck's inner activations.
    var bottleneck = 0

    init() {}

    init(_ patch: BlockPatch?) {
        ranks = (patch?.keys?.rank ?? 0) + (patch?.values?.rank ?? 0)
        tokens = patch?.tokens?.rows ?? 0
        prefix = patch?.prefix?.rows ?? 0
        bottleneck = patch?.bottleneck?.inner ?? 0
    }

    /// Enough for either.
    func union(_ other: PatchSizes) -> PatchSizes {
        var result = self
        result.ranks = max(ranks, other.ranks)
        result.tokens = max(tokens, other.tokens)
        result.prefix = max(prefix, other.prefix)
        result.bottleneck = max(bottleneck, other.bottleneck)
        return result
    }
}
