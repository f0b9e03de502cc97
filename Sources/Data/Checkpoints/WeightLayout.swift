import Engine

/// A family of names under which files hold a vision transformer.
enum WeightLayout: Sendable, Hashable {
    /// The names of timm, which are those of the model.
    case timm
    /// The names of Google's flax files, all below a prefix (`opt/target/` or nothing).
    case flax(prefix: String)
    /// The names of the package vit-pytorch, whose head holds the last layer normalisation.
    case vitPytorch
    /// Names with `encoder.i.attention.queries` and so on, separate queries, keys and values, no
    /// projection of the attention, a second layer normalisation at the end, and a tanh head.
    case separate(depth: Int)
    /// Names of torchvision, of Hugging Face's transformers, and timm's with LayerScale.
    case renamed(RenamedNames)

    /// How the name of the weight ends that makes tokens of patches, in each family: where a model
    /// lies in a file, one of these is found.
    static let marks = [
        "patch_embed.proj.weight", "embedding/kernel", "to_patch_embedding.1.weight",
        "embedding.conv1.weight", "embeddings.patch_embeddings.projection.weight",
        "conv_proj.weight",
    ]

    /// Tells the layout of a file from its names.
    init(names: [String]) {
        let optimizer = "opt/target/"
        if names.contains(where: { $0.hasPrefix(optimizer) }) {
            self = .flax(prefix: optimizer)
        } else if names.contains(where: { $0.hasPrefix("Transformer/") }) {
            self = .flax(prefix: "")
        } else if names.contains(VitPytorchNames.mark) {
            self = .vitPytorch
        } else if names.contains(SeparateNames.mark) {
            self = .separate(depth: SeparateNames.depth(names))
        } else if let found = RenamedNames(names: names) {
            self = .renamed(found)
        } else {
            self = .timm
        }
    }

    /// The name of the position embedding, whose grid may differ from the model's.
    var positionName: String {
        switch self {
        case .timm: "pos_embed"
        case .flax(let prefix): "\(prefix)Transformer/posembed_input/pos_embedding"
        case .vitPytorch: "pos_embedding"
        case .separate: "embedding.pos_embedding"
        case .renamed(let family): family.name("pos_embed")
        }
    }

    /// Why a known name is left out; nil for a name that must be used.
    func reasonToSkip(_ name: String) -> String? {
        switch self {
        case .timm:
            if ["head.", "fc."].contains(where: name.hasPrefix) { return "classifier" }
            return name.hasPrefix("pre_logits.") ? "pre-logits layer" : nil
        case .flax(let prefix):
            if !prefix.isEmpty, name.hasPrefix("opt/state/") { return "optimiser state" }
            guard name.hasPrefix(prefix) else { return nil }
            let rest = name.dropFirst(prefix.count)
            if rest.hasPrefix("head/") { return "classifier" }
            return rest.hasPrefix("pre_logits/") ? "pre-logits layer" : nil
        case .vitPytorch: return name.hasPrefix("mlp_head.1.") ? "classifier" : nil
        case .renamed(let family):
            return family.skipped.first { name.hasPrefix($0.beginning) }?.reason
        case .separate:
            if name.hasPrefix("classifier.") { return "classifier" }
            return name.hasPrefix("norm.") ? "second layer normalisation at the end" : nil
        }
    }

    /// The rules for all tensors of a model.
    func rules(for configuration: ViTConfiguration) -> [WeightRule] {
        switch self {
        case .flax(let prefix):
            return FlaxNames(prefix: prefix, configuration: configuration).rules
        case .timm, .vitPytorch, .separate, .renamed:
            return ViTWeights.expectedShapes(configuration).map { name, shape in
                switch self {
                case .vitPytorch: VitPytorchNames.rule(name, shape)
                case .separate(let depth): SeparateNames.rule(name, shape, depth: depth)
                case .renamed(let family): family.rule(name, shape)
                case .timm, .flax: WeightRule(name, shape, from: name)
                }
            }
        }
    }
}

extension WeightRule {
    /// An array of the file as it is.
    init(_ target: String, _ shape: [Int], from name: String) {
        self.init(target, shape, [Part(name: name, shape: shape, arrangement: .unchanged)])
    }
}

