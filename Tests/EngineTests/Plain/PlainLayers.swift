import Foundation

// The layers in double and plain loops, each with both passes, written from their equations alone. A
// backward pass takes the input of the forward pass again and computes what it needs of it.

/// `y = x Wᵀ + b`.
struct PlainLinear {
    /// `[out, in]`.
    let weight: PlainMatrix
    /// `[out]`; nil for none.
    let bias: [Double]?

    func forward(_ x: PlainMatrix) -> PlainMatrix {
        let y = x * weight.transposed
        guard let bias else { return y }
        return PlainMatrix(y.rows, y.columns) { y[$0, $1] + bias[$1] }
    }

    /// dx = dy W, dW = dyᵀ x, db = Σ dy.
    func backward(
        _ x: PlainMatrix, _ dy: PlainMatrix
    ) -> (dx: PlainMatrix, dWeight: PlainMatrix, dBias: [Double]) {
        (dy * weight, dy.transposed * x, dy.columnSums)
    }
}

/// `y = n · weight + bias` with `n = (x - mean) / sqrt(variance + epsilon)` of each row.
struct PlainNorm {
    let weight: [Double]
    let bias: [Double]
    let epsilon: Double

    private func deviation(_ x: PlainMatrix, _ row: Int) -> Double {
        let mean = mean(x, row)
        let sum = (0..<x.columns).reduce(0) { $0 + (x[row, $1] - mean) * (x[row, $1] - mean) }
        return (sum / Double(x.columns) + epsilon).squareRoot()
    }

    private func mean(_ x: PlainMatrix, _ row: Int) -> Double {
        (0..<x.columns).reduce(0) { $0 + x[row, $1] } / Double(x.columns)
    }

    private func normalised(_ x: PlainMatrix) -> PlainMatrix {
        let rows = (0..<x.rows).map { (mean(x, $0), deviation(x, $0)) }
        return PlainMatrix(x.rows, x.columns) { (x[$0, $1] - rows[$0].0) / rows[$0].1 }
    }

    func forward(_ x: PlainMatrix) -> PlainMatrix {
        let n = normalised(x)
        return PlainMatrix(x.rows, x.columns) { n[$0, $1] * weight[$1] + bias[$1] }
    }

    /// With g = dy · weight, from ∂n_i/∂x_j = (δ_ij - 1/D - n_i n_j / D) / deviation:
    /// dx_j = (g_j - mean(g) - n_j mean(g n)) / deviation. dWeight = Σ dy n, dBias = Σ dy.
    func backward(
        _ x: PlainMatrix, _ dy: PlainMatrix
    ) -> (dx: PlainMatrix, dWeight: [Double], dBias: [Double]) {
        let n = normalised(x)
        let g = PlainMatrix(x.rows, x.columns) { dy[$0, $1] * weight[$1] }
        var dx = g
        for r in 0..<x.rows {
            let width = Double(x.columns)
            let meanG = (0..<x.columns).reduce(0) { $0 + g[r, $1] } / width
            let meanGN = (0..<x.columns).reduce(0) { $0 + g[r, $1] * n[r, $1] } / width
            for c in 0..<x.columns {
                dx[r, c] = (g[r, c] - meanG - n[r, c] * meanGN) / deviation(x, r)
            }
        }
        let products = PlainMatrix(x.rows, x.columns) { dy[$0, $1] * n[$0, $1] }
        return (dx, products.columnSums, dy.columnSums)
    }
}

/// An element-wise function with its derivative.
struct PlainActivation {
    let value: @Sendable (Double) -> Double
    let derivative: @Sendable (Double) -> Double

    /// x Φ(x) with the normal distribution Φ; the derivative is Φ(x) + x φ(x).
    static let gelu = PlainActivation(
        value: { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) },
        derivative: { x in
            0.5 * erfc(-x / 2.0.squareRoot()) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        })
    static let relu = PlainActivation(value: { max($0, 0) }, derivative: { $0 > 0 ? 1 : 0 })

    func forward(_ x: PlainMatrix) -> PlainMatrix { x.map(value) }

    func backward(_ x: PlainMatrix, _ dy: PlainMatrix) -> PlainMatrix {
        PlainMatrix(x.rows, x.columns) { dy[$0, $1] * derivative(x[$0, $1]) }
    }
}

/// `o = softmax(q kᵀ / sqrt(d)) v` of each head; heads are contiguous columns. Keys and values may
/// have more rows than the queries: a prefix.
struct PlainAttention {
    let heads: Int

    private func columns(_ head: Int, of x: PlainMatrix) -> Range<Int> {
        let size = x.columns / heads
        return head * size..<(head + 1) * size
    }

    private func scale(_ q: PlainMatrix) -> Double { 1 / Double(q.columns / heads).squareRoot() }

    private func probabilities(_ q: PlainMatrix, _ k: PlainMatrix, _ head: Int) -> PlainMatrix {
        let range = columns(head, of: q)
        let scores = scale(q) * (q.columns(range) * k.columns(range).transposed)
        var result = scores
        for r in 0..<scores.rows {
            let largest = (0..<scores.columns).reduce(-Double.infinity) { max($0, scores[r, $1]) }
            let powers = (0..<scores.columns).map { exp(scores[r, $0] - largest) }
            let sum = powers.reduce(0, +)
            for c in 0..<scores.columns { result[r, c] = powers[c] / sum }
        }
        return result
    }

    func forward(q: PlainMatrix, k: PlainMatrix, v: PlainMatrix) -> PlainMatrix {
        (0..<heads).map { probabilities(q, k, $0) * v.columns(columns($0, of: v)) }
            .reduce(PlainMatrix(zeros: q.rows, 0)) { $0.beside($1) }
    }

    /// dv = Pᵀ do; dP = do vᵀ; dS = P (dP - Σ P dP); dq = scale dS k; dk = scale dSᵀ q.
    func backward(
        q: PlainMatrix, k: PlainMatrix, v: PlainMatrix, _ dO: PlainMatrix
    ) -> (dq: PlainMatrix, dk: PlainMatrix, dv: PlainMatrix) {
        var result = (
            dq: PlainMatrix(zeros: q.rows, 0), dk: PlainMatrix(zeros: k.rows, 0),
            dv: PlainMatrix(zeros: k.rows, 0)
        )
        for head in 0..<heads {
            let range = columns(head, of: q)
            let p = probabilities(q, k, head)
            let dHead = dO.columns(range)
            let dP = dHead * v.columns(range).transposed
            let sums = (0..<p.rows).map { r in
                (0..<p.columns).reduce(0) { $0 + p[r, $1] * dP[r, $1] }
            }
            let dS = PlainMatrix(p.rows, p.columns) { p[$0, $1] * (dP[$0, $1] - sums[$0]) }
            result.dq = result.dq.beside(scale(q) * (dS * k.columns(range)))
            result.dk = result.dk.beside(scale(q) * (dS.transposed * q.columns(range)))
            result.dv = result.dv.beside(p.transposed * dHead)
        }
        return result
    }
}
