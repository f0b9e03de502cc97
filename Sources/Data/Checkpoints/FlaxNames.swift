import Engine

/// The rules of the flax layout. Its linear kernels are `[in, out]`, its attention kernels
/// `[width, heads, headWidth]` (query, key, value) and `[heads, headWidth, width]` (output).
struct FlaxNames {
    let prefix: String
    let configuration: ViTConfiguration

    private var width: Int { configuration.width }
    private var hidden: Int { configuration.mlpWidth }

    var rules: [WeightRule] {
        let patch = configuration.patchSize
        let channels = configuration.channels
        let norm = "Transformer/encoder_norm"
        return [
            rule("cls_token", [1, 1, width], "cls"),
            rule(
                "pos_embed", [1, configuration.tokenCount, width],
                "Transformer/posembed_input/pos_embedding"),
            WeightRule(
                "patch_embed.proj.weight", [width, channels, patch, patch],
                [part("embedding/kernel", [patch, patch, channels, width], .convolution)]),
            rule("patch_embed.proj.bias", [width], "embedding/bias"),
        ] + (0..<configuration.depth).flatMap(block) + [
            rule("norm.weight", [width], "\(norm)/scale"),
            rule("norm.bias", [width], "\(norm)/bias"),
        ]
    }

    private func block(_ index: Int) -> [WeightRule] {
        let (model, file) = ("blocks.\(index)", "Transformer/encoderblock_\(index)")
        let mlp = "\(file)/MlpBlock_3"
        return norm("\(model).norm1", "\(file)/LayerNorm_0") + attention(model, file)
            + norm("\(model).norm2", "\(file)/LayerNorm_2") + [
                linear(
                    "\(model).mlp.fc1.weight", "\(mlp)/Dense_0/kernel", inputs: width,
                    outputs: hidden),
                rule("\(model).mlp.fc1.bias", [hidden], "\(mlp)/Dense_0/bias"),
                linear(
                    "\(model).mlp.fc2.weight", "\(mlp)/Dense_1/kernel", inputs: hidden,
                    outputs: width),
                rule("\(model).mlp.fc2.bias", [width], "\(mlp)/Dense_1/bias"),
            ]
    }

    private func attention(_ model: String, _ file: String) -> [WeightRule] {
        let attention = "\(file)/MultiHeadDotProductAttention_1"
        let inputs = ["query", "key", "value"]
        return [
            WeightRule(
                "\(model).attn.qkv.weight", [3 * width, width],
                inputs.map {
                    part(
                        "\(attention)/\($0)/kernel",
                        [width, configuration.heads, configuration.headWidth],
                        .transposed(rows: width))
                }),
            WeightRule(
                "\(model).attn.qkv.bias", [3 * width],
                inputs.map {
                    part(
                        "\(attention)/\($0)/bias", [configuration.heads, configuration.headWidth],
                        .unchanged)
                }),
            WeightRule(
                "\(model).attn.proj.weight", [width, width],
                [
                    part(
                        "\(attention)/out/kernel",
                        [configuration.heads, configuration.headWidth, width],
                        .transposed(rows: width))
                ]),
            rule("\(model).attn.proj.bias", [width], "\(attention)/out/bias"),
        ]
    }

    private func norm(_ model: String, _ file: String) -> [WeightRule] {
        return [
            rule("\(model).weight", [width], "\(file)/scale"),
            rule("\(model).bias", [width], "\(file)/bias"),
        ]
    }

    private func linear(
        _ target: String, _ name: String, inputs: Int, outputs: Int
    ) -> WeightRule {
        WeightRule(
            target, [outputs, inputs],
            [part(name, [inputs, outputs], .transposed(rows: inputs))])
    }

    private func rule(_ target: String, _ shape: [Int], _ name: String) -> WeightRule {
        WeightRule(target, shape, [part(name, shape, .unchanged)])
    }

    private func part(
        _ name: String, _ shape: [Int], _ arrangement: WeightRule.Arrangement
    ) -> WeightRule.Part {
        WeightRule.Part(name: prefix + name, shape: shape, arrangement: arrangement)
    }
}
