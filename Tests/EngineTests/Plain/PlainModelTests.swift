import Engine
import Testing

/// The plain model's gradients by hand against central differences of its own losses.
@Suite struct PlainModelTests {
    /// A PET in the first, a middle, the last and all of three blocks, of odd and of smallest sizes.
    static let pets: [PlainPET] = [[0], [1], [2], [0, 1, 2]].flatMap { blocks in
        [
            .lora(rank: 1, blocks: blocks), .lora(rank: 3, blocks: blocks),
            .adapter(bottleneck: 1, blocks: blocks), .adapter(bottleneck: 3, blocks: blocks),
            .prompt(length: 1, blocks: blocks), .prompt(length: 4, blocks: blocks),
        ]
    }

    @Test(arguments: pets)
    func gradientsWithAPETAreSlopes(pet: PlainPET) throws {
        let small = try SmallModel(
            imageSize: 6, patch: 3, channels: 1, width: 6, depth: 3, heads: 2, mlpWidth: 7,
            pictures: 3, classes: 4)
        try expectSlopesOfLoss(small, [pet])
    }

    /// Entries shared by pictures, one that nobody reads, one read twice by a picture, a pull of the
    /// keys; as prefix with a general prompt below, as tokens in the first and in a later block, and
    /// dealt out in pairs, for an even and an odd batch.
    @Test(arguments: 0..<5)
    func gradientsWithAPoolAreSlopes(index: Int) throws {
        let pictures = index == 3 ? 4 : 3
        let small = try SmallModel(
            imageSize: 6, patch: 3, channels: 1, width: 6, depth: 3, heads: 2, mlpWidth: 7,
            pictures: pictures, classes: 4)
        let queries = SmallModel.random(
            [pictures, 6], 0.5, around: 0, RandomStream(seed: 5, name: "queries"))
        var pool = PlainPool(
            size: 5, length: 2,
            selection: Array([[2, 0], [0, 3], [3, 3], [1, 2]].prefix(pictures)))
        pool.pull = PlainKeyPull(
            weight: 0.7,
            queries: PlainMatrix(rows: pictures, columns: 6, queries.values.map(Double.init)))
        switch index {
        case 0:
            pool.blocks = [1, 2]
            pool.general = (length: 3, blocks: [0])
        case 1: pool.tokenBlock = 0
        case 2: pool.tokenBlock = 2
        default:
            pool.blocks = [0, 2]
            pool.isDealtInPairs = true
        }
        try expectSlopesOfLoss(small, [.pool(pool)])
    }

    @Test(arguments: 0..<3)
    func gradientsWithTokensAreSlopes(block: Int) throws {
        let small = try SmallModel(
            imageSize: 6, patch: 3, channels: 1, width: 6, depth: 3, heads: 2, mlpWidth: 7,
            pictures: 2, classes: 4)
        try expectSlopesOfLoss(
            small,
            [.tokens(name: "tokens", length: 2, block: block), .lora(rank: 2, blocks: [0, 1])])
    }

    @Test(arguments: 0..<3)
    func gradientsWithoutAPETAreSlopes(index: Int) throws {
        let small = try [
            SmallModel(
                imageSize: 4, patch: 4, channels: 2, width: 3, depth: 1, heads: 1, mlpWidth: 1,
                pictures: 1, classes: 3),
            SmallModel(
                imageSize: 6, patch: 2, channels: 1, width: 5, depth: 2, heads: 5, mlpWidth: 3,
                pictures: 2, classes: 3),
            SmallModel(
                imageSize: 4, patch: 2, channels: 3, width: 8, depth: 2, heads: 2, mlpWidth: 9,
                pictures: 4, classes: 5),
        ][index]
        try expectSlopesOfLoss(small, [])
    }

    /// All three kinds at once, in overlapping blocks.
    @Test func gradientsWithSeveralPETsAreSlopes() throws {
        let small = try SmallModel(
            imageSize: 6, patch: 3, channels: 1, width: 6, depth: 3, heads: 3, mlpWidth: 5,
            pictures: 2, classes: 4)
        try expectSlopesOfLoss(
            small,
            [
                .lora(rank: 2, blocks: [0, 1]), .adapter(bottleneck: 2, blocks: [1, 2]),
                .prompt(length: 2, blocks: [0, 1, 2]),
            ])
    }

    /// Heads of another width, no bias of queries, keys and values, ReLU, no final norm.
    @Test func gradientsOfVariantsAreSlopes() throws {
        let small = try SmallModel(
            imageSize: 6, patch: 3, channels: 1, width: 5, depth: 2, heads: 2, headWidth: 4,
            mlpWidth: 6, activation: .relu, hasQKVBias: false, hasFinalNorm: false, pictures: 2,
            classes: 4)
        try expectSlopesOfLoss(small, [.lora(rank: 2, blocks: [0, 1])])
        try expectSlopesOfLoss(small, [.prompt(length: 2, blocks: [1])])
    }

