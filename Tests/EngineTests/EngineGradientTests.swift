import Engine
import TestSupport
import Testing

/// The engine's passes against the plain model in double, whose gradients are themselves checked by
/// central differences (`PlainModelTests`).
@Suite struct EngineGradientTests {
    /// One channel, odd numbers of tokens and heads, widths that no vector register divides, one
    /// block, one head, one picture, and batches of several groups of pictures.
    static let models: [@Sendable () throws -> SmallModel] = [
        { try SmallModel() },
        {
            try SmallModel(
                imageSize: 10, patch: 5, channels: 1, width: 15, depth: 2, heads: 5, mlpWidth: 17,
                pictures: 7)
        },
        {
            try SmallModel(
                imageSize: 6, patch: 6, channels: 2, width: 8, depth: 1, heads: 1, mlpWidth: 9,
                pictures: 1)
        },
        {
            try SmallModel(
                imageSize: 20, patch: 4, channels: 1, width: 20, depth: 2, heads: 2, mlpWidth: 33,
                pictures: 9)
        },
        // 65 tokens: groups of four pictures, so six groups, the last of three.
        {
            try SmallModel(
                imageSize: 16, patch: 2, channels: 1, width: 6, depth: 3, heads: 3, mlpWidth: 5,
                pictures: 23)
        },
        // Every variant: heads wider and narrower than common, no bias, ReLU, no final norm.
        {
            try SmallModel(
                width: 16, depth: 2, heads: 3, headWidth: 7, activation: .relu, hasQKVBias: false)
        },
        {
            try SmallModel(
                width: 18, depth: 2, heads: 2, headWidth: 4, hasQKVBias: false,
                hasFinalNorm: false)
        },
    ]

    /// Blocks that a PET may act on: the first, a middle one, the last, all.
    static func placements(_ depth: Int) -> [[Int]] {
        var seen = Set<[Int]>()
        return [[0], [depth / 2], [depth - 1], Array(0..<depth)].filter { seen.insert($0).inserted }
    }

    static let methods: [@Sendable (_ blocks: [Int]) -> any PETMethod] = [
        { LoRA(rank: 1, blocks: $0) }, { LoRA(rank: 3, blocks: $0) },
        { Adapter(bottleneck: 1, blocks: $0) }, { Adapter(bottleneck: 5, blocks: $0) },
        { PrefixPrompt(length: 1, blocks: $0) }, { PrefixPrompt(length: 6, blocks: $0) },
        // Insertions of all kinds in the same blocks: none may drop another's gradient.
        {
            SeveralMethods([
                LoRA(rank: 2, blocks: $0), Adapter(bottleneck: 3, blocks: $0),
                PrefixPrompt(length: 2, blocks: $0),
            ])
        },
    ]

    @Test(arguments: models.indices, methods.indices)
    func featuresAndTokensMatch(index: Int, kind: Int) throws {
        let small = try Self.models[index]()
        for blocks in Self.placements(small.configuration.depth) {
            let pet = small.pet(Self.methods[kind](blocks))
            let plain = try plain(small, pet)
            let workers = Workers(threads: 2)
            let tokens = small.model.tokens(small.images, pet: pet, workers: workers)
            expectClose(
                tokens, tensor(tokens.shape, plain.tokens(small.images)), 1e-5,
                "tokens, PET in \(blocks)")
            let features = small.model.features(small.images, pet: pet, workers: workers)
            expectClose(
                features, tensor(features.shape, [plain.features(small.images)]), 1e-5,
                "features, PET in \(blocks)")
        }
    }

    @Test(arguments: models.indices, methods.indices)
    func gradientsOfAPETMatch(index: Int, kind: Int) throws {
        let small = try Self.models[index]()
        for blocks in Self.placements(small.configuration.depth) {
            try expectGradients(small, small.pet(Self.methods[kind](blocks)), .petAndHead)
        }
    }

    /// Every layer's weights, below, in and above a PET.
    @Test(arguments: models.indices, methods.indices)
    func gradientsOfAllWeightsMatch(index: Int, kind: Int) throws {
        let small = try Self.models[index]()
        for blocks in Self.placements(small.configuration.depth) {
            try expectGradients(small, small.pet(Self.methods[kind](blocks)), .everything)
        }
    }

