/// A backbone, an optional PET and a head in the layout of the kernels, and which of them is trained.
final class TrainableModel {
    let configuration: ViTConfiguration
    /// The weights that passes read.
    let weights: FrozenParameters
    let backboneViews: Backbone<Frozen>
    /// The memory of the weights, where they are trained; nil where they are frozen.
    let trainedBackbone: ParameterVector?
    let pet: ParameterVector?
    let patches: [BlockPatch?]
    /// Weight and bias of the head, and the parameters of the mapping before it.
    let head: ParameterVector
    /// The mapping as it began; nil where there is none.
    let mapping: DenseNetwork?
    let scope: Trainer.Scope
    let trainsPET: Bool
    let classes: Int

    /// Shares the backbone's memory unless it is trained; copies the rest.
    init(
        backbone: VisionTransformer, pet: PET?, head: LinearHead, mapping: DenseNetwork?,
        scope: Trainer.Scope
    ) {
        configuration = backbone.configuration
        precondition(
            mapping != nil || head.weight.shape[1] == configuration.width,
            "head of \(head.weight.shape) on features of width \(configuration.width)")
        self.scope = scope
        trainsPET = scope != .headOnly && pet != nil
        trainedBackbone =
            scope == .everything ? ParameterVector(backbone.frozen.parameterSet) : nil
        weights = trainedBackbone.map { FrozenParameters(reading: $0) } ?? backbone.frozen
        backboneViews = Backbone(weights, configuration: configuration)
        self.pet = pet?.vector(for: configuration)
        patches =
            pet?.method.patches(for: configuration)
            ?? Array(repeating: nil, count: configuration.depth)
        let sets = [head.parameters] + (mapping.map { [$0.parameters] } ?? [])
        self.head = ParameterVector(
            ParameterSet(sets.flatMap { zip($0.names, $0.tensors).map { ($0, $1) } }))
        self.mapping = mapping
        classes = head.classCount
    }

    /// The trained vectors, in the order of their tensors.
    private var trained: [ParameterVector] {
        [trainedBackbone, trainsPET ? pet : nil, head].compactMap { $0 }
    }

    /// A copy of all trained tensors.
    var trainableParameters: ParameterSet {
        let sets = trained.map(\.parameterSet)
        return ParameterSet(sets.flatMap { zip($0.names, $0.tensors).map { ($0, $1) } })
    }

    /// Copies the trained tensors back from a set in the order of `trainableParameters`.
    func load(_ parameters: ParameterSet) {
        var next = 0
        for vector in trained {
            let count = vector.layout.names.count
            vector.load(parameters.tensors[next..<next + count])
            next += count
        }
    }

    /// A rate for each trained tensor; nil where it has no gradient.
    func rates(_ rates: Trainer.Rates) -> [Float?] {
        let backboneRates: [Float?] =
            trainedBackbone?.layout.names.map { _ in rates.backbone } ?? []
        let petRates: [Float?] = trainsPET ? (pet?.layout.names ?? []).map { _ in rates.pet } : []
        return backboneRates + petRates + head.layout.names.map { _ in rates.head }
    }

    /// How much of a step's forward pass the backward pass needs.
    var plan: GroupPlan {
        GroupPlan.training(
            configuration,
            keeping: Keeping(scope, hasPatches: pet != nil),
            patches: patches)
    }

    /// The backward pass makes this many partial sums: enough to keep some cores busy, few enough
    /// for memory. It follows from the scope alone, because it fixes the order of the sums.
    static func sumLimit(_ scope: Trainer.Scope) -> Int { scope == .everything ? 4 : 8 }
}