    /// A network between features and head: hidden layers, GELU, norms, the input added.
    @Test(arguments: [[2], [2, 1]])
    func gradientsWithAMappingAreSlopes(structure: [Int]) throws {
        let small = try SmallModel(
            imageSize: 4, patch: 2, channels: 1, width: 4, depth: 1, heads: 2, mlpWidth: 5,
            pictures: 3, classes: 4)
        try expectSlopesOfLoss(
            small, [.adapter(bottleneck: 2, blocks: [0])],
            PlainDense(layers: DenseNetwork.mapping(structure: structure, width: 4), name: "mlp"))
    }

    private func expectSlopesOfLoss(
        _ small: SmallModel, _ pets: [PlainPET],
        _ mapping: PlainDense = PlainDense(layers: [], name: "")
    ) throws {
        var model = PlainModel(
            small.configuration, [small.weights.parameters, small.head.parameters], pets: pets)
        model.mapping = mapping
        let attentionWidth = small.configuration.attentionWidth
        let sizes = pets.flatMap {
            $0.sizes(width: small.configuration.width, attentionWidth: attentionWidth)
        }
        for (name, count) in sizes + mapping.sizes {
            let values = SmallModel.random(
                [count], 0.5, around: 0, RandomStream(seed: 5, name: name)
            ).values
            model.parameters[name] = values.map(Double.init)
        }
        let width = small.configuration.width
        let memory = SmallModel.random(
            [2, width], 0.5, around: 0, RandomStream(seed: 5, name: "memory"))
        let objective = PlainModel.Objective(
            labels: small.labels.map { $0 % 3 }, allowed: [0, 1, 2],
            contrast: PlainContrast(
                weight: 0.3,
                memory: PlainMatrix(
                    rows: 2, columns: width, memory.values.map(Double.init))))
        let gradients = model.gradients(small.images, objective)
        #expect(gradients.names == model.parameters.names)
        for name in gradients.names {
            let gradient = gradients.vector(name)
            // A spread of elements of every tensor, and the largest.
            let step = max(1, gradient.count / 4)
            let largest = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
            let elements = Set(stride(from: step / 2, to: gradient.count, by: step))
                .union([largest]).sorted()
            let slopes = elements.map { element in
                centralDifference(at: model.parameters.vector(name)[element]) { value in
                    var moved = model
                    moved.parameters[name]?[element] = value
                    return moved.losses(small.images, objective).total
                }
            }
            expectSlopes(elements.map { gradient[$0] }, slopes, name)
        }
    }
}

extension PlainPET {
    /// Names and numbers of elements of the parameters.
    fileprivate func sizes(width: Int, attentionWidth: Int) -> [(name: String, count: Int)] {
        switch self {
        case .lora(let rank, let blocks):
            ["k_lora_A", "k_lora_B", "v_lora_A", "v_lora_B"].map {
                let columns = $0.hasSuffix("A") ? width : attentionWidth
                return ("lora_layer.\($0)", blocks.count * columns * rank)
            }
        case .adapter(let size, let blocks):
            [
                ("down_proj", width * size), ("down_bias", size), ("up_proj", size * width),
                ("up_bias", width),
            ].map { ("adapters.\($0)", blocks.count * $1) }
        case .prompt(let length, let blocks):
            [("e_prompt.prompt", blocks.count * 2 * length * attentionWidth)]
        case .tokens(let name, let length, _): [(name, length * width)]
        case .pool(let pool):
            [
                ("e_prompt.prompt_key", pool.size * width),
                (
                    "e_prompt.prompt",
                    pool.size * pool.length
                        * (pool.tokenBlock == nil ? pool.blocks.count * 2 * attentionWidth : width)
                ),
            ]
                + (pool.general.map {
                    [("g_prompt", $0.blocks.count * 2 * $0.length * attentionWidth)]
                } ?? [])
        }
    }
}

extension PlainDense {
    /// Names and numbers of elements of the parameters.
    fileprivate var sizes: [(name: String, count: Int)] {
        layers.enumerated().flatMap { index, layer -> [(name: String, count: Int)] in
            switch layer {
            case .linear(let inputs, let outputs):
                [
                    ("\(name).\(index).weight", inputs * outputs),
                    ("\(name).\(index).bias", outputs),
                ]
            case .layerNorm(let width, _):
                [("\(name).\(index).weight", width), ("\(name).\(index).bias", width)]
            case .gelu, .addInput: []
            }
        }
    }
}
