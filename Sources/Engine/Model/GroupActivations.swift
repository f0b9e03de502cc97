/// What is computed of a group of pictures, and what of it is kept.
struct GroupPlan: Hashable {
    /// Which tokens leave the last block.
    enum Output {
        case classToken
        case allTokens
    }

    let configuration: ViTConfiguration
    let output: Output
    let keeping: Keeping
    /// Blocks from here on keep their activations; `depth` when none does.
    let firstKept: Int
    /// What the patches of each block ask of its memory.
    let patches: [PatchSizes]

    /// A plan that keeps nothing.
    ///
    /// - Parameter slots: for each set of parameters that may act, its patches by block.
    static func inference(
        _ configuration: ViTConfiguration, output: Output, slots: [[BlockPatch?]]
    ) -> GroupPlan {
        GroupPlan(
            configuration: configuration, output: output, keeping: .nothing,
            firstKept: configuration.depth,
            patches: (0..<configuration.depth).map { block in
                slots.reduce(PatchSizes()) { $0.union(PatchSizes($1[block])) }
            })
    }

    /// A plan for the gradients of a PET, or of everything.
    static func training(
        _ configuration: ViTConfiguration, keeping: Keeping, patches: [BlockPatch?]
    ) -> GroupPlan {
        let firstPatched = patches.firstIndex { $0 != nil } ?? configuration.depth
        let firstKept: Int =
            switch keeping {
            case .nothing: configuration.depth
            case .patches: firstPatched
            case .everything: 0
            }
        return GroupPlan(
            configuration: configuration, output: .classToken, keeping: keeping,
            firstKept: firstKept, patches: patches.map { PatchSizes($0) })
    }

    /// Enough for the patch of any block.
    var largestPatch: PatchSizes { patches.reduce(PatchSizes()) { $0.union($1) } }

    /// Tokens of a picture in block `block`: those of the model and those that have joined.
    func tokens(ofBlock block: Int) -> Int {
        patches[...block].reduce(configuration.tokenCount) { $0 + $1.tokens }
    }

    /// The tokens of a picture that leave the last block.
    var leavingTokens: Int {
        output == .classToken ? 1 : tokens(ofBlock: configuration.depth - 1)
    }

    /// The sizes of one block's work on `pictures` pictures.
    func shape(ofBlock block: Int, pictures: Int) -> BlockShape {
        let isLast = block == configuration.depth - 1
        let tokens = tokens(ofBlock: block)
        return shape(
            tokens: tokens, queries: isLast ? leavingTokens : tokens, pictures: pictures)
    }

    /// The sizes of the largest block.
    func largestShape(pictures: Int) -> BlockShape {
        let tokens = tokens(ofBlock: configuration.depth - 1)
        return shape(tokens: tokens, queries: tokens, pictures: pictures)
    }

    private func shape(tokens: Int, queries: Int, pictures: Int) -> BlockShape {
        BlockShape(
            pictures: pictures, tokens: tokens, queries: queries, width: configuration.width,
            heads: configuration.heads, headWidth: configuration.headWidth,
            mlpWidth: configuration.mlpWidth)
    }
}

/// What is kept of one group of pictures. `R` rows enter the blocks, `Q` leave the last.
struct GroupActivations {
    let firstKept: Int
    /// Of every block.
    private let shapes: [BlockShape]
    /// `[R, width]` for each block that keeps something: its input.
    private let inputs: [Matrix]
    /// One for each block that keeps something.
    private let blocks: [BlockCache]
    /// `[Q, width]`: what leaves the last block.
    let output: Matrix
    /// `[Q, 2]`.
    let outputStatistics: Matrix

    init(_ plan: GroupPlan, pictures: Int, in workspace: Workspace) {
        let depth = plan.configuration.depth
        let width = plan.configuration.width
        firstKept = plan.firstKept
        shapes = (0..<depth).map { plan.shape(ofBlock: $0, pictures: pictures) }
        inputs = shapes[plan.firstKept...].map { workspace.take($0.rows, width) }
        blocks = zip(shapes, plan.patches).dropFirst(plan.firstKept).map {
            BlockCache($0, keeping: plan.keeping, patch: $1, in: workspace)
        }
        let rows = plan.shape(ofBlock: depth - 1, pictures: pictures).queryRows
        output = workspace.take(rows, width)
        outputStatistics = workspace.take(rows, 2)
    }

    /// The input of block `index`, or the place of what leaves the last block.
    func input(_ index: Int, scratch: GroupScratch) -> Matrix {
        if index == shapes.count { return output }
        return index < firstKept
            ? scratch.passingInput.rows(0..<shapes[index].rows) : inputs[index - firstKept]
    }

    /// The memory of block `index`.
    func block(_ index: Int, scratch: GroupScratch) -> BlockCache {
        if index >= firstKept { return blocks[index - firstKept] }
        return (index == shapes.count - 1 ? scratch.passingLast : scratch.passing)
            .limited(to: shapes[index])
    }
}

/// Memory of one worker for the passes of one group; nothing in it outlives a pass.
struct GroupScratch {
    let block: BlockScratch
    /// `[R, width]`: the input and output of blocks that keep nothing; empty where all keep.
    let passingInput: Matrix
    /// The caches of blocks that keep nothing. They share memory: one is used at a time.
    let passing: BlockCache
    let passingLast: BlockCache
    /// `[patches, patchLength]`.
    let patches: Matrix
    /// `[Q, width]` and `[R, width]`: running gradients; empty where nothing is kept.
    let dOutput: Matrix
    let dInput: Matrix

    init(_ plan: GroupPlan, pictures: Int, in workspace: Workspace) {
        let depth = plan.configuration.depth
        let width = plan.configuration.width
        let full = plan.largestShape(pictures: pictures)
        let last = plan.shape(ofBlock: depth - 1, pictures: pictures)
        let backward = plan.keeping == .nothing ? 0 : 1
        let patch = plan.largestPatch
        block = BlockScratch(full, keeping: plan.keeping, patch: patch, in: workspace)
        // No picture passes where every block keeps its activations.
        let passes = plan.firstKept > 0
        passingInput = workspace.take(passes ? full.rows : 0, width)
        (passing, passingLast) = workspace.takeOverlapping(
            {
                BlockCache(
                    passes ? full : full.empty, keeping: .nothing, patch: patch, in: $0)
            },
            {
                BlockCache(
                    passes ? last : last.empty, keeping: .nothing, patch: patch, in: $0)
            })
        patches = workspace.take(
            plan.configuration.patchCount, plan.configuration.patchLength)
        dOutput = workspace.take(backward * last.queryRows, width)
        dInput = workspace.take(backward * full.rows, width)
    }
}
