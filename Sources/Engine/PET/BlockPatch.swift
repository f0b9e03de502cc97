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

    /// Creates a patch.
    public init(keys: LowRankDelta? = nil, values: LowRankDelta? = nil) {
        self.keys = keys
        self.values = values
    }

    /// Columns of `x · down` that the block keeps for the backward pass.
    var totalRank: Int { (keys?.rank ?? 0) + (values?.rank ?? 0) }
}
