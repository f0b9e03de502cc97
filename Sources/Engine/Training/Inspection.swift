// What happens between pictures and features, for tests that compare layer by layer.

extension Tensor {
    /// A copy of a view.
    init(copying matrix: Matrix) {
        self.init(zeros: [matrix.rows, matrix.columns])
        withMutableMatrix(rows: matrix.rows) { $0.copy(from: matrix) }
    }
}

extension VisionTransformer {
    /// Computes all tokens after the embedding, with positions, and after each block, all pictures in
    /// one group.
    ///
    /// - Returns: `depth + 1` tensors `[B · tokens, width]`.
    package func tokensByBlock(_ images: Tensor, pet: PET?) -> [Tensor] {
        let pictures = count(images)
        let backbone = Backbone<Frozen>(frozen, configuration: configuration)
        let patches = bind(pet)
        let plan = GroupPlan.inference(
            configuration, output: .allTokens, slots: [patches.map { $0?.patch }])
        let (workspace, (activations, memory)) = Workspace.planned {
            InferenceScratch.views(plan, pictures, $0)
        }
        defer { withExtendedLifetime(workspace) {} }
        var features = Tensor(zeros: [pictures * configuration.tokenCount, configuration.width])
        var outputs: [Tensor] = []
        images.withMatrix(rows: pictures) { images in
            features.withMutableMatrix(rows: pictures * configuration.tokenCount) { features in
                backbone.forward(
                    images, patches: patches, activations: activations, scratch: memory,
                    into: features, observe: { outputs.append(Tensor(copying: $1)) })
            }
        }
        return outputs
    }
}

extension Trainer {
    /// Computes the gradient of the loss with respect to the output of each block that the backward
    /// pass reaches; the trainer's gradients are those of the batch afterwards.
    ///
    /// - Returns: by block; `[B · tokens, width]`, of the last block `[B, width]`.
    package func gradientsByBlock(_ batch: Batch) -> [Int: Tensor] {
        var parts: [Int: [Tensor]] = [:]
        observeGradient = { parts[$0, default: []].append($1) }
        defer { observeGradient = nil }
        _ = computeGradients([batch])
        return parts.mapValues { parts in
            let rows = parts.reduce(0) { $0 + $1.shape[0] }
            return Tensor(shape: [rows, configuration.width], parts.flatMap(\.values))
        }
    }
}
