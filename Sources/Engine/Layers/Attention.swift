/// The sizes of one block's work on a group of pictures.
struct BlockShape {
    let pictures: Int
    /// Tokens of a picture; all of them give keys and values.
    let tokens: Int
    /// Leading tokens of a picture that leave the block: all, or the class token alone.
    let queries: Int
    let width: Int
    let heads: Int
    let mlpWidth: Int

    /// Rows that enter the block, `R`.
    var rows: Int { pictures * tokens }
    /// Rows that leave it, `Q`.
    var queryRows: Int { pictures * queries }
    var headWidth: Int { width / heads }
    /// Row distance of a matrix of attention weights: rows start on 64 bytes.
    var probabilityStride: Int { aligned(tokens) }

    /// The same block on no picture.
    var empty: BlockShape {
        BlockShape(
            pictures: 0, tokens: tokens, queries: queries, width: width, heads: heads,
            mlpWidth: mlpWidth)
    }

    /// The rows of `x`, `[R, n]`, whose tokens leave the block: `[Q, n]`.
    func leaving(_ x: Matrix) -> Matrix { queries == tokens ? x : x.everyRow(tokens) }
}

/// Softmax attention of every head of every picture, straight on the buffer of queries, keys and
/// values: `o = softmax(q kᵀ / sqrt(headWidth)) v`.
struct Attention {
    let shape: BlockShape

    private var scale: Float { 1 / Float(shape.headWidth).squareRoot() }

    /// The queries, keys and values of one head of one picture, inside `[R, 3 width]`.
    private func head(
        _ head: Int, of picture: Int, in qkv: Matrix
    ) -> (q: Matrix, k: Matrix, v: Matrix) {
        let width = shape.width
        let first = picture * shape.tokens
        let from = head * shape.headWidth
        let rows = qkv.rows(first..<first + shape.tokens)
        func part(_ index: Int) -> Matrix {
            rows.columns(index * width + from..<index * width + from + shape.headWidth)
        }
        return (part(0).rows(0..<shape.queries), part(1), part(2))
    }

    /// The same head inside `[Q, width]`.
    private func head(_ head: Int, of picture: Int, inOutput o: Matrix) -> Matrix {
        let first = picture * shape.queries
        let from = head * shape.headWidth
        return o.rows(first..<first + shape.queries).columns(from..<from + shape.headWidth)
    }

    /// The weights of one head inside `probabilities`, which may hold all heads or room for one.
    private func weights(_ head: Int, of picture: Int, in probabilities: Matrix) -> Matrix {
        guard probabilities.rows > shape.queries else { return probabilities }
        let first = (picture * shape.heads + head) * shape.queries
        return probabilities.rows(first..<first + shape.queries)
    }

    /// - Parameters:
    ///   - qkv: `[R, 3 width]`.
    ///   - probabilities: `[pictures · heads · queries, tokens]` to keep all weights, or
    ///     `[queries, tokens]`; written.
    ///   - o: `[Q, width]`, written.
    func forward(_ qkv: Matrix, probabilities: Matrix, into o: Matrix) {
        for picture in 0..<shape.pictures {
            for index in 0..<shape.heads {
                let (q, k, v) = head(index, of: picture, in: qkv)
                let p = weights(index, of: picture, in: probabilities)
                multiply(q, transposed: k, into: p, alpha: scale)
                p.applySoftmax()
                multiply(p, v, into: head(index, of: picture, inOutput: o))
            }
        }
    }

    /// - Parameters:
    ///   - do: `[Q, width]`.
    ///   - dScores: `[queries, tokens]`, scratch.
    ///   - dqkv: `[R, 3 width]`, written; of the queries' third only the leaving rows, and nothing
    ///     unless `needsQueries`.
    func backward(
        _ dO: Matrix, qkv: Matrix, probabilities: Matrix, dScores: Matrix, into dqkv: Matrix,
        needsQueries: Bool
    ) {
        for picture in 0..<shape.pictures {
            for index in 0..<shape.heads {
                let (q, k, v) = head(index, of: picture, in: qkv)
                let (dq, dk, dv) = head(index, of: picture, in: dqkv)
                let p = weights(index, of: picture, in: probabilities)
                let dHead = head(index, of: picture, inOutput: dO)
                // o = p v
                multiply(transposed: p, dHead, into: dv)
                multiply(dHead, transposed: v, into: dScores)
                // p = softmax(s)
                dScores.backThroughSoftmax(p)
                // s = scale q kᵀ
                multiply(transposed: dScores, q, into: dk, alpha: scale)
                if needsQueries { multiply(dScores, k, into: dq, alpha: scale) }
            }
        }
    }
}
