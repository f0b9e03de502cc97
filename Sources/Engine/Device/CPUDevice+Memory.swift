// What the groups of pictures and the threads of a processor take of memory.

extension CPUDevice {
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
        _ configuration: ViTConfiguration, pictures: Int, pet: (any PETMethod)? = nil, threads: Int
    ) -> Int {
        let patches =
            pet?.patches(for: configuration)
            ?? Array(repeating: nil, count: configuration.depth)
        let plan = GroupPlan.inference(configuration, output: .classToken, slots: [patches])
        let group = min(pictures, PictureGrouping.automatic.pictures(configuration))
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
