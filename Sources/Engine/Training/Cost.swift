// What a computation will cost, from sizes alone: arithmetic that cannot be avoided, and memory.

/// The least arithmetic of one picture, in floating point operations (a multiply-add counts two).
///
/// Only matrix products count. What nobody reads does not count either: the last block past its keys
/// and values for patches, gradients below the first trained block, weight gradients of frozen
/// weights.
public struct NecessaryOperations: Hashable, Sendable {
    /// Of the features.
    public let forward: Double
    /// Of the gradients.
    public let backward: Double

    /// Of a training step, for each picture.
    public var step: Double { forward + backward }

    /// Counts for one configuration.
    ///
    /// - Parameters:
    ///   - pet: the method that acts on the blocks, or nil.
    ///   - scope: what is trained; nil for inference.
    public init(
        _ configuration: ViTConfiguration, pet: (any PETMethod)? = nil,
        scope: Trainer.Scope? = nil
    ) {
        let patches =
            pet?.patches(for: configuration)
            ?? Array(repeating: nil, count: configuration.depth)
        let plan = GroupPlan.training(
            configuration, keeping: Keeping(scope, hasPatches: pet != nil), patches: patches)
        let embedding =
            2 * Double(configuration.patchCount * configuration.width * configuration.patchLength)
        var forward = embedding
        var backward = plan.keeping == .everything ? embedding : 0
        for block in 0..<configuration.depth {
            let cost = BlockCost(plan.shape(ofBlock: block, pictures: 1), patches[block])
            forward += cost.forward
            guard block >= plan.firstKept else { continue }
            let isLowest = block == plan.firstKept && plan.keeping != .everything
            backward += isLowest ? cost.lowestBackward : cost.backward
            if plan.keeping == .everything { backward += cost.linears }
        }
        self.forward = forward
        self.backward = backward
    }
}

extension Keeping {
    init(_ scope: Trainer.Scope?, hasPatches: Bool) {
        switch scope {
        case .everything: self = .everything
        case .petAndHead: self = hasPatches ? .patches : .nothing
        case .headOnly, nil: self = .nothing
        }
    }
}

/// Operations of one block on one picture.
private struct BlockCost {
    /// Each in the forward pass.
    private let inputProjection: Double
    private let outputProjection: Double
    private let mlp: Double
    /// On the tokens, and on the rows of a prefix.
    private let attention: Double
    private let prefixAttention: Double
    private let lowRank: Double
    private let bottleneck: Double
    private let wanted: AttentionGradients?

    init(_ shape: BlockShape, _ patch: BlockPatch?) {
        let width = Double(shape.width)
        let attentionWidth = Double(shape.attentionWidth)
        let tokens = Double(shape.tokens)
        let queries = Double(shape.queries)
        let sizes = PatchSizes(patch)
        inputProjection = 2 * width * attentionWidth * (2 * tokens + queries)
        outputProjection = 2 * queries * width * attentionWidth
        mlp = 4 * queries * width * Double(shape.mlpWidth)
        attention = 4 * queries * tokens * attentionWidth
        prefixAttention = 4 * queries * Double(sizes.prefix) * attentionWidth
        lowRank = 2 * tokens * (width + attentionWidth) * Double(sizes.ranks)
        bottleneck = 4 * queries * width * Double(sizes.bottleneck)
        wanted = patch?.attentionGradients
    }

    var linears: Double { inputProjection + outputProjection + mlp }

    var forward: Double { linears + attention + prefixAttention + lowRank + bottleneck }

    /// Four products for the two of attention, two for each of a linear with gradients.
    var backward: Double {
        linears + 2 * (attention + prefixAttention) + 2 * lowRank + 2 * bottleneck
    }

