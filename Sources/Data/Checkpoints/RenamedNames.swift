/// A family of names for the tensors of the model as they are, but that queries, keys and values may be
/// apart, and that a block may scale what it adds (LayerScale), which is folded into the layer before.
struct RenamedNames: Sendable, Hashable {
    /// Names outside of blocks, by the model's; `*` stands for `weight` or `bias`.
    let outside: [String: String]
    /// The beginning of names inside of blocks, up to the number.
    let block: String
    /// Names inside of a block, by the model's layers; `*` as above.
    let inside: [String: String]
    /// The names of queries, keys and values, joined in one or apart in three.
    let attention: [String]
    /// The factors for each output of a layer, by the model's layers.
    var scales: [String: String] = [:]
    /// What may be left out.
    let skipped: [WeightMapping.Dropped]

    /// The name of a tensor outside of blocks.
    func name(_ target: String) -> String {
        if let name = outside[target] { return name }
        let parts = target.split(separator: ".")
        guard parts.count > 1, let kind = parts.last else { return target }
        let layer = parts.dropLast().joined(separator: ".")
        return outside[layer]?.replacing("*", with: kind) ?? target
    }

    /// The names of a tensor inside of a block.
    func names(inBlock index: Int, layer: String, kind: String) -> [String] {
        let patterns = layer == "attn.qkv" ? attention : [inside[layer] ?? "\(layer).*"]
        return patterns.map { "\(block)\(index)." + $0.replacing("*", with: kind) }
    }

    func rule(_ target: String, _ shape: [Int]) -> WeightRule {
        guard let inner = BlockName(target) else {
            return WeightRule(target, shape, from: name(target))
        }
        let (layer, kind) = inner.layerAndKind
        let names = names(inBlock: inner.index, layer: layer, kind: kind)
        let part = [shape[0] / names.count] + shape.dropFirst()
        var rule = WeightRule(
            target, shape,
            names.map { .init(name: $0, shape: part, arrangement: .unchanged) })
        if let scale = scales[layer] {
            rule.rowScale = .init(
                name: "\(block)\(inner.index).\(scale)", shape: [shape[0]],
                arrangement: .unchanged)
        }
        return rule
    }
}

extension RenamedNames {
    /// Tells one of these families from the names of a file; nil when it is none.
    init?(names: [String]) {
        if names.contains("conv_proj.weight"), names.contains("class_token") {
            self = .torchvision(names)
        } else if names.contains(Self.huggingFaceMark) {
            self = .huggingFace(names)
        } else if names.contains("blocks.0.ls1.gamma") {
            self = Self.scaled
        } else {
            return nil
        }
    }

    /// timm's names with LayerScale, as DINOv2 has them.
    private static let scaled = RenamedNames(
        outside: [:], block: "blocks.", inside: [:], attention: ["attn.qkv.*"],
        scales: ["attn.proj": "ls1.gamma", "mlp.fc2": "ls2.gamma"],
        skipped: [
            .init("mask_token", "mask token"), .init("head.", "classifier"),
            .init("fc.", "classifier"),
        ])

    private static func torchvision(_ names: [String]) -> RenamedNames {
        let layer = "encoder.layers.encoder_layer_"
        // Files from before version 0.12 call the layers of the MLP so.
        let isOld = names.contains("\(layer)0.mlp.linear_1.weight")
        return RenamedNames(
            outside: [
                "cls_token": "class_token", "pos_embed": "encoder.pos_embedding",
                "patch_embed.proj": "conv_proj.*", "norm": "encoder.ln.*",
            ],
            block: layer,
            inside: [
                "norm1": "ln_1.*", "norm2": "ln_2.*", "attn.proj": "self_attention.out_proj.*",
                "mlp.fc1": isOld ? "mlp.linear_1.*" : "mlp.0.*",
                "mlp.fc2": isOld ? "mlp.linear_2.*" : "mlp.3.*",
            ],
            attention: ["self_attention.in_proj_*"], skipped: [.init("heads.", "classifier")])
    }

    private static let huggingFaceMark = "embeddings.patch_embeddings.projection.weight"

    /// The names of Hugging Face's transformers, which changed over time: whatever the file has.
    private static func huggingFace(_ names: [String]) -> RenamedNames {
        let given = Set(names)
        let block =
            ["encoder.layer.", "encoder.layers.", "layers.", "layer."]
            .first { prefix in names.contains { $0.hasPrefix("\(prefix)0.") } } ?? "encoder.layer."
        func choice(_ patterns: String...) -> String {
            patterns.first { given.contains("\(block)0." + $0.replacing("*", with: "weight")) }
                ?? patterns[0]
        }
        let query = choice(
            "attention.attention.query.*", "attention.q_proj.*", "attention.query.*",
            "attention.self.query.*", "self_attn.q_proj.*")
        let scale = "layer_scale1.lambda1"
        return RenamedNames(
            outside: [
                "cls_token": "embeddings.cls_token", "pos_embed": "embeddings.position_embeddings",
                "patch_embed.proj": "embeddings.patch_embeddings.projection.*",
                "norm": given.contains("norm.weight") ? "norm.*" : "layernorm.*",
            ],
            block: block,
            inside: [
                "norm1": choice("layernorm_before.*", "norm1.*"),
                "norm2": choice("layernorm_after.*", "norm2.*"),
                "attn.proj": choice(
                    "attention.output.dense.*", "attention.o_proj.*", "attention.out_proj.*",
                    "self_attn.o_proj.*", "self_attn.out_proj.*"),
                "mlp.fc1": choice("intermediate.dense.*", "mlp.fc1.*", "mlp.up_proj.*"),
                "mlp.fc2": choice("output.dense.*", "mlp.fc2.*", "mlp.down_proj.*"),
            ],
            attention: [
                query, query.replacing("query", with: "key").replacing("q_proj", with: "k_proj"),
                query.replacing("query", with: "value").replacing("q_proj", with: "v_proj"),
            ],
            scales: given.contains("\(block)0.\(scale)")
                ? ["attn.proj": scale, "mlp.fc2": "layer_scale2.lambda1"] : [:],
            skipped: [
                .init("pooler.", "pooler"), .init("embeddings.mask_token", "mask token"),
                .init("classifier.", "classifier"),
            ])
    }
}
