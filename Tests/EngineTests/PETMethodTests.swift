import Engine
import TestSupport
import Testing

@Suite struct PETMethodTests {
    private static let blocks = [0, 1, 2, 3, 4]

    @Test func parameterCountsAreThoseOfTheReference() {
        // Reference 17, fact 17, and per unit of rank: 2 products of two factors, 5 blocks.
        func count(_ method: some PETMethod) -> Int { method.parameterCount(for: .base16) }
        #expect(count(LoRA(rank: 1, blocks: Self.blocks)) == 15_360)
        #expect(count(LoRA(rank: 5, blocks: Self.blocks)) == 76_800)
        #expect(count(Adapter(bottleneck: 5, blocks: Self.blocks)) == 42_265)
        #expect(count(PrefixPrompt(length: 20, blocks: Self.blocks)) == 153_600)
    }

    @Test func impossibleMethodsAreNamed() throws {
        func message(_ method: some PETMethod) -> String? {
            #expect(throws: PETError.self) { try method.check(for: .base16) }?.description
        }
        let problem = "block 12 does not exist in a model of 12 blocks, 0 to 11"
        #expect(message(LoRA(rank: 5, blocks: [3, 12])) == problem)
        #expect(message(Adapter(bottleneck: 5, blocks: [12])) == problem)
        #expect(message(PrefixPrompt(length: 5, blocks: [11, 12])) == problem)
        try Adapter(bottleneck: 5, blocks: [0, 11]).check(for: .base16)
        #expect(
            PETError.notPositive(name: "rank", value: 0).description
                == "rank must be positive, not 0")
        #expect(
            PETError.blocksNotAscending(2, 1).description == "blocks must ascend, but 1 follows 2")
    }

    /// The logits of a small model with a method's initial parameters, and without it.
    private func logits(_ method: some PETMethod) throws -> (with: Tensor, without: Tensor) {
        let small = try SmallModel()
        let initial = PET(
            initial: method, for: small.configuration, stream: RandomStream(seed: 3, name: "test"))
        #expect(initial.parameters.tensors.contains { $0.values.contains { $0 != 0 } })
        let features = [initial, nil].map {
            small.model.features(small.images, pet: $0, workers: Workers(threads: 2))
        }
        return (small.head.logits(features[0]), small.head.logits(features[1]))
    }

    @Test func freshLoRALeavesTheLogitsUnchangedToTheBit() throws {
        let logits = try logits(LoRA(rank: 3, blocks: [0, 1, 2]))
        #expect(logits.with == logits.without)
    }

    @Test func aFreshAdapterLeavesTheLogitsUnchangedToTheBit() throws {
        let logits = try logits(Adapter(bottleneck: 3, blocks: [0, 1, 2]))
        #expect(logits.with == logits.without)
    }

    @Test func aFreshPromptChangesTheLogits() throws {
        let logits = try logits(PrefixPrompt(length: 3, blocks: [1]))
        #expect(zip(logits.with.values, logits.without.values).allSatisfy { abs($0 - $1) > 1e-4 })
    }

    @Test func initialValuesFollowTheirDistributions() throws {
        let configuration = ViTConfiguration.quickstart
        let stream = RandomStream(seed: 5, name: "test")
        func initial(_ method: some PETMethod, _ name: String) throws -> [Float] {
            let set = method.initialParameters(for: configuration, stream: stream)
            #expect(set == method.initialParameters(for: configuration, stream: stream))
            return try #require(set[name]).values
        }
        func deviation(_ values: [Float]) -> Double {
            (values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)).squareRoot()
        }
        let a = try initial(LoRA(rank: 4, blocks: [0, 1, 2]), "lora_layer.v_lora_A")
        #expect(a.allSatisfy { abs($0) <= 0.5 } && a.contains { abs($0) > 0.49 })
        expectClose(deviation(a), 0.5 / 3.0.squareRoot(), 0.05, "LoRA")
        let down = try initial(Adapter(bottleneck: 5, blocks: [0, 1, 2]), "adapters.down_proj")
        expectClose(deviation(down), 1 / 15.0.squareRoot(), 0.05, "adapter")
        #expect(down.contains { abs($0) > 2 / Float(15).squareRoot() })
        for name in ["down_bias", "up_proj", "up_bias"] {
            let rest = try initial(Adapter(bottleneck: 5, blocks: [0]), "adapters.\(name)")
            #expect(rest.allSatisfy { $0 == 0 })
        }
        let prompt = try initial(PrefixPrompt(length: 20, blocks: [0, 2]), "e_prompt.prompt")
        #expect(prompt.allSatisfy { abs($0) <= 1 } && prompt.contains { $0 < -0.99 })
        expectClose(deviation(prompt), 1 / 3.0.squareRoot(), 0.05, "prompt")
    }

    @Test func mergingAveragesEveryTensor() throws {
        let small = try SmallModel()
        for method in SmallModel.methods(from: 0, depth: 3) {
            let sets = (0..<3).map { small.pet(method, "set \($0)") }
            let merged = PET.merged(sets[2], previous: Array(sets[0..<2]), share: 0.1)
            #expect(merged.parameters.names == sets[2].parameters.names)
            for index in merged.parameters.tensors.indices {
                let values = sets.map { $0.parameters.tensors[index].values }
                let expected = values[0].indices.map {
                    0.9 * values[2][$0] + 0.1 * (values[0][$0] + values[1][$0]) / 2
                }
                expectClose(
                    merged.parameters.tensors[index],
                    Tensor(shape: merged.parameters.tensors[index].shape, expected), 1e-6,
                    merged.parameters.names[index])
            }
        }
    }

    @Test func costsFollowWhatIsComputed() {
        // Of one picture of ViT-B/16: 197 tokens, width 768.
        func step(_ method: some PETMethod) -> NecessaryOperations {
            NecessaryOperations(.base16, pet: method, scope: .petAndHead)
        }
        let plain = NecessaryOperations(.base16)
        let adapter = step(Adapter(bottleneck: 5, blocks: Self.blocks))
        expectClose(
            adapter.forward - plain.forward, 5 * 4 * 197 * 768 * 5, 1e-6, "adapter, forward")
        let prompt = step(PrefixPrompt(length: 20, blocks: Self.blocks))
        expectClose(
            prompt.forward - plain.forward, 5 * 4 * 197 * 20 * 768, 1e-6, "prompt, forward")
        // In block 0 an adapter stops before the attention, a prompt before its tokens.
        let lora = step(LoRA(rank: 5, blocks: Self.blocks))
        #expect(adapter.backward < prompt.backward && prompt.backward < lora.backward * 1.01)
        let last = step(Adapter(bottleneck: 5, blocks: [11]))
        // Only the class token: the MLP back, three of the bottleneck's four products.
        expectClose(last.backward, 4 * 768 * 3072 + 1.5 * 4 * 768 * 5, 1e-6, "last block")
    }
}
