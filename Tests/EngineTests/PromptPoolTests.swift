import Engine
import TestSupport
import Testing

/// Prompts that each picture chooses from a pool.
@Suite struct PromptPoolTests {
    private static let prefix = PromptPool(
        size: 4, length: 2, topK: 2, insertion: .prefix(blocks: [1, 2]),
        general: .init(length: 3, blocks: [0]))
    private static let tokens = PromptPool(
        size: 4, length: 2, topK: 2, insertion: .tokens(block: 0))
    private static let lateTokens = PromptPool(
        size: 5, length: 1, topK: 3, insertion: .tokens(block: 1))
    private static let last = PromptPool(
        size: 3, length: 2, topK: 1, insertion: .prefix(blocks: [2]))
    static let pools = [prefix, tokens, lateTokens, last]

    private func queries(_ small: SmallModel) -> Tensor {
        small.model.features(small.images, pet: nil, workers: Workers(threads: 1))
    }

    private func trainer(
        _ small: SmallModel, _ pool: PromptPool, _ matching: PoolMatching, threads: Int = 2,
        scope: Trainer.Scope = .petAndHead
    ) -> Trainer {
        Trainer(
            backbone: small.model, pet: small.pet(pool), head: small.head, scope: scope,
            optimizer: .adam, clipNorm: 1, matching: matching, workers: Workers(threads: threads))
    }

    private func batch(_ small: SmallModel) -> Trainer.Batch {
        Trainer.Batch(images: small.images, labels: small.labels, queries: queries(small))
    }

    /// Features, loss and every gradient against the plain model in double.
    @Test(arguments: 0..<4, [Trainer.Scope.petAndHead, .everything])
    func gradientsMatchThePlainModel(index: Int, scope: Trainer.Scope) throws {
        try expectPlainGradients(Self.pools[index], scope, .correct)
    }

    @Test(arguments: [0, 3], [Trainer.Scope.petAndHead, .everything])
    func gradientsOfTheLegacyReshapeMatchThePlainModel(index: Int, scope: Trainer.Scope) throws {
        try expectPlainGradients(Self.pools[index], scope, .legacyReshape)
    }

    private func expectPlainGradients(
        _ pool: PromptPool, _ scope: Trainer.Scope, _ layout: PoolSelection.Layout
    ) throws {
        let small = try SmallModel()
        let matching = PoolMatching(rule: .instance, layout: layout, pull: 0.5)
        let batch = batch(small)
        let queries = queries(small)
        let found = trainer(small, pool, matching, scope: scope).gradientsWithoutUpdate([batch])
        let pet = small.pet(pool)
        let keys = try #require(pet.parameters["e_prompt.prompt_key"])
        let selection = matching.selection(queries: queries, keys: keys, count: pool.topK)
        #expect(Set(selection.entries.joined()).count > 1, "\(selection.entries)")
        var plainPool = PlainPool(pool, selection)
        plainPool.pull = PlainKeyPull(
            weight: 0.5,
            queries: PlainMatrix(
                rows: queries.shape[0], columns: queries.shape[1],
                queries.values.map(Double.init)))
        let plain = PlainModel(
            small.configuration,
            [small.weights.parameters, small.head.parameters, pet.parameters],
            pets: [.pool(plainPool)])
        let objective = PlainModel.Objective(labels: batch.labels)
        expectClose(
            found.crossEntropy, plain.losses(small.images, objective).crossEntropy, 1e-5, "loss")
        let expected = plain.gradients(small.images, objective)
        for (name, gradient) in zip(found.gradients.names, found.gradients.tensors) {
            expectGradient(gradient, expected.vector(name), name)
        }
        let features = small.model.features(
            small.images, pet: pet, selection: selection, workers: Workers(threads: 2))
        let plainFeatures = plain.features(small.images).values.map { Float($0) }
        expectClose(features, Tensor(shape: features.shape, plainFeatures), 1e-5, "features")
    }

