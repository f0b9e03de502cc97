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
            forward += cost.linears + cost.attention + cost.patch
            guard block >= plan.firstKept else { continue }
            let isLowest = block == plan.firstKept && plan.keeping != .everything
            // Four products for the two of attention; the first patched block needs neither the
            // queries' gradient nor its input's.
            backward += cost.linears + 2 * cost.attention + 2 * cost.patch
            if isLowest { backward -= cost.inputProjection + cost.attention / 2 + cost.patch / 2 }
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
    let inputProjection: Double
    let linears: Double
    let attention: Double
    let patch: Double

    init(_ shape: BlockShape, _ patch: BlockPatch?) {
        let width = Double(shape.width)
        let tokens = Double(shape.tokens)
        let queries = Double(shape.queries)
        inputProjection = 2 * width * width * (2 * tokens + queries)
        linears = inputProjection + 2 * queries * width * (width + 2 * Double(shape.mlpWidth))
        attention = 4 * queries * tokens * width
        self.patch = 4 * tokens * width * Double(patch?.totalRank ?? 0)
    }
}

extension VisionTransformer {
    /// Bytes that feature extraction takes at its peak: weights, pictures, features and scratch.
    public static func peakFeatureBytes(
        _ configuration: ViTConfiguration, pictures: Int, pet: (any PETMethod)? = nil,
        grouping: PictureGrouping = .automatic, threads: Int
    ) -> Int {
        let patches =
            pet?.patches(for: configuration)
            ?? Array(repeating: nil, count: configuration.depth)
        let plan = GroupPlan.inference(configuration, output: .classToken, patches: patches)
        let group = min(pictures, grouping.pictures(configuration))
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