    @Test(arguments: models.indices)
    func gradientsWithoutAPETMatch(index: Int) throws {
        let small = try Self.models[index]()
        try expectGradients(small, nil, .headOnly)
        try expectGradients(small, nil, .everything)
    }

    /// The frozen PET acts, though only the head is trained.
    @Test(arguments: methods.indices)
    func gradientsOfTheHeadBehindAPETMatch(kind: Int) throws {
        let small = try SmallModel()
        try expectGradients(small, small.pet(Self.methods[kind]([1])), .headOnly)
    }

    /// A network between features and head, with a PET and with the head alone.
    @Test(arguments: [[2], [4, 4], [1, 2, 1]])
    func gradientsOfAMappingMatch(structure: [Int]) throws {
        let small = try SmallModel(width: 12, depth: 2, mlpWidth: 16)
        let mapping = small.mapping(structure: structure)
        let pet = small.pet(LoRA(rank: 2, blocks: [0, 1]))
        try expectGradients(small, pet, .petAndHead, mapping)
        try expectGradients(small, nil, .headOnly, mapping)
    }

    private func plain(
        _ small: SmallModel, _ pet: PET?, _ mapping: DenseNetwork? = nil
    ) throws -> PlainModel {
        PlainModel(
            small.configuration,
            [small.weights.parameters, small.head.parameters]
                + [pet?.parameters, mapping?.parameters].compactMap { $0 },
            pets: try PlainPET.list(pet?.method))
    }

    private func tensor(_ shape: [Int], _ parts: [PlainMatrix]) -> Tensor {
        Tensor(shape: shape, parts.flatMap { $0.values.map { Float($0) } })
    }

    /// Cross-entropy over some classes and the contrastive term with stored rows, together.
    private func expectGradients(
        _ small: SmallModel, _ pet: PET?, _ scope: Trainer.Scope, _ mapping: DenseNetwork? = nil
    ) throws {
        let allowed = [0, 1, 2, 4]
        let labels = small.labels.map { allowed[$0 % allowed.count] }
        let width = small.configuration.width
        let memory = SmallModel.random(
            [3, width], 0.3, around: 0, RandomStream(seed: 1, name: "memory"))
        let found = small.trainer(
            pet, scope, allowed: allowed,
            contrastive: ContrastiveTerm(weight: 0.25, memory: memory), mapping: mapping
        ).gradientsWithoutUpdate([Trainer.Batch(images: small.images, labels: labels)])
        var plain = try plain(small, pet, mapping)
        if let mapping { plain.mapping = PlainDense(layers: mapping.layers, name: "mapping") }
        let objective = PlainModel.Objective(
            labels: labels, allowed: allowed,
            contrast: PlainContrast(
                weight: 0.25,
                memory: PlainMatrix(
                    rows: 3, columns: width, memory.values.map(Double.init))))
        let losses = plain.losses(small.images, objective)
        expectClose(found.crossEntropy, losses.crossEntropy, 1e-5, "cross-entropy")
        expectClose(found.contrastive, losses.contrastive, 1e-5, "contrastive term")
        let expected = plain.gradients(small.images, objective)
        let trained = Set(
            (scope == .everything ? small.weights.parameters.names : [])
                + (scope == .headOnly ? [] : pet?.parameters.names ?? [])
                + small.head.parameters.names + (mapping?.parameters.names ?? []))
        #expect(Set(found.gradients.names) == trained)
        for (name, gradient) in zip(found.gradients.names, found.gradients.tensors) {
            expectGradient(
                gradient, expected.vector(name), "\(name), \(pet.map { "\($0.method)" } ?? "none")")
        }
    }
}

extension PlainPET {
    /// The plain counterparts of an engine's method; none of nil.
    static func list(_ method: (any PETMethod)?) throws -> [PlainPET] {
        switch method {
        case nil: []
        case let lora as LoRA: [.lora(rank: lora.rank, blocks: lora.blocks)]
        case let adapter as Adapter:
            [.adapter(bottleneck: adapter.bottleneck, blocks: adapter.blocks)]
        case let prompt as PrefixPrompt: [.prompt(length: prompt.length, blocks: prompt.blocks)]
        case let several as SeveralMethods: try several.methods.flatMap { try list($0) }
        default: throw NoPlainCounterpart(method: "\(method as Any)")
        }
    }
}

/// A method that the plain model does not know.
private struct NoPlainCounterpart: Error {
    let method: String
}
