import Engine
import TestSupport
import Testing

/// What dividing 192 pictures into replicas changes: nothing of the cross-entropy, and of the
/// contrastive term that it sees one replica at a time.
@Suite struct BatchEquivalenceTests {
    private static let methods: [any PETMethod] = [
        LoRA(rank: 2, blocks: [0, 1]), Adapter(bottleneck: 3, blocks: [0, 1]),
        PrefixPrompt(length: 3, blocks: [0, 1]),
    ]

    private let small: SmallModel

    init() throws {
        small = try SmallModel(
            imageSize: 8, patch: 4, width: 16, depth: 2, heads: 2, mlpWidth: 24, pictures: 192,
            classes: 12)
    }

    private func gradients(
        _ method: any PETMethod, _ batches: [Trainer.Batch], _ term: ContrastiveTerm? = nil
    ) -> (crossEntropy: Double, contrastive: Double, gradients: ParameterSet) {
        small.trainer(small.pet(method), .petAndHead, allowed: Array(0..<12), contrastive: term)
            .gradientsWithoutUpdate(batches)
    }

    /// The pictures in `replicas` batches, in order.
    private func divided(_ replicas: Int) -> [Trainer.Batch] {
        let size = small.labels.count / replicas
        return (0..<replicas).map { small.batch.pictures($0 * size..<($0 + 1) * size) }
    }

    @Test(arguments: 0..<3)
    func crossEntropyHasOneGradientHoweverPicturesAreDivided(kind: Int) {
        let whole = gradients(Self.methods[kind], divided(1))
        for replicas in [8, 24] {
            let found = gradients(Self.methods[kind], divided(replicas))
            expectClose(found.crossEntropy, whole.crossEntropy, 1e-6, "\(replicas) replicas")
            for (index, name) in whole.gradients.names.enumerated() {
                expectClose(
                    found.gradients.tensors[index], whole.gradients.tensors[index], 1e-5,
                    "\(replicas) replicas: \(name)")
            }
        }
    }

    @Test(arguments: 0..<3)
    func theContrastiveTermIsTheMeanOfItsReplicas(kind: Int) {
        let method = Self.methods[kind]
        let memory = SmallModel.random(
            [5, 16], 0.5, around: 0, RandomStream(seed: 2, name: "memory"))
        let term = ContrastiveTerm(weight: 0.4, memory: memory)
        let found = gradients(method, divided(8), term)
        let single = divided(8).map { gradients(method, [$0], term) }
        expectClose(
            found.contrastive, single.reduce(0) { $0 + $1.contrastive } / 8, 1e-6, "term")
        for (index, name) in found.gradients.names.enumerated() {
            let shape = found.gradients.tensors[index].shape
            let sums = single.reduce([Double](repeating: 0, count: shape.reduce(1, *))) {
                sums, one in
                zip(sums, one.gradients.tensors[index].values).map { $0 + Double($1) }
            }
            expectClose(
                found.gradients.tensors[index], Tensor(shape: shape, sums.map { Float($0 / 8) }),
                1e-5, name)
        }
        // One batch of all pictures is another term: each row is compared with 196 others.
        let whole = gradients(method, divided(1), term)
        #expect(abs(whole.contrastive / found.contrastive - 1) > 0.1)
    }
}
