import Engine
import Foundation

/// The vision transformer in double and plain loops, written from the equations alone: the reference of
/// the tuned passes.
struct PlainViT {
    typealias Rows = [[Double]]

    let configuration: ViTConfiguration
    /// Backbone, PET and head by name.
    var parameters: [String: [Double]]
    let method: (any PETMethod)?
    /// For each picture the entries of a prompt pool that it reads.
    var selection: [[Int]] = []

    init(_ configuration: ViTConfiguration, _ sets: [ParameterSet], method: (any PETMethod)?) {
        self.configuration = configuration
        self.method = method
        parameters = [:]
        for set in sets {
            for (name, tensor) in zip(set.names, set.tensors) {
                parameters[name] = tensor.values.map(Double.init)
            }
        }
    }

    private func values(_ name: String) -> [Double] { parameters[name] ?? [] }

    /// x Wᵀ + b, b zero where there is none.
    private func linear(_ x: Rows, _ name: String) -> Rows {
        let weight = values("\(name).weight")
        let outputs = weight.count / (x.first?.count ?? 1)
        let bias = parameters["\(name).bias"] ?? Array(repeating: 0, count: outputs)
        return x.map { row in
            bias.indices.map { o in
                row.indices.reduce(bias[o]) { $0 + row[$1] * weight[o * row.count + $1] }
            }
        }
    }

