import Engine

/// The whole model in double and plain loops: the reference of the tuned passes. It knows the
/// equations, the names of parameters and nothing of how the engine computes.
struct PlainModel {
    let configuration: ViTConfiguration
    let pets: [PlainPET]
    /// What stands between the features and the head; nothing by default.
    var mapping = PlainDense(layers: [], name: "")
    /// Backbone, PET and head by name.
    var parameters: PlainParameters

    init(_ configuration: ViTConfiguration, _ sets: [ParameterSet], pets: [PlainPET]) {
        self.configuration = configuration
        self.pets = pets
        parameters = PlainParameters(sets)
    }

    // MARK: Forward

    /// All tokens of each picture after the final norm, `[tokens, D]` each.
    func tokens(_ images: Tensor) -> [PlainMatrix] {
        pictures(images).enumerated().map { finalNorm(trace($1, index: $0).last ?? $1) }
    }

    /// The class tokens after the final norm, `[B, D]`.
    func features(_ images: Tensor) -> PlainMatrix {
        tokens(images).map { $0.rows(0..<1) }
            .reduce(PlainMatrix(zeros: 0, configuration.width)) { $0.followed(by: $1) }
    }

    private func finalNorm(_ x: PlainMatrix) -> PlainMatrix {
        configuration.hasFinalNorm ? norm("norm").forward(x) : x
    }

    /// What enters each block, and what leaves the last.
    private func trace(_ patches: PlainMatrix, index picture: Int) -> [PlainMatrix] {
        var x = [embedded(patches)]
        for index in 0..<configuration.depth {
            x.append(block(index, picture).forward(x[index]))
        }
        return x
    }

    // MARK: Loss and gradients

    /// The losses of a batch.
    struct Losses {
        var crossEntropy = 0.0
        var contrastive = 0.0
        var keyPull = 0.0
        var total: Double { crossEntropy + contrastive + keyPull }
    }

    /// What a batch is trained for.
    struct Objective {
        let labels: [Int]
        var allowed: [Int]?
        var contrast: PlainContrast?
    }

    func losses(_ images: Tensor, _ objective: Objective) -> Losses {
        let features = features(images)
        return Losses(
            crossEntropy: crossEntropy(objective).forward(
                head.forward(mapping.forward(features, parameters))),
            contrastive: objective.contrast?.forward(features) ?? 0,
            keyPull: pools.reduce(0) { sum, pool in
                sum + (pool.pull?.forward(keys: poolKeys, pool.selection) ?? 0)
            })
    }

    private var pools: [PlainPool] {
        pets.compactMap { if case .pool(let pool) = $0 { pool } else { nil } }
    }

    private var poolKeys: PlainMatrix {
        let count = parameters.vector(Self.poolKeyName).count
        return parameters.matrix(
            Self.poolKeyName, count / configuration.width, configuration.width)
    }

    private static let poolKeyName = "e_prompt.prompt_key"

    /// The gradients of the total loss in every parameter, by hand.
    func gradients(_ images: Tensor, _ objective: Objective) -> PlainParameters {
        var gradients = parameters.zeroed
        let traces = pictures(images).enumerated().map { ($1, trace($1, index: $0)) }
        let features = features(images)
        // g = mapping f, logits = head g; loss = cross-entropy(logits) + contrast(f)
        let mapped = mapping.forward(features, parameters)
        let dLogits = crossEntropy(objective).backward(head.forward(mapped))
        let (dMapped, dWeight, dBias) = head.backward(mapped, dLogits)
        var dFeatures = mapping.backward(features, dMapped, parameters, &gradients)
        gradients.add(dWeight.values, to: "head.weight")
        gradients.add(dBias, to: "head.bias")
        if let contrast = objective.contrast {
            dFeatures = dFeatures + contrast.backward(features)
        }
        for pool in pools {
            guard let pull = pool.pull else { continue }
            let dKeys = pull.backward(keys: poolKeys, pool.selection)
            gradients.add(dKeys.values, to: Self.poolKeyName)
        }
        for (picture, (patches, x)) in traces.enumerated() {
            // f = norm(x)[0]
            var dTokens = PlainMatrix(zeros: x[configuration.depth].rows, configuration.width)
            for c in 0..<configuration.width { dTokens[0, c] = dFeatures[picture, c] }
            var dx =
                configuration.hasFinalNorm
                ? backNorm("norm", x[configuration.depth], dTokens, &gradients) : dTokens
            for index in (0..<configuration.depth).reversed() {
                dx = block(index, picture).backward(x[index], dx, &gradients)
            }
            backEmbedding(patches, dx, &gradients)
        }
        return gradients
    }

    private var head: PlainLinear {
        let bias = parameters.vector("head.bias")
        return PlainLinear(
            weight: parameters.matrix(
                "head.weight", bias.count, parameters.vector("head.weight").count / bias.count),
            bias: bias)
    }

    private func crossEntropy(_ objective: Objective) -> PlainCrossEntropy {
        PlainCrossEntropy(labels: objective.labels, allowed: objective.allowed)
    }

    private func block(_ index: Int, _ picture: Int) -> PlainBlock {
        PlainBlock(model: self, index: index, picture: picture)
    }

    // MARK: Patch embedding

    /// The patches of each picture, row by row of the grid, channel by channel, `[patches, length]`.
    private func pictures(_ images: Tensor) -> [PlainMatrix] {
        let (size, patch) = (configuration.imageSize, configuration.patchSize)
        let grid = size / patch
        return (0..<images.shape[0]).map { picture in
            PlainMatrix(configuration.patchCount, configuration.patchLength) { place, element in
                let (row, column) = place.quotientAndRemainder(dividingBy: grid)
                let (channel, rest) = element.quotientAndRemainder(dividingBy: patch * patch)
                let (y, x) = rest.quotientAndRemainder(dividingBy: patch)
                let line = (picture * configuration.channels + channel) * size + row * patch + y
                return Double(images.values[line * size + column * patch + x])
            }
        }
    }

    private var projection: PlainLinear {
        PlainLinear(
            weight: parameters.matrix(
                "patch_embed.proj.weight", configuration.width, configuration.patchLength),
            bias: parameters.vector("patch_embed.proj.bias"))
    }

    /// [class token; projected patches] + positions.
    private func embedded(_ patches: PlainMatrix) -> PlainMatrix {
        let width = configuration.width
        return parameters.matrix("cls_token", 1, width).followed(by: projection.forward(patches))
            + parameters.matrix("pos_embed", configuration.tokenCount, width)
    }

    private func backEmbedding(
        _ patches: PlainMatrix, _ dx: PlainMatrix, _ gradients: inout PlainParameters
    ) {
        gradients.add(dx.values, to: "pos_embed")
        gradients.add(dx.rows(0..<1).values, to: "cls_token")
        let (_, dWeight, dBias) = projection.backward(patches, dx.rows(1..<dx.rows))
        gradients.add(dWeight.values, to: "patch_embed.proj.weight")
        gradients.add(dBias, to: "patch_embed.proj.bias")
    }

    // MARK: Norms

    func norm(_ name: String) -> PlainNorm {
        PlainNorm(
            weight: parameters.vector("\(name).weight"), bias: parameters.vector("\(name).bias"),
            epsilon: configuration.layerNormEpsilon)
    }

    func backNorm(
        _ name: String, _ x: PlainMatrix, _ dy: PlainMatrix, _ gradients: inout PlainParameters
    ) -> PlainMatrix {
        let (dx, dWeight, dBias) = norm(name).backward(x, dy)
        gradients.add(dWeight, to: "\(name).weight")
        gradients.add(dBias, to: "\(name).bias")
        return dx
    }
}
