import Engine
import Testing

/// Training with a network between features and head.
@Suite struct MappedTrainerTests {
    private let small: SmallModel
    private let mapping: DenseNetwork
    private let pet: PET

    init() throws {
        small = try SmallModel(width: 12, depth: 2, mlpWidth: 16, pictures: 4)
        var mapping = DenseNetwork(
            DenseNetwork.mapping(structure: [2], width: 12), name: "mapping",
            stream: RandomStream(seed: 2, name: "mapping"))
        for (index, name) in mapping.parameters.names.enumerated() {
            mapping.parameters.tensors[index] = SmallModel.random(
                mapping.parameters.tensors[index].shape, 0.4, around: 0.1,
                RandomStream(seed: 2, name: name))
        }
        self.mapping = mapping
        pet = small.pet(LoRA(rank: 1, blocks: [1]))
    }

    private func trainer(
        _ pet: PET?, _ head: LinearHead, _ mapping: DenseNetwork, _ scope: Trainer.Scope
    ) -> Trainer {
        Trainer(
            backbone: small.model, pet: pet, head: head, mapping: mapping, scope: scope,
            optimizer: .adam, clipNorm: nil, workers: Workers(threads: 2))
    }

    /// What is trained.
    private struct Parts {
        var pet: PET
        var head: LinearHead
        var mapping: DenseNetwork
    }

    private func loss(_ parts: Parts) -> Double {
        trainer(parts.pet, parts.head, parts.mapping, .petAndHead)
            .gradientsWithoutUpdate([small.batch]).crossEntropy
    }

    @Test func gradientsMatchFiniteDifferences() {
        let gradients = trainer(pet, small.head, mapping, .petAndHead)
            .gradientsWithoutUpdate([small.batch]).gradients
        let parts = Parts(pet: pet, head: small.head, mapping: mapping)
        func check(
            _ name: String, _ indices: [Int], _ tensor: WritableKeyPath<Parts, Tensor>
        ) {
            for index in indices {
                var (up, down) = (parts, parts)
                up[keyPath: tensor].values[index] += 1e-2
                down[keyPath: tensor].values[index] -= 1e-2
                let slope = (loss(up) - loss(down)) / 2e-2
                let found = Double(gradients[name]?.values[index] ?? .nan)
                #expect(abs(slope - found) < 1e-2 * max(0.3, abs(found)), "\(name)[\(index)]")
            }
        }
        for (tensor, name) in mapping.parameters.names.enumerated() {
            check(name, [0, 3, 7], \.mapping.parameters.tensors[tensor])
        }
        check("head.weight", [0, 20, 50], \.head.weight)
        check("head.bias", [0, 5], \.head.bias)
        for (tensor, name) in pet.parameters.names.enumerated() {
            check(name, [0, 5, 11], \.pet.parameters.tensors[tensor])
        }
    }

    @Test func aStepMovesTheMappingAndARestoredStateGoesOn() throws {
        let rates = Trainer.Rates(pet: nil, head: 1e-2, backbone: nil)
        let through = trainer(nil, small.head, mapping, .headOnly)
        _ = try through.step([small.batch], rates: rates)
        let saved = through.state
        _ = try through.step([small.batch], rates: rates)
        let resumed = trainer(nil, small.head, mapping, .headOnly)
        resumed.state = saved
        _ = try resumed.step([small.batch], rates: rates)
        #expect(resumed.mapping == through.mapping)
        #expect(resumed.head == through.head)
        for (before, after) in zip(
            mapping.parameters.tensors, through.mapping?.parameters.tensors ?? [])
        {
            #expect(before != after)
        }
        #expect(trainer(nil, small.head, mapping, .headOnly).mapping == mapping)
    }
}
