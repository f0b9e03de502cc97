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