    /// In the first patched block only what its own parameters need; no gradient of its input.
    var lowestBackward: Double {
        switch wanted {
        case .all, .keysAndValues:
            backward - inputProjection - (attention + prefixAttention) / 2 - lowRank / 2
        case .prefix:
            // Of the attention: dP on tokens, and dP, dK and dV on the prefix.
            outputProjection + mlp + attention / 2 + 1.5 * prefixAttention + 2 * bottleneck
        case nil: mlp + 1.5 * bottleneck
        }
    }
}

extension VisionTransformer {
    /// What the memory of sizes that no machine has comes to: their exact sum may overflow.
    public static let uncountableBytes = 1 << 62

    /// Whether the floats for pictures in a model can be added up in whole numbers: a bound, far above the
    /// sum, is small enough.
    private static func isCountable(_ plan: GroupPlan, pictures: Int) -> Bool {
        var floats = 0.0
        for (block, sizes) in plan.patches.enumerated() {
            let shape = plan.shape(ofBlock: block, pictures: 1)
            let rows = Double(shape.tokens) + Double(sizes.prefix)
            let widths =
                Double(shape.width) + Double(shape.attentionWidth) + Double(shape.mlpWidth)
                + Double(sizes.ranks) + Double(sizes.bottleneck)
            floats += rows * (widths + Double(plan.configuration.heads) * rows)
        }
        return 64 * floats * Double(max(pictures, 1)) < 0x1p58
    }

    /// Bytes that feature extraction takes at its peak: weights, pictures, features and scratch.
    public static func peakFeatureBytes(
        _ configuration: ViTConfiguration, pictures: Int, pet: (any PETMethod)? = nil,
        grouping: PictureGrouping = .automatic, threads: Int
    ) -> Int {
        let patches =
            pet?.patches(for: configuration)
            ?? Array(repeating: nil, count: configuration.depth)
        let plan = GroupPlan.inference(configuration, output: .classToken, slots: [patches])
        let group = min(pictures, grouping.pictures(configuration))
        guard isCountable(plan, pictures: max(group, threads)) else {
            return uncountableBytes
        }
        let scratch = Workspace.measured { InferenceScratch.views(plan, group, $0) }
        let floats =
            ViTWeights.parameterCount(configuration) + threads * scratch
            + pictures * (configuration.pictureLength + configuration.width)
        return floats * MemoryLayout<Float>.stride
    }

    /// Bytes that training takes at its peak: weights, activations of a batch, scratch, gradients and
    /// Adam's moments, and the pictures of all replicas.
    public static func peakTrainingBytes(
        _ configuration: ViTConfiguration, batch: Int, replicas: Int = 1,
        pet: (any PETMethod)?, scope: Trainer.Scope, classes: Int, threads: Int
    ) -> Int {
        let patches =
            pet?.patches(for: configuration)
            ?? Array(repeating: nil, count: configuration.depth)
        let plan = GroupPlan.training(
            configuration, keeping: Keeping(scope, hasPatches: pet != nil), patches: patches)
        guard isCountable(plan, pictures: max(batch, threads)) else {
            return uncountableBytes
        }
        let groups = PictureGrouping.automatic.groups(of: batch, configuration)
        let kept = Workspace.measured { StepMemory.views(plan, groups, in: $0) }
        let scratch = Workspace.measured {
            GroupScratch(plan, pictures: groups.first?.count ?? 0, in: $0)
        }
        let weights = ViTWeights.parameterCount(configuration)
        let petCount =
            scope == .headOnly
            ? 0
            : pet?.parameterShapes(for: configuration)
                .reduce(0) { $0 + $1.shape.reduce(1, *) } ?? 0
        let body = (scope == .everything ? weights : 0) + petCount
        let head = classes * (configuration.width + 1)
        let sums = min(groups.count, TrainableModel.sumLimit(scope))
        // Vector, parameter set, gradients and two moments of what is trained, and its partial sums.
        let trained = (5 + sums) * body + 6 * head
        let pictures = replicas * batch * configuration.pictureLength
        let floats = weights + kept + threads * scratch + trained + pictures
        return floats * MemoryLayout<Float>.stride
    }
}
