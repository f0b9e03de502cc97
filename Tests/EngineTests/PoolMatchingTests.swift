import Engine
import TestSupport
import Testing

/// Who reads which entries of a pool, and what that costs.
@Suite struct PoolMatchingTests {
    private static let axes = Tensor(shape: [3, 3], [2, 0, 0, 0, 0.5, 0, 0, 0, 3])

    private func selection(
        _ rule: PoolMatching.Rule, _ queries: [[Float]], count: Int, keys: Tensor = axes
    ) -> [[Int]] {
        let tensor = Tensor(
            shape: [queries.count, queries[0].count], queries.flatMap { $0 })
        return PoolMatching(rule: rule).selection(queries: tensor, keys: keys, count: count).entries
    }

    @Test func eachPictureTakesTheMostSimilarKeysWhateverTheirLength() {
        // cos with the axes is the coordinate over the norm of the query.
        #expect(selection(.instance, [[1, 3, 2], [5, -1, 0]], count: 2) == [[1, 2], [0, 2]])
        // Equal similarities: the lower entry.
        #expect(selection(.instance, [[1, 1, 1], [0, 0, 0]], count: 2) == [[0, 1], [0, 1]])
    }

    @Test func aBatchTakesWhatMostOfItsPicturesChoose() {
        let queries: [[Float]] = [[0, 1, 0], [0, 0, 1], [0, 0, 2]]
        #expect(selection(.batch, queries, count: 1) == [[2], [2], [2]])
        // One vote each: the lower entry.
        #expect(selection(.batch, Array(queries[0..<2]), count: 1) == [[1], [1]])
    }

    @Test func givenEntriesAreReadByAll() {
        #expect(
            selection(.fixed([2, 0]), [[0, 1, 0], [1, 0, 0]], count: 2) == [[2, 0], [2, 0]])
    }

    @Test func aMaskReadsTheEntriesOfItsTaskWhileThereAreAny() {
        let pool = PromptPool(size: 10, length: 1, topK: 4, insertion: .tokens(block: 0))
        #expect(PoolMatching.mask(task: 0, in: pool) == .fixed([0, 1, 2, 3]))
        #expect(PoolMatching.mask(task: 1, in: pool) == .fixed([4, 5, 6, 7]))
        #expect(PoolMatching.mask(task: 2, in: pool) == nil)
    }

    @Test func thePullAndItsGradientMatchTheirDefinition() throws {
        let small = try SmallModel(pictures: 3)
        let pool = PromptPool(size: 4, length: 1, topK: 2, insertion: .prefix(blocks: [2]))
        let width = small.configuration.width
        let stream = RandomStream(seed: 2, name: "queries")
        let queries = SmallModel.random([3, width], 1, around: 0.1, stream)
        let matching = PoolMatching(rule: .instance, pull: 0.5)
        var pet = small.pet(pool)
        // One key shorter than the bound on norms, so that no unit vector is made of it.
        let short = pet.parameters.tensors[0].values.indices.filter { $0 / width == 3 }
        for index in short { pet.parameters.tensors[0].values[index] *= 1e-8 }
        func trainer(_ pet: PET) -> Trainer {
            Trainer(
                backbone: small.model, pet: pet, head: small.head, scope: .petAndHead,
                optimizer: .adam, clipNorm: nil, matching: matching, workers: Workers(threads: 1))
        }
        let batch = Trainer.Batch(images: small.images, labels: small.labels, queries: queries)
        let found = trainer(pet).gradientsWithoutUpdate([batch])
        let keys = pet.parameters.tensors[0].values.map(Double.init)
        let entries = matching.selection(
            queries: queries, keys: pet.parameters.tensors[0], count: 2
        ).entries

        /// -0.5 · mean over pictures of the sum of cosines, from the definition.
        func pull(_ keys: [Double]) -> Double {
            var total = 0.0
            for (picture, chosen) in entries.enumerated() {
                let query = queries.values[picture * width..<(picture + 1) * width].map(Double.init)
                for entry in chosen {
                    let key = keys[entry * width..<(entry + 1) * width]
                    func norm(_ values: some Sequence<Double>) -> Double {
                        max(values.reduce(0) { $0 + $1 * $1 }, 1e-12).squareRoot()
                    }
                    let dot = zip(query, key).reduce(0) { $0 + $1.0 * $1.1 }
                    total += dot / norm(query) / norm(key)
                }
            }
            return -0.5 * total / Double(entries.count)
        }
        let report = try trainer(pet).step([batch], rates: .init(pet: 0, head: 0, backbone: 0))
        expectClose(report.keyPull, pull(keys), 1e-6, "pull")
        expectClose(report.loss, report.crossEntropy + report.keyPull, 1e-12, "loss")
        let gradient = try #require(found.gradients["e_prompt.prompt_key"]).values
        #expect(gradient.contains { $0 != 0 })
        for index in keys.indices {
            // In steps small against the norm of the key, which is 1e-8 times the usual for one.
            let step = (index / width == 3 ? 1e-8 : 1) * 1e-5
            var moved = keys
            moved[index] += step
            let above = pull(moved)
            moved[index] -= 2 * step
            let slope = (above - pull(moved)) / (2 * step)
            let scale = index / width == 3 ? 1e6 : 1.0
            #expect(
                abs(Double(gradient[index]) - slope) < 1e-5 * scale,
                "\(index): \(gradient[index]), expected \(slope)")
        }
    }
}
