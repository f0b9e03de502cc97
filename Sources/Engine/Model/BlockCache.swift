/// How much of the forward pass is kept for a backward pass.
enum Keeping {
    /// Nothing: inference, and blocks below the first gradient.
    case nothing
    /// What the gradients of a PET need.
    case patches
    /// What the gradients of the block's own weights need as well.
    case everything
}

/// What one block keeps of its forward pass on a group of pictures. `R` rows enter, `Q` leave.
struct BlockCache {
    let shape: BlockShape
    let keeping: Keeping
    /// `[R, 3 attentionWidth]`: queries (of leaving rows only), keys and values.
    let qkv: Matrix
    /// `[pictures · heads · queries, tokens + prefix]`, or room for one head when nothing is kept.
    let probabilities: Matrix
    /// `[R, ranks]`: the inner rows of the patch's low-rank deltas, keys first.
    let inner: Matrix
    /// `[Q, width]`: the output of the attention's projection; empty without a bottleneck.
    let branch: Matrix
    /// `[Q, inner]`: the bottleneck's activations after ReLU.
    let bottleneck: Matrix
    /// `[Q, width]`: between the two halves of the block.
    let middle: Matrix
    /// `[Q, mlpWidth]`: the derivative of the activation; scratch when nothing is kept.
    let hidden: Matrix
    /// `[R, 2]` and `[Q, 2]`: mean and reciprocal deviation before each half.
    let statistics1: Matrix
    let statistics2: Matrix
    /// `[Q, attentionWidth]`: the heads' outputs. Kept for `everything`.
    let attended: Matrix?
    /// `[Q, mlpWidth]`: after the activation. Kept for `everything`.
    let activated: Matrix?

    init(_ shape: BlockShape, keeping: Keeping, patch: PatchSizes, in workspace: Workspace) {
        self.shape = shape
        self.keeping = keeping
        let rows = shape.rows
        let leaving = shape.queryRows
        let width = shape.width
        qkv = workspace.take(rows, 3 * shape.attentionWidth)
        let heads = keeping == .nothing ? 1 : shape.pictures * shape.heads
        probabilities = workspace.take(
            heads * shape.queries, shape.tokens + patch.prefix,
            stride: aligned(shape.tokens + patch.prefix))
        inner = workspace.take(rows, patch.ranks)
        branch = workspace.take(patch.bottleneck == 0 ? 0 : leaving, width)
        bottleneck = workspace.take(leaving, patch.bottleneck)
        middle = workspace.take(leaving, width)
        hidden = workspace.take(leaving, shape.mlpWidth)
        statistics1 = workspace.take(rows, 2)
        statistics2 = workspace.take(leaving, 2)
        attended = keeping == .everything ? workspace.take(leaving, shape.attentionWidth) : nil
        activated = keeping == .everything ? workspace.take(leaving, shape.mlpWidth) : nil
    }

    /// The part of a cache that keeps nothing which a smaller block uses.
    func limited(to shape: BlockShape) -> BlockCache {
        BlockCache(self, limitedTo: shape)
    }

    private init(_ cache: BlockCache, limitedTo shape: BlockShape) {
        self.shape = shape
        keeping = cache.keeping
        qkv = cache.qkv.rows(0..<shape.rows)
        probabilities = cache.probabilities.rows(0..<shape.queries)
        inner = cache.inner.rows(0..<shape.rows)
        branch = cache.branch.rows(0..<min(cache.branch.rows, shape.queryRows))
        bottleneck = cache.bottleneck.rows(0..<shape.queryRows)
        middle = cache.middle.rows(0..<shape.queryRows)
        hidden = cache.hidden.rows(0..<shape.queryRows)
        statistics1 = cache.statistics1.rows(0..<shape.rows)
        statistics2 = cache.statistics2.rows(0..<shape.queryRows)
        attended = nil
        activated = nil
    }
}

/// Memory of one worker for the passes of one block; nothing in it outlives a call.
struct BlockScratch {
    /// `[R, width]` each: a normalised input and its gradient.
    let normed: Matrix
    let dNormed: Matrix
    /// `[R, attentionWidth]`: the heads' outputs.
    let attended: Matrix
    /// `[R, mlpWidth]`: after the activation, and its gradient.
    let wide: Matrix
    /// `[R, 3 attentionWidth]`.
    let dqkv: Matrix
    /// `[tokens, tokens + prefix]`.
    let dScores: Matrix
    /// `[R, n]`, n the larger of the deltas' ranks and the bottleneck's width.
    let dInner: Matrix
    /// `[R, 2]`, for statistics that are already kept elsewhere.
    let statistics: Matrix

    init(_ shape: BlockShape, keeping: Keeping, patch: PatchSizes, in workspace: Workspace) {
        let rows = shape.rows
        let width = shape.width
        // The backward matrices are empty where no backward pass will run.
        let backward = keeping == .nothing ? 0 : 1
        normed = workspace.take(rows, width)
        attended = workspace.take(rows, shape.attentionWidth)
        dNormed = workspace.take(backward * rows, width)
        wide = workspace.take(backward * rows, shape.mlpWidth)
        dqkv = workspace.take(backward * rows, 3 * shape.attentionWidth)
        dScores = workspace.take(
            backward * shape.tokens, shape.tokens + patch.prefix,
            stride: aligned(shape.tokens + patch.prefix))
        dInner = workspace.take(backward * rows, max(patch.ranks, patch.bottleneck))
        statistics = workspace.take(backward * rows, 2)
    }
}