/// A name of a tensor inside a block: `blocks.3.attn.qkv.weight` is block 3, `attn.qkv.weight`.
struct BlockName {
    let index: Int
    let rest: String

    /// Takes a name apart; nil when it is not inside a block.
    init?(_ name: String) {
        let parts = name.split(separator: ".", maxSplits: 2)
        guard parts.count == 3, parts[0] == "blocks", let index = Int(parts[1]) else { return nil }
        self.index = index
        rest = String(parts[2])
    }
}

/// The names of vit-pytorch. Its patches are a linear layer over `[patch, patch, channels]`.
private enum VitPytorchNames {
    static let mark = "transformer.layers.0.0.fn.to_qkv.weight"

    private static let outside = [
        "cls_token": "cls_token", "pos_embed": "pos_embedding",
        "patch_embed.proj.bias": "to_patch_embedding.1.bias", "norm.weight": "mlp_head.0.weight",
        "norm.bias": "mlp_head.0.bias",
    ]
    private static let inside = [
        "norm1": "0.norm", "attn.qkv": "0.fn.to_qkv", "attn.proj": "0.fn.to_out.0",
        "norm2": "1.norm", "mlp.fc1": "1.fn.net.0", "mlp.fc2": "1.fn.net.3",
    ]

    static func rule(_ target: String, _ shape: [Int]) -> WeightRule {
        if target == "patch_embed.proj.weight" {
            let (outputs, channels, patch) = (shape[0], shape[1], shape[2])
            return WeightRule(
                target, shape,
                [
                    .init(
                        name: "to_patch_embedding.1.weight",
                        shape: [outputs, patch * patch * channels],
                        arrangement: .patches(outputs: outputs, channels: channels))
                ])
        }
        guard let block = BlockName(target) else {
            return WeightRule(target, shape, from: outside[target] ?? target)
        }
        let (layer, kind) = block.layerAndKind
        return WeightRule(
            target, shape,
            from: "transformer.layers.\(block.index).\(inside[layer] ?? layer).\(kind)")
    }
}

/// Names with separate queries, keys and values.
private enum SeparateNames {
    static let mark = "encoder.0.attention.queries.weight"

    private static let outside = [
        "cls_token": "embedding.cls_token", "pos_embed": "embedding.pos_embedding",
        "patch_embed.proj.weight": "embedding.conv1.weight",
        "patch_embed.proj.bias": "embedding.conv1.bias",
    ]
    private static let inside = [
        "norm1": "norm1", "norm2": "norm2", "mlp.fc1": "fc1", "mlp.fc2": "fc2",
    ]

    /// The layer behind the last block is a layer normalisation: its number is that of the blocks.
    static func depth(_ names: [String]) -> Int {
        var depth = 0
        while names.contains("encoder.\(depth).attention.queries.weight") { depth += 1 }
        return depth
    }

    static func rule(_ target: String, _ shape: [Int], depth: Int) -> WeightRule {
        guard let block = BlockName(target) else {
            let name = target.hasPrefix("norm.") ? "encoder.\(depth)" + target.dropFirst(4) : nil
            return WeightRule(target, shape, from: name ?? outside[target] ?? target)
        }
        let (layer, kind) = block.layerAndKind
        let prefix = "encoder.\(block.index)"
        switch layer {
        case "attn.qkv":
            let part = [shape[0] / 3] + shape.dropFirst()
            return WeightRule(
                target, shape,
                ["queries", "keys", "values"].map {
                    .init(
                        name: "\(prefix).attention.\($0).\(kind)", shape: part,
                        arrangement: .unchanged)
                })
        case "attn.proj":
            return WeightRule(identity: target, shape)
        default:
            return WeightRule(target, shape, from: "\(prefix).\(inside[layer] ?? layer).\(kind)")
        }
    }
}

extension BlockName {
    /// `attn.qkv.weight` is layer `attn.qkv`, kind `weight`.
    var layerAndKind: (layer: String, kind: String) {
        guard let dot = rest.lastIndex(of: ".") else { return (rest, "") }
        return (String(rest[..<dot]), String(rest[rest.index(after: dot)...]))
    }
}
