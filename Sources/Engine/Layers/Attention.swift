/// The sizes of one block's work on a group of pictures.
struct BlockShape {
    let pictures: Int
    /// Tokens of a picture; all of them give keys and values.
    let tokens: Int
    /// Leading tokens of a picture that leave the block: all, or the class token alone.
    let queries: Int
    let width: Int
    let heads: Int
    let headWidth: Int
    let mlpWidth: Int

    /// Rows that enter the block, `R`.
    var rows: Int { pictures * tokens }
    /// Rows that leave it, `Q`.
    var queryRows: Int { pictures * queries }
    /// Width of the queries, of the keys and of the values.
    var attentionWidth: Int { heads * headWidth }

    /// The same block on no picture.
    var empty: BlockShape {
        BlockShape(
            pictures: 0, tokens: tokens, queries: queries, width: width, heads: heads,
            headWidth: headWidth, mlpWidth: mlpWidth)
    }

    /// The rows of `x`, `[R, n]`, whose tokens leave the block: `[Q, n]`.
    func leaving(_ x: Matrix) -> Matrix { queries == tokens ? x : x.everyRow(tokens) }
}

/// Softmax attention of every head of every picture, straight on the buffer of queries, keys and
/// values: `o = softmax(q kᵀ / sqrt(headWidth)) v`, k and v being the rows of the tokens and those
/// of the prefix.
///
/// In a row of weights, the columns of the prefix follow those of the tokens: order changes no sum
/// but its rounding, and the products on tokens stay aligned.
struct Attention {
    let shape: BlockShape

    private var scale: Float { 1 / Float(shape.headWidth).squareRoot() }

    private func columns(_ head: Int) -> Range<Int> {
        head * shape.headWidth..<(head + 1) * shape.headWidth
    }

    /// The queries, keys and values of one head of one picture, inside `[R, 3 attentionWidth]`.
    private func head(
        _ head: Int, of picture: Int, in qkv: Matrix
    ) -> (q: Matrix, k: Matrix, v: Matrix) {
        let first = picture * shape.tokens
        let rows = qkv.rows(first..<first + shape.tokens)
        func part(_ index: Int) -> Matrix {
            let from = index * shape.attentionWidth
            return rows.columns(from..<from + shape.attentionWidth).columns(columns(head))
        }
        return (part(0).rows(0..<shape.queries), part(1), part(2))
    }

    /// The same head inside `[Q, attentionWidth]`.
    private func head(_ head: Int, of picture: Int, inOutput o: Matrix) -> Matrix {
        let first = picture * shape.queries
        return o.rows(first..<first + shape.queries).columns(columns(head))
    }

    /// The weights of one head inside `probabilities`, which may hold all heads or room for one:
    /// all of them, those of the tokens and those of the prefix.
    private func weights(
        _ head: Int, of picture: Int, in probabilities: Matrix, prefix: Int
    ) -> (all: Matrix, tokens: Matrix, prefix: Matrix) {
        let first =
            probabilities.rows > shape.queries ? (picture * shape.heads + head) * shape.queries : 0
        let all = probabilities.rows(first..<first + shape.queries)
            .columns(0..<shape.tokens + prefix)
        return (
            all, all.columns(0..<shape.tokens), all.columns(shape.tokens..<shape.tokens + prefix)
        )
    }

    /// - Parameters:
    ///   - qkv: `[R, 3 attentionWidth]`.
    ///   - prefix: the rows beside the tokens.
    ///   - probabilities: `[pictures · heads · queries, tokens + P]` to keep all weights, or
    ///     `[queries, tokens + P]`; written. Further columns are not touched.
    ///   - o: `[Q, attentionWidth]`, written.
    func forward(_ qkv: Matrix, prefix: BoundPrefix?, probabilities: Matrix, into o: Matrix) {
        for picture in 0..<shape.pictures {
            for index in 0..<shape.heads {
                let (q, k, v) = head(index, of: picture, in: qkv)
                let p = weights(index, of: picture, in: probabilities, prefix: prefix?.rows ?? 0)
                let out = head(index, of: picture, inOutput: o)
                multiply(q, transposed: k, into: p.tokens, alpha: scale)
                for part in 0..<(prefix?.parts ?? 0) {
                    guard let prefix else { break }
                    multiply(
                        q, transposed: prefix.keys(part, of: picture).columns(columns(index)),
                        into: p.prefix.columns(prefix.columns(part)), alpha: scale)
                }
                p.all.applySoftmax()
                multiply(p.tokens, v, into: out)
                for part in 0..<(prefix?.parts ?? 0) {
                    guard let prefix else { break }
                    multiply(
                        p.prefix.columns(prefix.columns(part)),
                        prefix.values(part, of: picture).columns(columns(index)), into: out,
                        beta: 1)
                }
            }
        }
    }

    /// - Parameters:
    ///   - do: `[Q, attentionWidth]`.
    ///   - prefix, dPrefix: the rows beside the tokens, and where their gradients are added.
    ///   - dScores: `[queries, tokens + P]`, scratch.
    ///   - dqkv: `[R, 3 attentionWidth]`: what is asked for is written, of the queries' third only
    ///     the leaving rows.
    func backward(
        _ dO: Matrix, qkv: Matrix, prefix: BoundPrefix?, dPrefix: BoundPrefix?,
        probabilities: Matrix, dScores: Matrix, into dqkv: Matrix, wanted: AttentionGradients
    ) {
        for picture in 0..<shape.pictures {
            for index in 0..<shape.heads {
                let (q, k, v) = head(index, of: picture, in: qkv)
                let (dq, dk, dv) = head(index, of: picture, in: dqkv)
                let p = weights(index, of: picture, in: probabilities, prefix: prefix?.rows ?? 0)
                let d = weights(0, of: 0, in: dScores, prefix: prefix?.rows ?? 0)
                let dHead = head(index, of: picture, inOutput: dO)
                // o = p v
                if wanted != .prefix { multiply(transposed: p.tokens, dHead, into: dv) }
                multiply(dHead, transposed: v, into: d.tokens)
                for part in 0..<(prefix?.parts ?? 0) {
                    guard let prefix else { break }
                    multiply(
                        dHead, transposed: prefix.values(part, of: picture).columns(columns(index)),
                        into: d.prefix.columns(prefix.columns(part)))
                }
                // p = softmax(s)
                d.all.backThroughSoftmax(p.all)
                // s = scale q kᵀ
                if wanted != .prefix { multiply(transposed: d.tokens, q, into: dk, alpha: scale) }
                if wanted == .all { multiply(d.tokens, k, into: dq, alpha: scale) }
                for part in 0..<(prefix?.parts ?? 0) {
                    guard let prefix else { break }
                    let range = prefix.columns(part)
                    if wanted == .all {
                        let keys = prefix.keys(part, of: picture).columns(columns(index))
                        multiply(d.prefix.columns(range), keys, into: dq, alpha: scale, beta: 1)
                    }
                    if let dPrefix {
                        let dKeys = dPrefix.keys(part, of: picture).columns(columns(index))
                        let dValues = dPrefix.values(part, of: picture).columns(columns(index))
                        multiply(
                            transposed: d.prefix.columns(range), q, into: dKeys, alpha: scale,
                            beta: 1)
                        multiply(
                            transposed: p.prefix.columns(range), dHead, into: dValues, beta: 1)
                    }
                }
            }
        }
    }
}