    private func norm(_ x: Rows, _ name: String) -> Rows {
        let weight = values("\(name).weight")
        let bias = values("\(name).bias")
        return x.map { row in
            let mean = row.reduce(0, +) / Double(row.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
            let deviation = (variance + configuration.layerNormEpsilon).squareRoot()
            return row.indices.map { (row[$0] - mean) / deviation * weight[$0] + bias[$0] }
        }
    }

    /// scale (x A) B of one kind (k or v) in a block; nil where LoRA does not act.
    private func delta(_ x: Rows, _ kind: String, block: Int) -> Rows? {
        guard let lora = method as? LoRA, let position = lora.blocks.firstIndex(of: block)
        else { return nil }
        let width = configuration.attentionWidth
        func factor(_ name: String, _ size: Int) -> [Double] {
            Array(
                values("lora_layer.\(kind)_lora_\(name)")[position * size..<(position + 1) * size])
        }
        let a = factor("A", configuration.width * lora.rank)
        let b = factor("B", lora.rank * width)
        return x.map { row in
            let inner = (0..<lora.rank).map { r in
                row.indices.reduce(0) { $0 + row[$1] * a[$1 * lora.rank + r] }
            }
            return (0..<width).map { o in
                inner.indices.reduce(0) { $0 + inner[$1] * b[$1 * width + o] }
                    / Double(lora.rank)
            }
        }
    }

    /// `count` rows of a tensor with rows of `width`, from row `first` on.
    private func rows(_ name: String, _ first: Int, _ count: Int, width: Int) -> Rows {
        (first..<first + count).map { Array(values(name)[$0 * width..<($0 + 1) * width]) }
    }

    /// What a pool adds to the keys (part 0) or values (part 1) of a picture in a block.
    private func poolPrefix(_ pool: PromptPool, _ part: Int, block: Int, picture: Int) -> Rows {
        let width = configuration.attentionWidth
        if let general = pool.general, let position = general.blocks.firstIndex(of: block) {
            return rows(
                "g_prompt", (2 * position + part) * general.length, general.length, width: width)
        }
        guard case .prefix(let blocks) = pool.insertion,
            let position = blocks.firstIndex(of: block)
        else { return [] }
        return selection[picture].flatMap { entry in
            rows(
                "e_prompt.prompt", (2 * (entry * blocks.count + position) + part) * pool.length,
                pool.length, width: width)
        }
    }

    /// The tokens that a pool adds to a picture's input of a block.
    private func poolTokens(block: Int, picture: Int) -> Rows {
        guard let pool = method as? PromptPool, case .tokens(block) = pool.insertion else {
            return []
        }
        return selection[picture].flatMap {
            rows("e_prompt.prompt", $0 * pool.length, pool.length, width: configuration.width)
        }
    }

    /// The rows of a prefix, keys (part 0) or values (part 1); empty where none acts.
    private func prefix(_ part: Int, block: Int, picture: Int) -> Rows {
        if let pool = method as? PromptPool {
            return poolPrefix(pool, part, block: block, picture: picture)
        }
        guard let prompt = method as? PrefixPrompt,
            let position = prompt.blocks.firstIndex(of: block)
        else { return [] }
        return rows(
            "e_prompt.prompt", (2 * position + part) * prompt.length, prompt.length,
            width: configuration.attentionWidth)
    }

    /// relu(a Wd + bd) Wu + bu added to each row a; the rows themselves where no adapter acts.
    private func adapted(_ rows: Rows, block: Int) -> Rows {
        guard let adapter = method as? Adapter, let position = adapter.blocks.firstIndex(of: block)
        else { return rows }
        let (width, inner) = (configuration.width, adapter.bottleneck)
        func part(_ name: String, _ count: Int) -> [Double] {
            Array(values("adapters.\(name)")[position * count..<(position + 1) * count])
        }
        let (down, up) = (part("down_proj", width * inner), part("up_proj", width * inner))
        let (downBias, upBias) = (part("down_bias", inner), part("up_bias", width))
        return rows.map { a in
            let z = (0..<inner).map { i in
                max(0, a.indices.reduce(downBias[i]) { $0 + a[$1] * down[$1 * inner + i] })
            }
            return a.indices.map { o in
                z.indices.reduce(a[o] + upBias[o]) { $0 + z[$1] * up[$1 * width + o] }
            }
        }
    }

    private func attention(_ x: Rows, block: Int, picture: Int) -> Rows {
        let width = configuration.attentionWidth
        let qkv = linear(x, "blocks.\(block).attn.qkv")
        func rows(_ index: Int, _ delta: Rows?) -> Rows {
            qkv.indices.map { token in
                (0..<width).map { qkv[token][index * width + $0] + (delta?[token][$0] ?? 0) }
            }
        }
        let queries = rows(0, nil)
        let keys = prefix(0, block: block, picture: picture) + rows(1, delta(x, "k", block: block))
        let values =
            prefix(1, block: block, picture: picture) + rows(2, delta(x, "v", block: block))
        let size = configuration.headWidth
        let heads = queries.map { query in
            (0..<configuration.heads).flatMap { head -> [Double] in
                let columns = head * size..<(head + 1) * size
                let scores = keys.map { key in
                    columns.reduce(0) { $0 + query[$1] * key[$1] } / Double(size).squareRoot()
                }
                let largest = scores.max() ?? 0
                let powers = scores.map { exp($0 - largest) }
                let sum = powers.reduce(0, +)
                return columns.map { i in
                    values.indices.reduce(0) { $0 + powers[$1] / sum * values[$1][i] }
                }
            }
        }
        return adapted(linear(heads, "blocks.\(block).attn.proj"), block: block)
    }

    private func mlp(_ x: Rows, block: Int) -> Rows {
        let hidden = linear(x, "blocks.\(block).mlp.fc1").map { row in
            row.map {
                configuration.activation == .relu
                    ? max($0, 0) : 0.5 * $0 * erfc(-$0 / 2.0.squareRoot())
            }
        }
        return linear(hidden, "blocks.\(block).mlp.fc2")
    }

    private func embedded(_ picture: ArraySlice<Float>) -> Rows {
        let pixels = Array(picture)
        let size = configuration.imageSize
        let patch = configuration.patchSize
        let grid = size / patch
        var patches: Rows = []
        for row in 0..<grid {
            for column in 0..<grid {
                var values: [Double] = []
                for channel in 0..<configuration.channels {
                    for y in 0..<patch {
                        for x in 0..<patch {
                            let line = channel * size + row * patch + y
                            values.append(Double(pixels[line * size + column * patch + x]))
                        }
                    }
                }
                patches.append(values)
            }
        }
        let tokens = [values("cls_token")] + linear(patches, "patch_embed.proj")
        let positions = values("pos_embed")
        return tokens.enumerated().map { token, row in
            row.indices.map { row[$0] + positions[token * row.count + $0] }
        }
    }

    /// All tokens of each picture after the final norm.
    func tokens(_ images: Tensor) -> [Rows] {
        let length = configuration.pictureLength
        return (0..<images.shape[0]).map { picture in
            var x = embedded(images.values[picture * length..<(picture + 1) * length])
            func add(_ y: Rows) { x = zip(x, y).map { zip($0, $1).map(+) } }
            for block in 0..<configuration.depth {
                // The order of tokens means nothing; the class token stays first.
                x += poolTokens(block: block, picture: picture)
                let attended = attention(
                    norm(x, "blocks.\(block).norm1"), block: block, picture: picture)
                add(attended)
                add(mlp(norm(x, "blocks.\(block).norm2"), block: block))
            }
            return configuration.hasFinalNorm ? norm(x, "norm") : x
        }
    }

    /// The mean cross-entropy of a batch.
    func loss(_ batch: Trainer.Batch, allowed: [Int]) -> Double {
        let features = tokens(batch.images).compactMap(\.first)
        let logits = linear(features, "head")
        let losses = zip(logits, batch.labels).map { row, label in
            log(allowed.reduce(0) { $0 + exp(row[$1]) }) - row[label]
        }
        return losses.reduce(0, +) / Double(losses.count)
    }

    /// The central difference of the loss in one element of one parameter.
    mutating func slope(
        _ name: String, _ element: Int, _ batch: Trainer.Batch, allowed: [Int]
    ) -> Double {
        let step = 1e-5
        let start = values(name)[element]
        defer { parameters[name]?[element] = start }
        parameters[name]?[element] = start + step
        let above = loss(batch, allowed: allowed)
        parameters[name]?[element] = start - step
        return (above - loss(batch, allowed: allowed)) / (2 * step)
    }
}
