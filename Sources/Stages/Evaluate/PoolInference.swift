import Engine
import Pipeline

/// How a model with a prompt pool sees a picture at test (Reference 11).
///
/// Inputs: those of the shared model that carries the pool (`EvaluatedModel`).
struct PoolInference: Encodable, Sendable {
    let pool: PromptPool
    /// Whether a batch votes for its entries; nil: every picture has its own.
    let isBatchwise: Bool?
    let layout: PoolSelection.Layout
    /// Whether each task owns entries; nil is no.
    let hasMask: Bool?
    /// Whether entries of tasks to come are left out; nil: all keys compete, random ones too.
    let hidesFutureKeys: Bool?
    /// Pictures of a batch, where they see each other; nil where they do not.
    let batchSize: Int?

    // The model's PET names the pool.
    enum CodingKeys: CodingKey { case isBatchwise, layout, hasMask, hidesFutureKeys, batchSize }

    /// - Parameter batchSize: pictures of a batch.
    init(_ pool: PromptPool, _ use: PoolUse, batchSize: Int) {
        self.pool = pool
        isBatchwise = use.isBatchwise ? true : nil
        layout = use.layout
        hasMask = use.hasMask ? true : nil
        hidesFutureKeys = use.hidesFutureKeys ? true : nil
        // The legacy layout deals out prompts of other pictures of the batch.
        self.batchSize = use.isBatchwise || layout == .legacyReshape ? batchSize : nil
    }

    /// Sees all pictures. The task inferred is that of the most similar entry where tasks own entries,
    /// else that of the most probable class seen.
    func outcome(
        _ lens: Lens, of model: EvaluatedModel, task: Int
    ) throws -> EvaluateTask.Outcome {
        let scene = lens.scene
        let parameters = try scene.context.input("pet").parameters(in: "pet")
        let competing = hidesFutureKeys == true ? (task + 1) * pool.topK : pool.size
        let keys = pool.keys(parameters).rows(Array(0..<competing))
        let batches = batchSize.map(scene.batches)
        let selection = selection(
            queries: try lens.features(.none, role: ""), keys: keys,
            batches: batches ?? [0..<scene.entries.count])
        let features = try lens.features(
            model.pet, PET(method: pool, parameters: parameters), selection,
            competing: competing, batches: batches)
        let logits = try model.heads(scene, task: task, prefix: "").logits(features)
        let inferred =
            hasMask == true
            ? selection.entries.map { $0[0] / pool.topK } : scene.tasks(of: logits.after)
        return EvaluateTask.Outcome(
            logits: logits, inferred: inferred, inferredBefore: inferred)
    }

    /// The entries of all pictures, batch by batch.
    ///
    /// - Parameters:
    ///   - queries: `[n, D]`.
    ///   - keys: `[entries that compete, D]`.
    private func selection(
        queries: Tensor, keys: Tensor, batches: [Range<Int>]
    ) -> PoolSelection {
        let matching = PoolMatching(rule: isBatchwise == true ? .batch : .instance)
        let entries = batches.flatMap {
            matching.selection(queries: queries.rows(Array($0)), keys: keys, count: pool.topK)
                .entries
        }
        return PoolSelection(entries: entries, layout: layout)
    }
}

extension PromptPoolOutput {
    /// How the model sees pictures at test, in batches as large as those of training.
    var inference: PoolInference { PoolInference(pool, use, batchSize: model.batchSize) }
}

extension PoolSelection {
    /// What these pictures read, as a batch of their own.
    func pictures(_ indices: [Int]) -> PoolSelection {
        PoolSelection(entries: indices.map { entries[$0] }, layout: layout)
    }
}
