/// How the entries of a prompt pool are chosen for a batch (Reference 11.1).
public struct PoolMatching: Sendable, Hashable {
    /// Who chooses.
    public enum Rule: Hashable, Sendable {
        /// Each picture the entries of largest similarity.
        case instance
        /// The whole batch the entries that most of its pictures would choose.
        case batch
        /// Nobody: these entries for every picture, in training with a prompt mask.
        case fixed([Int])
    }

    /// Who chooses.
    public let rule: Rule
    /// How keys and values are dealt out.
    public let layout: PoolSelection.Layout
    /// c in the term `-c · mean over pictures of the similarities to the chosen keys`, which pulls keys
    /// to the queries that choose them.
    public let pull: Double

    /// Creates a way of choosing.
    public init(rule: Rule, layout: PoolSelection.Layout = .correct, pull: Double = 0) {
        self.rule = rule
        self.layout = layout
        self.pull = pull
    }

    /// The entries of a mask in training: task t reads entries t k to (t + 1) k - 1, k entries a
    /// picture.
    ///
    /// - Returns: nil where the pool has not as many, so that keys decide.
    public static func mask(task: Int, in pool: PromptPool) -> Rule? {
        let first = task * pool.topK
        return first + pool.topK <= pool.size ? .fixed(Array(first..<first + pool.topK)) : nil
    }

    /// Chooses for a batch.
    ///
    /// Equal similarities, and equal counts of a vote, fall to the lower entry.
    ///
    /// - Parameters:
    ///   - queries: `[B, D]`.
    ///   - keys: `[size, D]`.
    ///   - count: entries a picture, at most the size.
    public func selection(queries: Tensor, keys: Tensor, count: Int) -> PoolSelection {
        let pictures = queries.shape[0]
        if case .fixed(let entries) = rule {
            precondition(
                entries.count == count && entries.allSatisfy((0..<keys.shape[0]).contains),
                "entries \(entries) of \(keys.shape[0]), \(count) a picture")
            return PoolSelection(
                entries: Array(repeating: entries, count: pictures), layout: layout)
        }
        let similarity = KeySimilarity(queries: queries, keys: keys)
        let chosen = (0..<pictures).map { Self.largest(count, of: similarity.row($0)) }
        guard rule == .batch else { return PoolSelection(entries: chosen, layout: layout) }
        let vote = Self.majority(of: chosen, count: count)
        return PoolSelection(entries: chosen.map { _ in vote }, layout: layout)
    }

    /// The indices of the largest values, in descending order; of equal ones the lower index first.
    private static func largest(_ count: Int, of values: some Collection<Double>) -> [Int] {
        let values = Array(values)
        let order = values.indices.sorted {
            (values[$0], -$0) > (values[$1], -$1)
        }
        return Array(order.prefix(count))
    }

    private static func majority(of chosen: [[Int]], count: Int) -> [Int] {
        var votes: [Int: Int] = [:]
        for entry in chosen.joined() { votes[entry, default: 0] += 1 }
        let order = votes.keys.sorted { (votes[$0] ?? 0, -$0) > (votes[$1] ?? 0, -$1) }
        return Array(order.prefix(count))
    }

    /// The pulling term of a batch and its gradient.
    ///
    /// - Returns: the term, and d term / d keys, `[size, D]`.
    func loss(
        queries: Tensor, keys: Tensor, selection: PoolSelection
    ) -> (loss: Double, gradient: Tensor) {
        let similarity = KeySimilarity(queries: queries, keys: keys)
        var weights = DoubleMatrix(rows: queries.shape[0], columns: keys.shape[0])
        var total = 0.0
        let factor = -pull / Double(queries.shape[0])
        for (picture, entries) in selection.entries.enumerated() {
            for entry in entries {
                weights.values[picture * weights.columns + entry] += factor
                total += factor * similarity.values.values[picture * weights.columns + entry]
            }
        }
        return (total, similarity.keyGradient(weights))
    }
}

/// `s_bj = cos(q_b, k_j)`, where a norm is at least 1e-6: 1e-12 under the root, as in the reference.
struct KeySimilarity {
    /// `[B, size]`.
    let values: DoubleMatrix
    private let queries: DoubleMatrix
    private let keys: DoubleMatrix
    private let keyNorms: [Double]
    /// Whether the norm of a key is its own, not the bound.
    private let isFree: [Bool]

    init(queries: Tensor, keys: Tensor) {
        precondition(
            queries.shape.count == 2 && keys.shape.count == 2 && queries.shape[1] == keys.shape[1],
            "queries \(queries.shape) and keys \(keys.shape)")
        (self.queries, _, _) = Self.normalised(DoubleMatrix(queries))
        (self.keys, keyNorms, isFree) = Self.normalised(DoubleMatrix(keys))
        var values = DoubleMatrix(rows: queries.shape[0], columns: keys.shape[0])
        values.addProduct(self.queries, self.keys, transposingB: true)
        self.values = values
    }

    func row(_ picture: Int) -> ArraySlice<Double> { values.row(picture) }

    private static func normalised(
        _ matrix: DoubleMatrix
    ) -> (rows: DoubleMatrix, norms: [Double], isFree: [Bool]) {
        var result = matrix
        let squares = (0..<matrix.rows).map { matrix.row($0).reduce(0) { $0 + $1 * $1 } }
        let norms = squares.map { max($0, 1e-12).squareRoot() }
        for index in result.values.indices {
            result.values[index] /= norms[index / matrix.columns]
        }
        return (result, norms, squares.map { $0 > 1e-12 })
    }

    /// With n = k / ‖k‖: `∂(q · n) / ∂k = (q - (q · n) n) / ‖k‖`, and q / 1e-6 where the norm is the bound.
    ///
    /// - Parameter weights: `[B, size]`: the derivative of a loss by each similarity.
    /// - Returns: the derivative by the keys, `[size, D]`.
    func keyGradient(_ weights: DoubleMatrix) -> Tensor {
        var gradient = DoubleMatrix(rows: keys.rows, columns: keys.columns)
        gradient.addProduct(weights, queries, transposingA: true)
        for key in 0..<keys.rows {
            let along = keys.row(key)
            let range = key * keys.columns..<(key + 1) * keys.columns
            let dot = zip(gradient.values[range], along).reduce(0) { $0 + $1.0 * $1.1 }
            for (index, direction) in zip(range, along) {
                let own = isFree[key] ? dot * direction : 0
                gradient.values[index] = (gradient.values[index] - own) / keyNorms[key]
            }
        }
        return gradient.tensor
    }
}
