/// A vision transformer with frozen weights in the memory of the process: pictures to features.
///
/// Copies share the weights.
package struct VisionTransformer: Sendable {
    /// The sizes.
    package let configuration: ViTConfiguration
    let frozen: FrozenParameters

    /// Copies the weights.
    package init(_ weights: ViTWeights) {
        configuration = weights.configuration
        frozen = FrozenParameters(weights.parameters)
    }

    /// Computes the class token after the final norm.
    ///
    /// Only the class token leaves the last block: its queries, projection and MLP run for one token.
    ///
    /// - Parameters:
    ///   - images: `[B, channels, size, size]`.
    ///   - pet: one set of parameters for all pictures, or nil.
    ///   - selection: the entries of a `PromptPool` that each picture reads; nil for other methods.
    ///   - grouping: pictures in one product.
    /// - Returns: `[B, width]`, the same bits for any number of threads.
    package func features(
        _ images: Tensor, pet: PET?, selection: PoolSelection? = nil,
        grouping: PictureGrouping = .automatic, workers: Workers
    ) -> Tensor {
        precondition(
            selection.map { $0.entries.count == count(images) } ?? true,
            "a selection for \(selection?.entries.count ?? 0) of \(count(images)) pictures")
        return run(
            images, groups: grouping.groups(of: count(images), configuration),
            pets: [pet], petOf: { _ in 0 }, selection: selection, output: .classToken,
            workers: workers)
    }

    /// Computes the class token after the final norm, with a slot for each picture, one picture a
    /// product: a picture's bits depend on itself and its slot alone.
    ///
    /// - Parameters:
    ///   - images: `[B, channels, size, size]`.
    ///   - slots: the PETs of the model.
    ///   - slotOf: for each picture the index of its slot.
    /// - Returns: `[B, width]`.
    package func features(
        _ images: Tensor, slots: [PET], slotOf: [Int], workers: Workers
    ) -> Tensor {
        precondition(
            slotOf.count == count(images) && slotOf.allSatisfy(slots.indices.contains),
            "slots \(slotOf) of \(slots.count) for \(images.shape)")
        return run(
            images, groups: PictureGrouping.single.groups(of: slotOf.count, configuration),
            pets: slots, petOf: { slotOf[$0.lowerBound] }, output: .classToken,
            workers: workers)
    }

    /// Computes all tokens after the final norm.
    ///
    /// - Parameter images: `[B, channels, size, size]`.
    /// - Returns: `[B, tokens, width]`, the class token first, tokens of a prompt last.
    package func tokens(
        _ images: Tensor, pet: PET?, grouping: PictureGrouping = .automatic, workers: Workers
    ) -> Tensor {
        run(
            images, groups: grouping.groups(of: count(images), configuration),
            pets: [pet], petOf: { _ in 0 }, output: .allTokens, workers: workers)
    }

    /// The number of pictures.
    ///
    /// - Precondition: their shape is that of the configuration.
    func count(_ images: Tensor) -> Int {
        let size = configuration.imageSize
        precondition(
            images.shape.count == 4
                && images.shape[1...] == [configuration.channels, size, size],
            "pictures \(images.shape) for \(configuration.channels) channels of \(size) pixels")
        return images.shape[0]
    }

    private func run(
        _ images: Tensor, groups: [Range<Int>], pets: [PET?],
        petOf: (Range<Int>) -> Int, selection: PoolSelection? = nil, output: GroupPlan.Output,
        workers: Workers
    ) -> Tensor {
        let backbone = Backbone<Frozen>(frozen, configuration: configuration)
        let bound = pets.map { bind($0) }
        let plan = GroupPlan.inference(
            configuration, output: output, slots: bound.map { $0.map { $0?.patch } })
        let scratch = InferenceScratch.each(plan, pictures: groups.first?.count ?? 0)
        let pictureCount = count(images)
        let tokens = plan.leavingTokens
        var result = Tensor(
            zeros: output == .classToken
                ? [pictureCount, configuration.width] : [pictureCount, tokens, configuration.width])
        images.withMatrix(rows: pictureCount) { pictures in
            result.withMutableMatrix(rows: pictureCount * tokens) { features in
                workers.run(groups.count, with: scratch) { item, scratch in
                    let group = groups[item]
                    let (activations, memory) = scratch.views(pictures: group.count)
                    backbone.forward(
                        pictures.rows(group),
                        patches: bound[petOf(group)].choosing(selection, from: group.lowerBound),
                        activations: activations, scratch: memory,
                        into: features.rows(
                            group.lowerBound * tokens..<group.upperBound * tokens))
                }
            }
        }
        return result
    }

    func bind(_ pet: PET?) -> [BoundPatch?] {
        guard let pet else { return Array(repeating: nil, count: configuration.depth) }
        return BoundPatch.all(
            pet.method.patches(for: configuration), parameters: pet.vector(for: configuration))
    }
}

extension PET {
    /// The parameters in the layout that the kernels read.
    ///
    /// - Precondition: names and shapes are those of the method.
    func vector(for configuration: ViTConfiguration) -> ParameterVector {
        let expected = method.parameterShapes(for: configuration)
        precondition(
            parameters.names == expected.map(\.name)
                && parameters.tensors.map(\.shape) == expected.map(\.shape),
            "parameters \(zip(parameters.names, parameters.tensors.map(\.shape))) for \(expected)")
        return ParameterVector(parameters)
    }
}

/// The memory of one worker, large enough for groups of a number of pictures.
final class InferenceScratch {
    private let plan: GroupPlan
    private let workspace: Workspace

    private init(_ plan: GroupPlan, capacity: Int) {
        self.plan = plan
        workspace = Workspace(capacity: capacity)
    }

    /// Memory of all workers, for groups of at most `pictures` pictures.
    static func each(_ plan: GroupPlan, pictures: Int) -> PerWorker<InferenceScratch> {
        let capacity = Workspace.measured { views(plan, pictures, $0) }
        return PerWorker { InferenceScratch(plan, capacity: capacity) }
    }

    /// Views for a group; earlier ones are no longer valid.
    func views(pictures: Int) -> (activations: GroupActivations, memory: GroupScratch) {
        workspace.reset()
        return Self.views(plan, pictures, workspace)
    }

    static func views(
        _ plan: GroupPlan, _ pictures: Int, _ workspace: Workspace
    ) -> (activations: GroupActivations, memory: GroupScratch) {
        (
            GroupActivations(plan, pictures: pictures, in: workspace),
            GroupScratch(plan, pictures: pictures, in: workspace)
        )
    }
}
