import Engine
import TestSupport
import Testing

/// Learned tokens that every picture gets, against the plain model in double.
@Suite struct TokenPromptTests {
    @Test(arguments: 0..<3)
    func featuresAndGradientsMatchThePlainModel(block: Int) throws {
        let small = try SmallModel(pictures: 7)
        let pet = small.pet(TokenPrompt(length: 4, block: block))
        let plain = PlainModel(
            small.configuration,
            [small.weights.parameters, small.head.parameters, pet.parameters],
            pets: [.tokens(name: "prompt_tokens", length: 4, block: block)])
        let features = small.model.features(small.images, pet: pet, workers: Workers(threads: 2))
        let expected = plain.features(small.images).values.map { Float($0) }
        expectClose(features, Tensor(shape: features.shape, expected), 1e-5, "features")
        let gradients = plain.gradients(
            small.images, PlainModel.Objective(labels: small.labels))
        for scope in [Trainer.Scope.petAndHead, .everything] {
            let found = small.trainer(pet, scope).gradientsWithoutUpdate([small.batch]).gradients
            #expect(found.names.contains("prompt_tokens"))
            for (name, gradient) in zip(found.names, found.tensors) {
                expectGradient(gradient, gradients.vector(name), "\(name), block \(block)")
            }
        }
    }

    @Test func theTokensAreOfTheSizeOfEmbeddedPatches() throws {
        let method = TokenPrompt(length: 20)
        #expect(method.parameterCount(for: .base16) == 20 * 768)
        let initial = method.initialParameters(
            for: .base16, stream: RandomStream(seed: 3, name: "test"))
        let values = try #require(initial["prompt_tokens"]).values
        let bound = (6 / Float(3 * 16 * 16 + 768)).squareRoot()
        #expect(values.allSatisfy { abs($0) <= bound } && values.contains { $0 < -0.99 * bound })
        #expect(values.contains { $0 > 0.99 * bound })
    }

    @Test func aBlockThatDoesNotExistIsNamed() {
        let error = #expect(throws: PETError.self) {
            try TokenPrompt(length: 2, block: 12).check(for: .base16)
        }
        #expect(
            error?.description == "block 12 does not exist in a model of 12 blocks, 0 to 11")
    }
}
