import Data
import Engine
import Pipeline
import TestSupport
import Testing

/// Names of other programs for the same model.
@Suite struct WeightFamilyTests {
    private let samples = Result { try CheckpointSamples() }

    private static let torchvision = [
        ("cls_token", "class_token"), ("pos_embed", "encoder.pos_embedding"),
        ("patch_embed.proj", "conv_proj"), ("norm1", "ln_1"), ("norm2", "ln_2"),
        ("attn.qkv.", "self_attention.in_proj_"), ("attn.proj", "self_attention.out_proj"),
        ("mlp.fc1", "mlp.0"), ("mlp.fc2", "mlp.3"), ("blocks.", "encoder.layers.encoder_layer_"),
        ("^norm.", "encoder.ln."),
    ]
    private static let huggingFace = [
        ("cls_token", "embeddings.cls_token"), ("pos_embed", "embeddings.position_embeddings"),
        ("patch_embed.proj", "embeddings.patch_embeddings.projection"),
        ("norm1", "layernorm_before"), ("norm2", "layernorm_after"),
        ("attn.qkv", "attention.attention.query"), ("attn.proj", "attention.output.dense"),
        ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"),
        ("blocks.", "encoder.layer."), ("^norm.", "layernorm."),
    ]
    private static let newer = [
        ("cls_token", "embeddings.cls_token"), ("pos_embed", "embeddings.position_embeddings"),
        ("patch_embed.proj", "embeddings.patch_embeddings.projection"),
        ("norm1", "layernorm_before"), ("norm2", "layernorm_after"),
        ("attn.qkv", "attention.q_proj"), ("attn.proj", "attention.o_proj"),
        ("blocks.", "layers."), ("^norm.", "layernorm."),
    ]

    private static func name(_ own: String, _ pairs: [(String, String)]) -> String {
        pairs.reduce(own) { name, pair in
            guard pair.0.hasPrefix("^") else { return name.replacing(pair.0, with: pair.1) }
            let start = String(pair.0.dropFirst())
            return name.hasPrefix(start) ? pair.1 + name.dropFirst(start.count) : name
        }
    }

    /// Queries, keys and values apart, under names with each word for the first.
    private static func split(_ set: ParameterSet, _ words: [String]) -> ParameterSet {
        var entries: [(name: String, tensor: Tensor)] = []
        for (name, tensor) in zip(set.names, set.tensors) {
            guard name.contains(words[0]) else {
                entries.append((name, tensor))
                continue
            }
            let count = tensor.values.count / 3
            let shape = [tensor.shape[0] / 3] + tensor.shape.dropFirst()
            for (index, word) in words.enumerated() {
                let values = Array(tensor.values[index * count..<(index + 1) * count])
                entries.append((name.replacing(words[0], with: word), Tensor(shape: shape, values)))
            }
        }
        return ParameterSet(entries)
    }

    private static let families: [(name: String, pairs: [(String, String)], words: [String]?)] = [
        ("torchvision", torchvision, nil),
        (
            "torchvision before 0.12",
            torchvision.map {
                ($0.0, ["mlp.0": "mlp.linear_1", "mlp.3": "mlp.linear_2"][$0.1] ?? $0.1)
            },
            nil
        ),
        ("Hugging Face", huggingFace, ["query", "key", "value"]),
        ("Hugging Face, newer", newer, ["q_proj", "k_proj", "v_proj"]),
    ]

    @Test(arguments: families.map(\.name), ["", "vit.", "model.backbone."])
    func namesOfAFamilyHoldTheSameWeights(family: String, prefix: String) throws {
        let samples = try samples.get()
        let (_, pairs, words) = try #require(Self.families.first { $0.name == family })
        var named = samples.weights.parameters.renamed { Self.name($0, pairs) }
        if let words { named = Self.split(named, words) }
        let path = try samples.safetensors(named.renamed { prefix + $0 })
        let read = try samples.read(path)
        #expect(read.weights == samples.weights)
        let file = try CheckpointFile(path)
        if prefix.isEmpty {
            #expect(try ViTSizes(file).configuration(heads: 2) == samples.configuration)
        }
    }

