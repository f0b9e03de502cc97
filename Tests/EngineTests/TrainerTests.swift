import Engine
import TestSupport
import Testing

@Suite struct TrainerTests {
    static let rates = Trainer.Rates(pet: 1e-2, head: 1e-2, backbone: 1e-3)

    private func bigger() throws -> SmallModel {
        try SmallModel(imageSize: 32, patch: 8, width: 48, heads: 4, mlpWidth: 96, pictures: 24)
    }

    private func parts(_ batch: Trainer.Batch, _ count: Int) -> [Trainer.Batch] {
        let size = batch.labels.count / count
        let length = batch.images.count / batch.labels.count
        return (0..<count).map { part in
            let rows = part * size..<(part + 1) * size
            let values = batch.images.values[rows.lowerBound * length..<rows.upperBound * length]
            return Trainer.Batch(
                images: Tensor(
                    shape: [size] + batch.images.shape.dropFirst(), Array(values)),
                labels: Array(batch.labels[rows]))
        }
    }

    @Test(arguments: [Trainer.Scope.headOnly, .petAndHead, .everything])
    func anyNumberOfThreadsGivesTheSameBits(scope: Trainer.Scope) throws {
        let small = try bigger()
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 2]))
        let states = try [1, 2, 3].map { threads in
            let trainer = small.trainer(pet, scope, threads: threads)
            for _ in 0..<3 { _ = try trainer.step(parts(small.batch, 2), rates: Self.rates) }
            return trainer.state
        }
        #expect(states[0] == states[1])
        #expect(states[0] == states[2])
        #expect(states[0].parameters != small.trainer(pet, scope).state.parameters)
    }

    @Test(arguments: [Trainer.Scope.petAndHead, .everything])
    func aRestoredStateGoesOnWithTheSameBits(scope: Trainer.Scope) throws {
        let small = try SmallModel()
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 1]))
        let through = small.trainer(pet, scope)
        for _ in 0..<2 { _ = try through.step([small.batch], rates: Self.rates) }
        let saved = through.state
        for _ in 0..<2 { _ = try through.step([small.batch], rates: Self.rates) }

        let resumed = small.trainer(pet, scope)
        resumed.state = saved
        #expect(resumed.stepCount == 2)
        for _ in 0..<2 { _ = try resumed.step([small.batch], rates: Self.rates) }
        #expect(resumed.state == through.state)
        #expect(resumed.head == through.head)
        #expect(resumed.pet?.parameters == through.pet?.parameters)
        #expect(resumed.backboneWeights == through.backboneWeights)
    }

    /// Reference B-14: a frozen PET has no gradient and no share in the norm.
    @Test func aPETWithoutARateIsFrozenAndHasNoShareInTheNorm() throws {
        let small = try SmallModel()
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 1]))
        let frozen = Trainer.Rates(pet: nil, head: 1e-2, backbone: nil)
        let trainer = small.trainer(pet, .petAndHead)
        let headOnly = small.trainer(pet, .headOnly)
        for _ in 0..<2 {
            let report = try trainer.step([small.batch], rates: frozen)
            let expected = try headOnly.step([small.batch], rates: frozen)
            #expect(report == expected)
        }
        #expect(trainer.pet?.parameters == pet.parameters)
        #expect(trainer.head == headOnly.head)
        let free = try trainer.step([small.batch], rates: Self.rates)
        #expect(trainer.pet?.parameters != pet.parameters)
        #expect(try free.gradientNorm > headOnly.step([small.batch], rates: frozen).gradientNorm)
    }

    @Test func batchesOfOtherSizesBetweenStepsChangeNothing() throws {
        let small = try bigger()
        let pet = small.pet(LoRA(rank: 2, blocks: [1]))
        let fresh = small.trainer(pet, .petAndHead).gradientsWithoutUpdate([small.batch])
        let used = small.trainer(pet, .petAndHead)
        _ = used.gradientsWithoutUpdate([parts(small.batch, 8)[0]])
        _ = used.gradientsWithoutUpdate(parts(small.batch, 2))
        #expect(used.gradientsWithoutUpdate([small.batch]).gradients == fresh.gradients)
    }

    @Test func trainingWithAPETLeavesTheBackboneAlone() throws {
        let small = try SmallModel()
        let trainer = small.trainer(small.pet(LoRA(rank: 2, blocks: [0])), .petAndHead)
        _ = try trainer.step([small.batch], rates: Self.rates)
        #expect(trainer.backboneWeights == small.weights)
    }

    @Test func trainingEverythingLearnsTheBatch() throws {
        let small = try SmallModel()
        let trainer = small.trainer(nil, .everything)
        let first = try trainer.step([small.batch], rates: Self.rates)
        var last = first
        for _ in 0..<30 { last = try trainer.step([small.batch], rates: Self.rates) }
        #expect(last.loss < first.loss / 5)
        #expect(trainer.backboneWeights != small.weights)
    }

    @Test func aNonFiniteLossChangesNothing() throws {
        let small = try SmallModel()
        let trainer = small.trainer(small.pet(LoRA(rank: 2, blocks: [0])), .petAndHead)
        _ = try trainer.step([small.batch], rates: Self.rates)
        let state = trainer.state
        var broken = small.batch
        broken.images.values[0] = .nan
        let error = #expect(throws: NonFiniteLoss.self) {
            try trainer.step([broken], rates: Self.rates)
        }
        #expect(error?.step == 2)
        #expect(error?.loss.isNaN == true)
        #expect(trainer.state == state)
    }

    @Test func maskedCrossEntropyOfTwoClasses() {
        // Classes 0 and 2 with logits 0 and ln 3: probabilities 1/4 and 3/4; class 1 left out.
        let logits = Tensor(shape: [1, 3], [0, 50, 1.0986123])
        let (loss, gradient) = maskedCrossEntropy(logits: logits, labels: [2], allowed: [0, 2])
        expectClose(loss, 0.2876820724517809, 1e-6, "loss")
        expectClose(gradient, Tensor(shape: [1, 3], [0.25, 0, -0.25]), 1e-6, "gradient")
    }
}
