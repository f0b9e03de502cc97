/// What PETs add to a block, in double and plain loops, each with both passes.

/// `y += scale (x A) B`.
struct PlainLowRank {
    /// `[in, rank]`.
    let down: PlainMatrix
    /// `[rank, out]`.
    let up: PlainMatrix
    let scale: Double

    func forward(_ x: PlainMatrix) -> PlainMatrix { scale * (x * down * up) }

    /// With u = x A: du = scale dy Bᵀ, dB = scale uᵀ dy, dA = xᵀ du, dx = du Aᵀ.
    func backward(
        _ x: PlainMatrix, _ dy: PlainMatrix
    ) -> (dx: PlainMatrix, dDown: PlainMatrix, dUp: PlainMatrix) {
        let du = scale * (dy * up.transposed)
        return (
            du * down.transposed, x.transposed * du, scale * ((x * down).transposed * dy)
        )
    }
}

/// `y = a + relu(a Wd + bd) Wu + bu`.
struct PlainAdapter {
    /// `[width, bottleneck]` and `[bottleneck]`.
    let down: PlainMatrix
    let downBias: [Double]
    /// `[bottleneck, width]` and `[width]`.
    let up: PlainMatrix
    let upBias: [Double]

    private var inner: PlainLinear { PlainLinear(weight: down.transposed, bias: downBias) }
    private var outer: PlainLinear { PlainLinear(weight: up.transposed, bias: upBias) }

    func forward(_ a: PlainMatrix) -> PlainMatrix {
        a + outer.forward(PlainActivation.relu.forward(inner.forward(a)))
    }

    func backward(
        _ a: PlainMatrix, _ dy: PlainMatrix
    ) -> (
        da: PlainMatrix, dDown: PlainMatrix, dDownBias: [Double], dUp: PlainMatrix,
        dUpBias: [Double]
    ) {
        let z = inner.forward(a)
        let (dActivated, dUp, dUpBias) = outer.backward(PlainActivation.relu.forward(z), dy)
        let dz = PlainActivation.relu.backward(z, dActivated)
        let (da, dDown, dDownBias) = inner.backward(a, dz)
        return (dy + da, dDown.transposed, dDownBias, dUp.transposed, dUpBias)
    }
}

/// Rows put before the keys and before the values of a block.
struct PlainPrefix {
    /// `[length, width]` each.
    let keys: PlainMatrix
    let values: PlainMatrix
}

/// A PET as the plain model understands it; names and shapes of the parameters are those of the
/// reference's own tensors, one slot of a pool.
enum PlainPET {
    /// `lora_layer.{k,v}_lora_A` `[blocks, D, r]`, `_B` `[blocks, r, A]`; A is the width of all heads.
    case lora(rank: Int, blocks: [Int])
    /// `adapters.{down_proj [blocks, D, r], down_bias, up_proj [blocks, r, D], up_bias}`.
    case adapter(bottleneck: Int, blocks: [Int])
    /// `e_prompt.prompt` `[blocks, 2, length, A]`, keys then values.
    case prompt(length: Int, blocks: [Int])

    /// The blocks it acts on, in the order of the tensors.
    var blocks: [Int] {
        switch self {
        case .lora(_, let blocks), .adapter(_, let blocks), .prompt(_, let blocks): blocks
        }
    }
}

/// What acts in one block, and its place among the blocks of its tensors.
struct PlainInsertion {
    private(set) var lowRank: (keys: PlainLowRank, values: PlainLowRank, place: Int)?
    private(set) var adapter: (layer: PlainAdapter, place: Int)?
    private(set) var prefix: (rows: PlainPrefix, place: Int)?

    /// What some PETs, of different kinds, do in a block.
    ///
    /// - Parameters:
    ///   - width: D.
    ///   - attentionWidth: A.
    init(
        _ pets: [PlainPET], in block: Int, _ parameters: PlainParameters, width: Int,
        attentionWidth: Int
    ) {
        for pet in pets {
            guard let place = pet.blocks.firstIndex(of: block) else { continue }
            func part(_ name: String, _ rows: Int, _ columns: Int) -> PlainMatrix {
                parameters.matrix(name, rows, columns, from: place * rows)
            }
            switch pet {
            case .lora(let rank, _):
                func delta(_ kind: String) -> PlainLowRank {
                    PlainLowRank(
                        down: part("lora_layer.\(kind)_lora_A", width, rank),
                        up: part("lora_layer.\(kind)_lora_B", rank, attentionWidth),
                        scale: 1 / Double(rank))
                }
                lowRank = (delta("k"), delta("v"), place)
            case .adapter(let size, _):
                let layer = PlainAdapter(
                    down: part("adapters.down_proj", width, size),
                    downBias: part("adapters.down_bias", 1, size).values,
                    up: part("adapters.up_proj", size, width),
                    upBias: part("adapters.up_bias", 1, width).values)
                adapter = (layer, place)
            case .prompt(let length, _):
                let both = part("e_prompt.prompt", 2 * length, attentionWidth)
                let rows = PlainPrefix(
                    keys: both.rows(0..<length), values: both.rows(length..<2 * length))
                prefix = (rows, place)
            }
        }
    }
}
