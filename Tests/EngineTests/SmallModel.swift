import Engine

/// A small model with every parameter random, so that no gradient vanishes by symmetry.
struct SmallModel {
    let configuration: ViTConfiguration
    let weights: ViTWeights
    let images: Tensor
    let labels: [Int]
    let head: LinearHead
    private let stream: RandomStream

    init(
        imageSize: Int = 12, patch: Int = 4, channels: Int = 3, width: Int = 24, depth: Int = 3,
        heads: Int = 3, headWidth: Int? = nil, mlpWidth: Int = 40,
        activation: Activation = .gelu, hasQKVBias: Bool = true, hasFinalNorm: Bool = true,
        pictures: Int = 5, classes: Int = 6
    ) throws {
        configuration = try ViTConfiguration(
            imageSize: imageSize, patchSize: patch, channels: channels, width: width, depth: depth,
            heads: heads, headWidth: headWidth, mlpWidth: mlpWidth, layerNormEpsilon: 1e-5,
            activation: activation, hasQKVBias: hasQKVBias, hasFinalNorm: hasFinalNorm)
        let stream = RandomStream(seed: 7, name: "small-model")
        self.stream = stream
        let shapes = ViTWeights.expectedShapes(configuration)
        weights = try ViTWeights(
            configuration: configuration,
            parameters: ParameterSet(
                shapes.map { name, shape in
                    // Around 1 for norms, and otherwise of the size that keeps activations near 1.
                    let isNorm = name.contains("norm") && name.hasSuffix("weight")
                    let inner = shape.count > 1 ? shape.dropFirst().reduce(1, *) : 25
                    let bound = name.hasPrefix("pos") ? 0.5 : (3 / Float(inner)).squareRoot()
                    return (
                        name,
                        Self.random(
                            shape, isNorm ? 0.2 : bound, around: isNorm ? 1 : 0,
                            stream.split(name))
                    )
                }))
        images = Self.random(
            [pictures, channels, imageSize, imageSize], 0.5, around: 0.5, stream.split("images"))
        labels = (0..<pictures).map { $0 % classes }
        head = LinearHead(
            weight: Self.random([classes, width], 0.3, around: 0, stream.split("head")),
            bias: Self.random([classes], 0.1, around: 0, stream.split("bias")))
    }

    static func random(
        _ shape: [Int], _ bound: Float, around centre: Float, _ stream: RandomStream
    ) -> Tensor {
        var stream = stream
        return Tensor(
            shape: shape,
            (0..<shape.reduce(1, *)).map { _ in centre + bound * (2 * stream.uniform() - 1) })
    }

    var model: VisionTransformer { VisionTransformer(weights) }
    var batch: Trainer.Batch { Trainer.Batch(images: images, labels: labels) }

    /// One method of every kind, on the blocks from `block` on.
    static func methods(from block: Int, depth: Int) -> [any PETMethod] {
        let blocks = Array(block..<depth)
        return [
            LoRA(rank: 3, blocks: blocks), Adapter(bottleneck: 3, blocks: blocks),
            PrefixPrompt(length: 3, blocks: blocks),
        ]
    }

    /// A set of parameters without zeros; `name` tells sets apart.
    func pet(_ method: any PETMethod, _ name: String = "pet") -> PET {
        let shapes = method.parameterShapes(for: configuration)
        return PET(
            method: method,
            parameters: ParameterSet(
                shapes.map {
                    ($0.name, Self.random($0.shape, 0.3, around: 0, stream.split(name + $0.name)))
                }))
    }

    /// A network between features and head without zeros.
    func mapping(structure: [Int]) -> DenseNetwork {
        var network = DenseNetwork(
            DenseNetwork.mapping(structure: structure, width: configuration.width),
            name: "mapping", stream: stream.split("mapping"))
        for (index, name) in network.parameters.names.enumerated() {
            network.parameters.tensors[index] = Self.random(
                network.parameters.tensors[index].shape, 0.4, around: 0.1, stream.split(name))
        }
        return network
    }

    func trainer(
        _ pet: PET?, _ scope: Trainer.Scope, threads: Int = 2, allowed: [Int]? = nil,
        contrastive: ContrastiveTerm? = nil, mapping: DenseNetwork? = nil
    ) -> Trainer {
        Trainer(
            backbone: model, pet: pet, head: head, mapping: mapping, scope: scope, optimizer: .adam,
            clipNorm: 1,
            contrastive: contrastive, allowedClasses: allowed, workers: Workers(threads: threads))
    }
}