    @Test func oneEntryForAllIsThePromptItself() throws {
        let small = try SmallModel()
        let pool = PromptPool(
            size: 3, length: 4, topK: 1, insertion: .prefix(blocks: [0, 2]))
        let pet = small.pet(pool)
        let whole = try #require(pet.parameters["e_prompt.prompt"])
        let size = whole.count / 3
        let prompt = PrefixPrompt(length: 4, blocks: [0, 2])
        let shape = prompt.parameterShapes(for: small.configuration)[0].shape
        let single = PET(
            method: prompt,
            parameters: ParameterSet([
                (
                    "e_prompt.prompt",
                    Tensor(shape: shape, Array(whole.values[size..<2 * size]))
                )
            ]))
        let workers = Workers(threads: 2)
        let selection = PoolSelection(entries: small.labels.map { _ in [1] })
        #expect(
            small.model.features(small.images, pet: pet, selection: selection, workers: workers)
                == small.model.features(small.images, pet: single, workers: workers))

        let chosen = trainer(small, pool, PoolMatching(rule: .fixed([1])))
            .gradientsWithoutUpdate([batch(small)])
        let expected = small.trainer(single, .petAndHead).gradientsWithoutUpdate([small.batch])
        let gradient = try #require(chosen.gradients["e_prompt.prompt"]).values
        #expect(
            Array(gradient[size..<2 * size])
                == (try #require(expected.gradients["e_prompt.prompt"])).values)
        #expect(gradient[..<size].allSatisfy { $0 == 0 })
        #expect(gradient[(2 * size)...].allSatisfy { $0 == 0 })
        #expect(
            try #require(chosen.gradients["e_prompt.prompt_key"]).values.allSatisfy { $0 == 0 })
    }

    @Test(arguments: 0..<4)
    func anyNumberOfThreadsGivesTheSameBits(index: Int) throws {
        let small = try SmallModel(pictures: 23)
        let matching = PoolMatching(rule: .instance, pull: 0.5)
        let rates = Trainer.Rates(pet: 1e-2, head: 1e-2, backbone: 0)
        let states = try [1, 2, 3].map { threads in
            let trainer = trainer(small, Self.pools[index], matching, threads: threads)
            for _ in 0..<3 { _ = try trainer.step([batch(small), batch(small)], rates: rates) }
            return trainer.state
        }
        #expect(states[0] == states[1])
        #expect(states[0] == states[2])
    }

    @Test func aPictureReadsItsOwnEntriesWhateverItsNeighbours() throws {
        let small = try SmallModel()
        let pet = small.pet(Self.tokens)
        let entries = [[0, 1], [3, 2], [1, 1], [2, 0], [3, 1]]
        let workers = Workers(threads: 2)
        func features(_ entries: [[Int]]) -> Tensor {
            small.model.features(
                small.images, pet: pet, selection: PoolSelection(entries: entries),
                grouping: .single, workers: workers)
        }
        let together = features(entries).values
        let width = small.configuration.width
        for picture in entries.indices {
            let alone = features(entries.map { _ in entries[picture] }).values
            let range = picture * width..<(picture + 1) * width
            #expect(Array(alone[range]) == Array(together[range]))
        }
        #expect(together != features(entries.reversed()).values)
    }

    // MARK: Dealing out

    @Test func theLegacyReshapeDealsKeysAndValuesInPairs() {
        // Reference 17, fact 12: sample 0 gets (K0, K1), 1 (K2, K3), 2 (V0, V1), 3 (V2, V3).
        let selection = PoolSelection(
            entries: [[10], [11], [12], [13]], layout: .legacyReshape)
        let pairs = (0..<4).map { picture in
            [PoolSelection.Half.keys, .values].map { half in
                let source = selection.source(of: half, picture: picture, rank: 0)
                return (source.half == .keys ? "K" : "V") + "\(source.entry - 10)"
            }
        }
        #expect(pairs == [["K0", "K1"], ["K2", "K3"], ["V0", "V1"], ["V2", "V3"]])
        // An odd batch: the pair in the middle is a value for its own first half.
        let odd = PoolSelection(entries: [[0], [1], [2]], layout: .legacyReshape)
        let middle = [PoolSelection.Half.keys, .values].map {
            odd.source(of: $0, picture: 1, rank: 0)
        }
        #expect(middle[0].entry == 2 && middle[0].half == .keys)
        #expect(middle[1].entry == 0 && middle[1].half == .values)
    }

