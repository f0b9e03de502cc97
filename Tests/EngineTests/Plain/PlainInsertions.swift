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

/// Rows of a tensor of parameters.
struct PlainRows {
    let name: String
    /// The first row, where the tensor is read as rows of the width in question.
    let first: Int
    let count: Int
}

extension PlainParameters {
    /// Some rows, one after the other.
    func matrix(_ places: [PlainRows], columns: Int) -> PlainMatrix {
        places.reduce(PlainMatrix(zeros: 0, columns)) {
            $0.followed(by: matrix($1.name, $1.count, columns, from: $1.first))
        }
    }

    /// Adds the gradients of some rows, one after the other.
    mutating func add(_ gradient: PlainMatrix, to places: [PlainRows]) {
        var row = 0
        for place in places {
            add(
                gradient.rows(row..<row + place.count).values, to: place.name,
                at: place.first * gradient.columns)
            row += place.count
        }
    }
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
    /// `name` `[length, D]`: tokens that join the input of a block.
    case tokens(name: String, length: Int, block: Int)
    /// Prompts that pictures choose.
    case pool(PlainPool)
}

/// What acts in one block on one picture.
struct PlainInsertion {
    private(set) var lowRank: (keys: PlainLowRank, values: PlainLowRank, place: Int)?
    private(set) var adapter: (layer: PlainAdapter, place: Int)?
    /// Rows of width A that stand before the keys, and before the values.
    private(set) var keys: [PlainRows] = []
    private(set) var values: [PlainRows] = []
    /// Rows of width D that join the tokens.
    private(set) var tokens: [PlainRows] = []

    /// What some PETs, of different kinds, do.
    ///
    /// - Parameters:
    ///   - width: D.
    ///   - attentionWidth: A.
    init(
        _ pets: [PlainPET], in block: Int, of picture: Int, _ parameters: PlainParameters,
        width: Int, attentionWidth: Int
    ) {
        for pet in pets {
            switch pet {
            case .lora(let rank, let blocks):
                guard let place = blocks.firstIndex(of: block) else { continue }
                func delta(_ kind: String) -> PlainLowRank {
                    PlainLowRank(
                        down: parameters.matrix(
                            "lora_layer.\(kind)_lora_A", width, rank, from: place * width),
                        up: parameters.matrix(
                            "lora_layer.\(kind)_lora_B", rank, attentionWidth, from: place * rank),
                        scale: 1 / Double(rank))
                }
                lowRank = (delta("k"), delta("v"), place)
            case .adapter(let size, let blocks):
                guard let place = blocks.firstIndex(of: block) else { continue }
                func part(_ name: String, _ rows: Int, _ columns: Int) -> PlainMatrix {
                    parameters.matrix("adapters.\(name)", rows, columns, from: place * rows)
                }
                let layer = PlainAdapter(
                    down: part("down_proj", width, size),
                    downBias: part("down_bias", 1, size).values,
                    up: part("up_proj", size, width), upBias: part("up_bias", 1, width).values)
                adapter = (layer, place)
            case .prompt(let length, let blocks):
                guard let place = blocks.firstIndex(of: block) else { continue }
                addPrefix("e_prompt.prompt", length: length, place: place)
            case .tokens(let name, let length, block):
                tokens.append(PlainRows(name: name, first: 0, count: length))
            case .tokens: continue
            case .pool(let pool):
                keys += pool.rows(.keys, in: block, of: picture)
                values += pool.rows(.values, in: block, of: picture)
                tokens += pool.tokens(in: block, of: picture)
                guard let general = pool.general,
                    let place = general.blocks.firstIndex(of: block)
                else { continue }
                addPrefix("g_prompt", length: general.length, place: place)
            }
        }
    }

    private mutating func addPrefix(_ name: String, length: Int, place: Int) {
        keys.append(PlainRows(name: name, first: 2 * place * length, count: length))
        values.append(PlainRows(name: name, first: (2 * place + 1) * length, count: length))
    }
}
