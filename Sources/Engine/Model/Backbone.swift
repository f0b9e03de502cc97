/// Views of all weights of a vision transformer, with its passes over one group of pictures, or of the
/// sums of their gradients.
///
/// A value keeps the store alive that its views look into.
struct Backbone<Role: LayerRole> {
    let configuration: ViTConfiguration
    let embedding: PatchEmbedding<Role>
    let blocks: [TransformerBlock<Role>]
    /// Nil where the features are not normalised.
    let norm: LayerNorm<Role>?
    private let store: Role.Store

    /// Looks into a store with the layout of `ViTWeights.expectedShapes`.
    init(_ store: Role.Store, configuration: ViTConfiguration) {
        self.store = store
        self.configuration = configuration
        let width = configuration.width
        let attention = configuration.attentionWidth
        let hidden = configuration.mlpWidth
        var next = 0
        func take(_ rows: Int, _ columns: Int) -> Role.Values {
            defer { next += 1 }
            return Role.values(next, rows: rows, columns: columns, in: store)
        }
        func linear(_ outputs: Int, _ inputs: Int, hasBias: Bool = true) -> Linear<Role> {
            let weight = Role.weight(next, rows: outputs, columns: inputs, in: store)
            next += 1
            return Linear(weight: weight, bias: hasBias ? take(1, outputs) : nil)
        }
        func norm() -> LayerNorm<Role> {
            LayerNorm(
                weight: take(1, width), bias: take(1, width),
                epsilon: Float(configuration.layerNormEpsilon))
        }
        embedding = PatchEmbedding(
            configuration: configuration, classToken: take(1, width),
            positions: take(configuration.tokenCount, width),
            projection: linear(width, configuration.patchLength))
        blocks = (0..<configuration.depth).map { _ in
            TransformerBlock(
                norm1: norm(),
                qkv: linear(3 * attention, width, hasBias: configuration.hasQKVBias),
                projection: linear(width, attention), norm2: norm(), fc1: linear(hidden, width),
                fc2: linear(width, hidden), activation: configuration.activation)
        }
        self.norm = configuration.hasFinalNorm ? norm() : nil
    }
}

extension Backbone<Frozen> {
    /// Runs the group forward.
    ///
    /// - Parameters:
    ///   - pictures: `[pictures, channels · size · size]`.
    ///   - patches: what a PET adds to each block.
    ///   - activations: written.
    ///   - features: `[Q, width]`, written: the leaving tokens after the final norm, if there is one.
    ///   - observe: called with -1 and the embedded tokens, then after block `i` with its output.
    func forward(
        _ pictures: Matrix, patches: [BoundPatch?], activations: GroupActivations,
        scratch: GroupScratch, into features: Matrix,
        observe: (Int, Matrix) -> Void = { _, _ in }
    ) {
        var x = activations.input(0, scratch: scratch)
        let embedded = x.rows(0..<pictures.rows * configuration.tokenCount)
        embedding.forward(pictures, into: embedded, patches: scratch.patches)
        observe(-1, embedded)
        for index in blocks.indices {
            patches[index]?.insertTokens(into: x, pictures: pictures.rows)
            let cache = activations.block(index, scratch: scratch)
            let next = activations.input(index + 1, scratch: scratch)
            let y = next.rows(0..<cache.shape.queryRows)
            blocks[index].forward(
                x, patch: patches[index], cache: cache, scratch: scratch.block, into: y)
            observe(index, y)
            x = next
        }
        guard let norm else { return features.copy(from: x) }
        norm.forward(x, into: features, statistics: activations.outputStatistics)
    }

    /// Takes the gradient of the features back, down to the first block whose activations were kept.
    ///
    /// - Parameters:
    ///   - dFeatures: `[Q, width]`.
    ///   - gradients: where the gradients of all weights are summed; nil for frozen weights.
    ///   - observe: called with the gradient of block `i`'s output, `[Q, width]`.
    func backward(
        _ dFeatures: Matrix, pictures: Matrix, patches: [BoundPatch?],
        activations: GroupActivations, scratch: GroupScratch, gradients: Backbone<Gradient>?,
        observe: (Int, Matrix) -> Void = { _, _ in }
    ) {
        var dy = scratch.dOutput
        backwardNorm(dFeatures, activations: activations, gradients: gradients, into: dy)
        let first = activations.firstKept
        for index in (first..<blocks.count).reversed() {
            observe(index, dy)
            let patch = patches[index]
            let isLowest = index == first && gradients == nil && patch?.patch.tokens == nil
            let cache = activations.block(index, scratch: scratch)
            let dInput =
                index == blocks.count - 1 ? scratch.dInput.rows(0..<cache.shape.rows) : dy
            blocks[index].backward(
                dy, x: activations.input(index, scratch: scratch), patch: patch, cache: cache,
                scratch: scratch.block, gradients: gradients?.blocks[index],
                into: isLowest ? nil : dInput)
            if isLowest { continue }
            patch?.removeTokens(from: dInput, pictures: pictures.rows)
            dy = dInput.rows(
                0..<dInput.rows - pictures.rows * (patch?.patch.tokens?.rows ?? 0))
        }
        gradients?.embedding.add(pictures, dy, patches: scratch.patches)
    }

    /// `f = norm(y)`, or y itself: writes dy.
    private func backwardNorm(
        _ dFeatures: Matrix, activations: GroupActivations, gradients: Backbone<Gradient>?,
        into dy: Matrix
    ) {
        guard let norm else { return dy.copy(from: dFeatures) }
        dy.clear()
        let (y, statistics) = (activations.output, activations.outputStatistics)
        norm.backward(y, statistics: statistics, dFeatures, addingTo: dy)
        gradients?.norm?.add(y, statistics: statistics, dFeatures)
    }
}
