import Engine
import Foundation
import TestSupport
import Testing

/// What a device owes its callers, by the one there is.
@Suite struct DeviceTests {
    private func pictures(_ small: SmallModel, _ indices: [Int]) -> Tensor {
        let length = small.configuration.pictureLength
        return Tensor(
            shape: [indices.count] + small.images.shape[1...],
            indices.flatMap { small.images.values[$0 * length..<($0 + 1) * length] })
    }

    private func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }

    @Test func aPictureThatMayDependOnNoOtherHasTheSameBitsInEverySet() throws {
        // 65 tokens a picture, so a batch is cut into groups of four.
        let small = try SmallModel(
            imageSize: 16, patch: 2, channels: 1, width: 6, depth: 2, heads: 3, mlpWidth: 5,
            pictures: 9)
        let backbone = CPUDevice(threads: 2).load(small.weights)
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 1]))
        let width = small.configuration.width
        let all = backbone.features(
            of: small.images, pet: pet, selection: nil, dependence: .picture)
        for set in [[4], [8, 0], [3, 7, 1, 5, 2, 6]] {
            let some = backbone.features(
                of: pictures(small, set), pet: pet, selection: nil, dependence: .picture)
            for (row, index) in set.enumerated() {
                #expect(
                    bits(some.values[row * width..<(row + 1) * width])
                        == bits(all.values[index * width..<(index + 1) * width]),
                    "picture \(index) in \(set)")
            }
        }
    }

    @Test func featuresAreThoseOfTheModel() throws {
        let small = try SmallModel(pictures: 9)
        let backbone = CPUDevice(threads: 3).load(small.weights)
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 2]))
        let workers = Workers(threads: 1)
        #expect(backbone.configuration == small.configuration)
        #expect(
            bits(backbone.features(of: small.images, pet: pet).values)
                == bits(small.model.features(small.images, pet: pet, workers: workers).values))
        #expect(
            bits(
                backbone.features(
                    of: small.images, pet: nil, selection: nil, dependence: .picture
                ).values)
                == bits(
                    small.model.features(
                        small.images, pet: nil, grouping: .single, workers: workers
                    ).values))
    }

    /// A training of all weights has its own copy: neither the backbone it began from nor another
    /// training of it may see its steps.
    @Test(arguments: [Trainer.Scope.headOnly, .petAndHead, .everything])
    func aTrainingLeavesTheBackboneAsItWas(scope: Trainer.Scope) throws {
        let small = try SmallModel()
        let backbone = CPUDevice(threads: 2).load(small.weights)
        let before = backbone.features(of: small.images, pet: nil)
        let training = backbone.training(
            TrainingSetup(
                pet: small.pet(LoRA(rank: 2, blocks: [0, 2])), head: small.head, scope: scope,
                optimizer: .adam, clipNorm: 1))
        for _ in 0..<2 {
            _ = try training.step(
                [small.batch], rates: .init(pet: 0.01, head: 0.01, backbone: 0.01))
        }
        #expect(training.stepCount == 2)
        #expect(training.head != small.head)
        #expect((training.backboneWeights != small.weights) == (scope == .everything))
        #expect(bits(backbone.features(of: small.images, pet: nil).values) == bits(before.values))
        let fresh = backbone.training(
            TrainingSetup(
                pet: nil, head: small.head, scope: .headOnly, optimizer: .adam, clipNorm: nil))
        #expect(fresh.backboneWeights == small.weights)
    }

    @Test func everyPartOfASetupReachesTheTraining() throws {
        let small = try SmallModel()
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 2]))
        var setup = TrainingSetup(
            pet: pet, head: small.head, scope: .petAndHead, optimizer: .adam, clipNorm: 1)
        setup.allowedClasses = [0, 1, 2, 3, 4]
        setup.mapping = small.mapping(structure: [2])
        let memory = Tensor(
            shape: [2, small.configuration.width],
            (0..<2 * small.configuration.width).map { Float($0 % 7) / 7 })
        setup.contrastive = ContrastiveTerm(weight: 0.1, memory: memory)
        let rates = Trainer.Rates(pet: 0.01, head: 0.02, backbone: nil)
        let session = CPUDevice(threads: 1).load(small.weights).training(setup)
        let trainer = small.trainer(
            pet, .petAndHead, threads: 1, allowed: setup.allowedClasses,
            contrastive: setup.contrastive, mapping: setup.mapping)
        for _ in 0..<2 {
            #expect(
                try session.step([small.batch], rates: rates)
                    == trainer.step([small.batch], rates: rates))
        }
        #expect(session.state == trainer.state)
        #expect(session.pet?.parameters == trainer.pet?.parameters)
        #expect(session.scope == .petAndHead)
    }
}