    @Test func theLegacyReshapeIsThePoolWithItsHalvesDealtOut() throws {
        let small = try SmallModel(pictures: 4)
        let pool = PromptPool(size: 4, length: 2, topK: 1, insertion: .prefix(blocks: [1]))
        let pet = small.pet(pool)
        let values = try #require(pet.parameters["e_prompt.prompt"])
        let half = values.count / 8
        func keys(_ entry: Int) -> ArraySlice<Float> {
            values.values[2 * entry * half..<(2 * entry + 1) * half]
        }
        func valuesOf(_ entry: Int) -> ArraySlice<Float> {
            values.values[(2 * entry + 1) * half..<(2 * entry + 2) * half]
        }
        var dealt = pet
        dealt.parameters["e_prompt.prompt"] = Tensor(
            shape: values.shape,
            Array(
                keys(0) + keys(1) + keys(2) + keys(3) + valuesOf(0) + valuesOf(1) + valuesOf(2)
                    + valuesOf(3)))
        let workers = Workers(threads: 1)
        let entries = [[0], [1], [2], [3]]
        let legacy = small.model.features(
            small.images, pet: pet,
            selection: PoolSelection(entries: entries, layout: .legacyReshape), workers: workers)
        #expect(
            legacy
                == small.model.features(
                    small.images, pet: dealt, selection: PoolSelection(entries: entries),
                    workers: workers))
    }

    @Test func theLegacyGradientFlowsToWhatWasRead() throws {
        // Of two pictures with the entries 0 and 1, picture 0 reads the keys of both, picture 1 the
        // values of both: nothing of entry 2.
        let small = try SmallModel(pictures: 2)
        let pool = PromptPool(size: 3, length: 2, topK: 1, insertion: .prefix(blocks: [0]))
        let width = small.configuration.width
        let queries = Tensor(
            shape: [2, width], (0..<2 * width).map { $0 == 0 || $0 == width + 1 ? 1 : 0 })
        var pet = small.pet(pool)
        pet.parameters["e_prompt.prompt_key"] = Tensor(
            shape: [3, width], (0..<3 * width).map { $0 % (width + 1) == 0 ? 1 : 0 })
        let trainer = Trainer(
            backbone: small.model, pet: pet, head: small.head, scope: .petAndHead,
            optimizer: .adam, clipNorm: nil,
            matching: PoolMatching(rule: .instance, layout: .legacyReshape),
            workers: Workers(threads: 1))
        let found = trainer.gradientsWithoutUpdate([
            Trainer.Batch(images: small.images, labels: small.labels, queries: queries)
        ])
        let gradient = try #require(found.gradients["e_prompt.prompt"])
        let entry = gradient.count / 3
        #expect(gradient.values[..<entry].contains { $0 != 0 })
        #expect(gradient.values[entry..<2 * entry].contains { $0 != 0 })
        #expect(gradient.values[(2 * entry)...].allSatisfy { $0 == 0 })
    }
}

extension PlainPool {
    /// The plain counterpart of an engine's pool.
    fileprivate init(_ pool: PromptPool, _ selection: PoolSelection) {
        self.init(size: pool.size, length: pool.length, selection: selection.entries)
        switch pool.insertion {
        case .prefix(let blocks): self.blocks = blocks
        case .tokens(let block): tokenBlock = block
        }
        general = pool.general.map { ($0.length, $0.blocks) }
        isDealtInPairs = selection.layout == .legacyReshape
    }
}
