import Engine

/// One block of the plain model: `m = x + adapter(projection(attention(norm1 x)))`,
/// `y = m + fc2 activation(fc1 norm2 m)`, on all tokens of one picture; x is what comes in, behind it
/// the tokens that join it here.
struct PlainBlock {
    let model: PlainModel
    let index: Int
    /// Which picture of the batch.
    let picture: Int

    private var configuration: ViTConfiguration { model.configuration }
    private var width: Int { configuration.width }
    private var attentionWidth: Int { configuration.attentionWidth }
    private var insertion: PlainInsertion {
        PlainInsertion(
            model.pets, in: index, of: picture, model.parameters, width: width,
            attentionWidth: attentionWidth)
    }
    private var activation: PlainActivation {
        configuration.activation == .relu ? .relu : .gelu
    }
    private var attention: PlainAttention { PlainAttention(heads: configuration.heads) }

    private func name(_ part: String) -> String { "blocks.\(index).\(part)" }

    private func linear(_ part: String, _ outputs: Int, _ inputs: Int) -> PlainLinear {
        PlainLinear(
            weight: model.parameters.matrix("\(name(part)).weight", outputs, inputs),
            bias: model.parameters["\(name(part)).bias"])
    }

    private var qkv: PlainLinear { linear("attn.qkv", 3 * attentionWidth, width) }
    private var projection: PlainLinear { linear("attn.proj", width, attentionWidth) }
    private var fc1: PlainLinear { linear("mlp.fc1", configuration.mlpWidth, width) }
    private var fc2: PlainLinear { linear("mlp.fc2", width, configuration.mlpWidth) }

    // MARK: Forward

    /// Queries, keys and values; a prefix stands before the keys and values.
    private func attentionInputs(
        _ h: PlainMatrix
    ) -> (q: PlainMatrix, k: PlainMatrix, v: PlainMatrix) {
        let all = qkv.forward(h)
        let size = attentionWidth
        let insertion = insertion
        var k = all.columns(size..<2 * size)
        var v = all.columns(2 * size..<3 * size)
        if let (keys, values, _) = insertion.lowRank {
            (k, v) = (k + keys.forward(h), v + values.forward(h))
        }
        let before = [insertion.keys, insertion.values].map {
            model.parameters.matrix($0, columns: size)
        }
        return (all.columns(0..<size), before[0].followed(by: k), before[1].followed(by: v))
    }

    /// o = attention, a = projection of it, m = x + a with the adapter's addition.
    private func firstHalf(
        _ x: PlainMatrix
    ) -> (o: PlainMatrix, a: PlainMatrix, m: PlainMatrix) {
        let (q, k, v) = attentionInputs(model.norm(name("norm1")).forward(x))
        let o = attention.forward(q: q, k: k, v: v)
        let a = projection.forward(o)
        return (o, a, x + (insertion.adapter?.layer.forward(a) ?? a))
    }

    /// What comes in and what joins it.
    private func joined(_ x: PlainMatrix) -> PlainMatrix {
        x.followed(by: model.parameters.matrix(insertion.tokens, columns: width))
    }

    func forward(_ x: PlainMatrix) -> PlainMatrix {
        let m = firstHalf(joined(x)).m
        let z = fc1.forward(model.norm(name("norm2")).forward(m))
        return m + fc2.forward(activation.forward(z))
    }

    // MARK: Backward

    /// Takes the gradient of the output back to the input and adds those of all parameters.
    func backward(
        _ incoming: PlainMatrix, _ dy: PlainMatrix, _ gradients: inout PlainParameters
    ) -> PlainMatrix {
        let x = joined(incoming)
        let (o, a, m) = firstHalf(x)
        // y = m + fc2 g, g = activation(z), z = fc1 h, h = norm2 m
        let h2 = model.norm(name("norm2")).forward(m)
        let z = fc1.forward(h2)
        let g = activation.forward(z)
        let dG = back("mlp.fc2", fc2, g, dy, &gradients)
        let dZ = activation.backward(z, dG)
        let dH2 = back("mlp.fc1", fc1, h2, dZ, &gradients)
        let dm = dy + model.backNorm(name("norm2"), m, dH2, &gradients)
        // m = x + adapter(a), a = projection o
        let da = backAdapter(a, dm, &gradients)
        let dO = back("attn.proj", projection, o, da, &gradients)
        // h = norm1 x
        let h = model.norm(name("norm1")).forward(x)
        let dH = backAttention(h, dO, &gradients)
        let dx = dm + model.backNorm(name("norm1"), x, dH, &gradients)
        // x = [incoming; tokens]
        gradients.add(dx.rows(incoming.rows..<x.rows), to: insertion.tokens)
        return dx.rows(0..<incoming.rows)
    }

    private func back(
        _ part: String, _ layer: PlainLinear, _ x: PlainMatrix, _ dy: PlainMatrix,
        _ gradients: inout PlainParameters
    ) -> PlainMatrix {
        let (dx, dWeight, dBias) = layer.backward(x, dy)
        gradients.add(dWeight.values, to: "\(name(part)).weight")
        if layer.bias != nil { gradients.add(dBias, to: "\(name(part)).bias") }
        return dx
    }

    private func backAdapter(
        _ a: PlainMatrix, _ dy: PlainMatrix, _ gradients: inout PlainParameters
    ) -> PlainMatrix {
        guard let (layer, place) = insertion.adapter else { return dy }
        let (da, dDown, dDownBias, dUp, dUpBias) = layer.backward(a, dy)
        let parts = [
            ("down_proj", dDown.values), ("down_bias", dDownBias), ("up_proj", dUp.values),
            ("up_bias", dUpBias),
        ]
        for (name, part) in parts {
            gradients.add(part, to: "adapters.\(name)", at: place * part.count)
        }
        return da
    }

    /// The gradient of the normalised input h.
    private func backAttention(
        _ h: PlainMatrix, _ dO: PlainMatrix, _ gradients: inout PlainParameters
    ) -> PlainMatrix {
        let insertion = insertion
        let (q, k, v) = attentionInputs(h)
        var (dq, dk, dv) = attention.backward(q: q, k: k, v: v, dO)
        // K = [prefix; k], so the first rows are the prefix's own.
        let length = k.rows - h.rows
        gradients.add(dk.rows(0..<length), to: insertion.keys)
        gradients.add(dv.rows(0..<length), to: insertion.values)
        dk = dk.rows(length..<dk.rows)
        dv = dv.rows(length..<dv.rows)
        var dH = back("attn.qkv", qkv, h, dq.beside(dk).beside(dv), &gradients)
        guard let (keys, values, place) = insertion.lowRank else { return dH }
        for (kind, delta, dOutput) in [("k", keys, dk), ("v", values, dv)] {
            let (dx, dDown, dUp) = delta.backward(h, dOutput)
            dH = dH + dx
            gradients.add(
                dDown.values, to: "lora_layer.\(kind)_lora_A", at: place * dDown.values.count)
            gradients.add(
                dUp.values, to: "lora_layer.\(kind)_lora_B", at: place * dUp.values.count)
        }
        return dH
    }
}