    @Test func whatAFamilyAddsIsLeftOutAndLogged() throws {
        let samples = try samples.get()
        let named = Self.split(
            samples.weights.parameters.renamed { "vit." + Self.name($0, Self.huggingFace) },
            ["query", "key", "value"])
        let path = try samples.safetensors(
            named.with([
                ("classifier.weight", Tensor(zeros: [2, 4])),
                ("vit.pooler.dense.bias", Tensor(zeros: [4])),
            ]))
        let read = try samples.read(path)
        #expect(read.weights == samples.weights)
        #expect(
            read.log == [
                "names bear the prefix 'vit.'; removed",
                "left out, not of the model: classifier.weight",
                "left out, pooler: pooler.dense.bias",
            ])
    }

    /// (W x + b) · s = (s W) x + (s b), row by row: gamma is a power of two here, so nothing is rounded.
    @Test(arguments: ["blocks.#.ls?.gamma", "encoder.layer.#.layer_scale?.lambda1"])
    func layerScaleIsFoldedIntoTheLayerBefore(pattern: String) throws {
        let samples = try samples.get()
        let isOther = pattern.hasPrefix("encoder")
        var named = samples.weights.parameters
        if isOther {
            let pairs = Self.huggingFace.filter {
                !$0.0.hasPrefix("norm") && !$0.0.hasPrefix("mlp")
            }
            named = Self.split(named.renamed { Self.name($0, pairs) }, ["query", "key", "value"])
        }
        let gamma: [Float] = [0.5, 2, -4, 0.25]
        let scales = (0..<2).flatMap { block in
            ["1", "2"].map { number in
                let name = pattern.replacing("#", with: "\(block)").replacing("?", with: number)
                return (name: name, tensor: Tensor(shape: [4], gamma))
            }
        }
        let mask = isOther ? "embeddings.mask_token" : "mask_token"
        let read = try samples.read(
            samples.safetensors(named.with(scales + [(mask, Tensor(zeros: [1, 4]))])))
        for (name, tensor) in zip(
            samples.weights.parameters.names, samples.weights.parameters.tensors)
        {
            let isScaled = name.contains("attn.proj") || name.contains("fc2")
            let length = tensor.values.count / tensor.shape[0]
            let wanted = tensor.values.indices.map { index in
                tensor.values[index] * (isScaled ? gamma[index / length] : 1)
            }
            #expect(read.weights.parameters[name]?.values == wanted, "\(name)")
        }
        #expect(read.log.contains("LayerScale folded into 8 arrays of the layers before it"))
        #expect(read.log.contains("left out, mask token: \(mask)"))
    }

    @Test func aScaleOfAnotherShapeIsNamed() throws {
        let samples = try samples.get()
        let scales = (0..<2).flatMap { block in
            ["1", "2"].map { (name: "blocks.\(block).ls\($0).gamma", tensor: Tensor(zeros: [3])) }
        }
        let path = try samples.safetensors(samples.weights.parameters.with(scales))
        #expect(
            samples.problem(path)?.text.hasPrefix(
                "does not fit the model; of another shape: blocks.0.ls1.gamma is [3], expected [4]")
                == true)
    }

    /// Names of models that cannot be computed, and what they are called.
    private static let others: [(names: [String], words: String)] = [
        (
            ["visual.conv1.weight", "visual.class_embedding", "visual.ln_pre.weight"],
            "CLIP's visual encoder, which has a norm before the blocks and another GELU"
        ),
        (
            ["vision_model.embeddings.class_embedding", "vision_model.pre_layrnorm.weight"],
            "CLIP's visual encoder"
        ),
        (["layers.0.blocks.0.attn.relative_position_bias_table"], "a Swin transformer"),
        (["features.1.0.attn.relative_position_bias_table"], "a Swin transformer"),
        (["conv1.weight", "layer1.0.conv1.weight", "layer2.0.conv1.weight"], "a ResNet"),
        (["stages.0.blocks.0.conv_dw.weight"], "a ConvNeXt"),
        (["downsample_layers.0.0.weight", "stages.0.0.dwconv.weight"], "a ConvNeXt"),
        (["blocks.0.attn.q_bias", "blocks.0.attn.relative_position_bias_table"], "BEiT"),
        (["base_model.model.blocks.0.attn.qkv.lora_A.weight"], "an adapter of PEFT"),
        (["model.embed_tokens.weight"], "a language model"),
    ]

    @Test(arguments: others.map(\.words).indices)
    func modelsOfOtherKindsAreNamed(index: Int) throws {
        let samples = try samples.get()
        let (names, words) = Self.others[index]
        let path = try samples.safetensors(
            ParameterSet(names.map { ($0, Tensor(zeros: [1])) }))
        let problem = try #require(samples.problem(path))
        #expect(
            problem.text.hasPrefix("does not fit the model; these are the names of \(words)"),
            "\(problem.text)")
        #expect(problem.hint?.isEmpty == false)
    }

    /// A vision transformer with one thing more is named by it.
    @Test(arguments: [
        ("register_tokens", "register tokens"), ("reg_token", "register tokens"),
        ("dist_token", "a distilled DeiT"),
        ("blocks.0.mlp.w12.weight", "gated MLP"),
    ])
    func aTransformerWithMoreIsNamedByIt(extra: String, words: String) throws {
        let samples = try samples.get()
        let named = samples.weights.parameters.with([(extra, Tensor(zeros: [1, 1, 4]))])
        for prefix in ["", "backbone."] {
            let path = try samples.safetensors(named.renamed { prefix + $0 })
            let problem = try #require(samples.problem(path))
            #expect(problem.hint?.hasPrefix("these are the names of ") == true)
            #expect(problem.hint?.contains(words) == true, "\(problem.hint ?? "")")
            #expect(problem.text.contains("unknown: \(extra)"))
        }
    }

    @Test func wholeNumbersAreNoWeights() throws {
        let samples = try samples.get()
        let header =
            "{\"cls_token\":{\"dtype\":\"I8\",\"shape\":[1,1,4],\"data_offsets\":[0,4]}}"
        let bytes =
            ZipBuilder.littleEndian(header.utf8.count, 8) + Array(header.utf8) + [1, 2, 3, 4]
        let path = try samples.folder.write(bytes, to: "whole.safetensors")
        #expect(
            samples.problem(path)?.text
                == "'cls_token' has elements of type I8, and weights are floating-point numbers")
    }
}
