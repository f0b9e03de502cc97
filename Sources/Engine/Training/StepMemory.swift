/// All memory of a training step, allocated for the largest batch seen and used again.
final class StepMemory {
    private let model: TrainableModel
    private let plan: GroupPlan
    private var kept = Workspace(capacity: 0)
    /// What each worker has for a pass over a group of at most `scratchPictures`.
    private(set) var scratch = PerWorker { Workspace(capacity: 0) }
    private var keptCapacity = 0
    private var scratchPictures = 0
    /// Sums of gradients; the first holds the total in the end.
    private(set) var sums: [GradientSums] = []
    /// The head's gradients, which one thread computes.
    let headGradients: ParameterVector

    /// The views of one pass over a batch, valid until the next.
    struct Views {
        /// `[B, width]` each.
        let features: Matrix
        let dFeatures: Matrix
        /// One for each group.
        let groups: [GroupActivations]
    }

    init(_ model: TrainableModel) {
        self.model = model
        plan = model.plan
        headGradients = ParameterVector(zeros: model.head.layout)
    }

    /// Makes room for a batch.
    func prepare(_ groups: [Range<Int>]) -> Views {
        let wanted = Workspace.measured { Self.views(plan, groups, in: $0) }
        if wanted > keptCapacity {
            // The old one is freed before the larger one is allocated.
            kept = Workspace(capacity: 0)
            kept = Workspace(capacity: wanted)
            keptCapacity = wanted
        }
        let pictures = groups.first?.count ?? 0
        if pictures > scratchPictures {
            let capacity = Workspace.measured {
                GroupScratch(plan, pictures: pictures, in: $0)
            }
            scratch = PerWorker { Workspace(capacity: capacity) }
            scratchPictures = pictures
        }
        kept.reset()
        return Self.views(plan, groups, in: kept)
    }

    /// The views of a pass over the groups of a batch.
    static func views(
        _ plan: GroupPlan, _ groups: [Range<Int>], in workspace: Workspace
    ) -> Views {
        let pictures = groups.last?.upperBound ?? 0
        let width = plan.configuration.width
        return Views(
            features: workspace.take(pictures, width), dFeatures: workspace.take(pictures, width),
            groups: groups.map {
                GroupActivations(plan, pictures: $0.count, in: workspace)
            })
    }

    /// A worker's memory for a pass over a group, valid until the worker's next.
    func views(of workspace: Workspace, pictures: Int) -> GroupScratch {
        workspace.reset()
        return GroupScratch(plan, pictures: pictures, in: workspace)
    }

    /// Sets all sums to zero, after making enough of them for a number of groups.
    func clearGradients(groups: Int) {
        let limit = TrainableModel.sumLimit(model.scope)
        let wanted = plan.keeping == .nothing ? 0 : min(groups, limit)
        while sums.count < wanted { sums.append(GradientSums(model)) }
        for sum in sums { sum.clear() }
        headGradients.clear()
    }
}

/// One sum of gradients over some groups of pictures.
struct GradientSums {
    let backbone: ParameterVector?
    let backboneViews: Backbone<Gradient>?
    let pet: ParameterVector?
    let patches: [BoundPatch?]

    init(_ model: TrainableModel) {
        backbone = model.trainedBackbone.map { ParameterVector(zeros: $0.layout) }
        backboneViews = backbone.map { Backbone($0, configuration: model.configuration) }
        pet = model.trainsPET ? model.pet.map { ParameterVector(zeros: $0.layout) } : nil
        if let parameters = model.pet {
            patches = BoundPatch.all(model.patches, parameters: parameters, gradients: pet)
        } else {
            patches = Array(repeating: nil, count: model.configuration.depth)
        }
    }

    /// Sets the sum to zero.
    func clear() {
        backbone?.clear()
        pet?.clear()
    }

    /// The summed vectors, in the order of the trained tensors.
    var vectors: [ParameterVector] { [backbone, pet].compactMap { $0 } }
}
