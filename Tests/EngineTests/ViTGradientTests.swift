import Engine
import Testing

/// The tuned passes against the plain model in double.
@Suite struct ViTGradientTests {
    /// One channel, odd numbers of tokens and heads, widths that no vector register divides, one block;
    /// then every variant: heads wider and narrower than common, no bias, ReLU, no final norm.
    static func models() throws -> [SmallModel] {
        [
            try SmallModel(),
            try SmallModel(
                imageSize: 10, patch: 5, channels: 1, width: 15, depth: 2, heads: 5, mlpWidth: 17,
                pictures: 7),
            try SmallModel(
                imageSize: 6, patch: 6, channels: 2, width: 8, depth: 1, heads: 1, mlpWidth: 9,
                pictures: 1),
            try SmallModel(
                imageSize: 20, patch: 4, channels: 1, width: 20, depth: 2, heads: 2, mlpWidth: 33,
                pictures: 9),
            try SmallModel(
                width: 16, depth: 2, heads: 3, headWidth: 7, activation: .relu, hasQKVBias: false),
            try SmallModel(
                width: 18, depth: 2, heads: 2, headWidth: 4, hasQKVBias: false,
                hasFinalNorm: false),
        ]
    }

    /// LoRA, adapter or prompt on the blocks from `block` on.
    private func method(_ kind: Int, _ small: SmallModel, from block: Int = 0) -> any PETMethod {
        SmallModel.methods(from: block, depth: small.configuration.depth)[kind]
    }

    @Test(arguments: 0..<6, 0..<3)
    func featuresAndTokensMatchThePlainModel(index: Int, kind: Int) throws {
        let small = try Self.models()[index]
        let method = method(kind, small)
        let pet = small.pet(method)
        let plain = PlainViT(
            small.configuration, [small.weights.parameters, pet.parameters], method: method)
        let expected = plain.tokens(small.images)
        let workers = Workers(threads: 2)
        let tokens = small.model.tokens(small.images, pet: pet, workers: workers)
        #expect(
            tokens.shape == [
                small.images.shape[0], small.configuration.tokenCount, small.configuration.width,
            ])
        let flat = expected.flatMap { $0.flatMap { $0.map { Float($0) } } }
        expectClose(tokens, Tensor(shape: tokens.shape, flat), 1e-5, "tokens")
        let features = small.model.features(small.images, pet: pet, workers: workers)
        let classTokens = expected.flatMap { $0[0].map { Float($0) } }
        expectClose(features, Tensor(shape: features.shape, classTokens), 1e-5, "features")
    }

    @Test(arguments: 0..<6, 0..<3)
    func gradientsOfAllWeightsMatchFiniteDifferences(index: Int, kind: Int) throws {
        let small = try Self.models()[index]
        let method = method(kind, small)
        try expectGradients(small, small.pet(method), method, .everything)
    }

    /// On all blocks, and on the last alone, where only the class token leaves.
    @Test(arguments: 0..<6, 0..<3)
    func gradientsOfAPETMatchFiniteDifferences(index: Int, kind: Int) throws {
        let small = try Self.models()[index]
        for firstBlock in Set([0, small.configuration.depth - 1]) {
            let method = method(kind, small, from: firstBlock)
            try expectGradients(small, small.pet(method), method, .petAndHead)
        }
    }

    /// Insertions of several kinds in one block: none may drop another's gradient.
    @Test func gradientsOfSeveralInsertionsInABlockAreComplete() throws {
        let small = try SmallModel()
        for firstBlock in 0..<3 {
            let method = SeveralMethods(SmallModel.methods(from: firstBlock, depth: 3))
            let alone = small.trainer(small.pet(method), .petAndHead)
                .gradientsWithoutUpdate([small.batch])
            let whole = small.trainer(small.pet(method), .everything)
                .gradientsWithoutUpdate([small.batch])
            for (name, gradient) in zip(alone.gradients.names, alone.gradients.tensors) {
                let other = try #require(whole.gradients[name])
                #expect(gradient.values.contains { $0 != 0 })
                expectClose(gradient, other, 1e-5, name)
            }
        }
    }

    @Test(arguments: 0..<6)
    func gradientsOfTheHeadMatchFiniteDifferences(index: Int) throws {
        try expectGradients(try Self.models()[index], nil, nil, .headOnly)
    }

    private func expectGradients(
        _ small: SmallModel, _ pet: PET?, _ method: (any PETMethod)?, _ scope: Trainer.Scope
    ) throws {
        let allowed = [0, 1, 2, 3, 4]
        let batch = Trainer.Batch(
            images: small.images, labels: small.labels.map { $0 % allowed.count })
        let found = small.trainer(pet, scope, allowed: allowed).gradientsWithoutUpdate([batch])
        var plain = PlainViT(
            small.configuration,
            [small.weights.parameters, small.head.parameters]
                + [pet?.parameters].compactMap { $0 }, method: method)
        expectClose(found.crossEntropy, plain.loss(batch, allowed: allowed), 1e-5, "loss")
        let count =
            (scope == .everything ? small.weights.parameters.names.count : 0)
            + (scope == .headOnly ? 0 : pet?.parameters.names.count ?? 0) + 2
        #expect(found.gradients.names.count == count)
        for (name, gradient) in zip(found.gradients.names, found.gradients.tensors) {
            // A spread of elements of every tensor; the largest sets the scale.
            let step = max(1, gradient.count / 7)
            let elements = Array(stride(from: step / 2, to: gradient.count, by: step))
            let slopes = elements.map {
                Float(plain.slope(name, $0, batch, allowed: allowed))
            }
            let scale = gradient.values.reduce(1e-4) { max($0, abs($1)) }
            for (element, slope) in zip(elements, slopes) {
                #expect(
                    abs(gradient.values[element] - slope) <= 2e-5 * scale,
                    "\(name)[\(element)] is \(gradient.values[element]), expected \(slope)")
            }
        }
    }

    @Test func theContrastiveTermAddsItsGradient() throws {
        let small = try SmallModel()
        let pet = small.pet(method(0, small))
        let width = small.configuration.width
        let memory = SmallModel.random(
            [3, width], 0.3, around: 0, RandomStream(seed: 1, name: "memory"))
        let term = ContrastiveTerm(weight: 0.5, memory: memory)
        let with = small.trainer(pet, .petAndHead, contrastive: term)
            .gradientsWithoutUpdate([small.batch])
        let without = small.trainer(pet, .petAndHead).gradientsWithoutUpdate([small.batch])
        #expect(with.contrastive > 0 && without.contrastive == 0)
        #expect(with.crossEntropy == without.crossEntropy)
        // Along the gradient of the term alone, the term rises by the square of its norm.
        var moved = pet
        var square = 0.0
        for index in pet.parameters.tensors.indices {
            let term = zip(
                with.gradients.tensors[index].values, without.gradients.tensors[index].values
            ).map { $0 - $1 }
            for element in term.indices {
                moved.parameters.tensors[index].values[element] += 1e-2 * term[element]
                square += Double(term[element]) * Double(term[element])
            }
        }
        let after = small.trainer(moved, .petAndHead, contrastive: term)
            .gradientsWithoutUpdate([small.batch])
        expectClose(after.contrastive - with.contrastive, 1e-2 * square, 0.05, "rise")
    }
}
