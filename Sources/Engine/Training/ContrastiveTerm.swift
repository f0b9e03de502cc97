import Foundation

/// The contrastive regulariser of HiDe-PET (Reference 7.3): every row of
/// `M = [memory; features]` should be most similar to itself.
///
///     G = M Mᵀ / 0.8        R = (1/|M|) Σᵢ −log( e^{G_ii} / Σⱼ e^{G_ij} )
///
/// Dot products are raw, labels are not used, and no gradient flows into the memory. All of it is
/// computed in double with the largest similarity of a row subtracted, since `‖f‖²` may be hundreds.
/// Similarities among memory rows do not change and are summed once, at creation.
public struct ContrastiveTerm: Sendable {
    /// The temperature of the reference.
    public static let temperature = 0.8

    /// The factor of R in the loss.
    public let weight: Float
    /// Means or centroids of earlier classes, `[M, D]`; M may be 0.
    public let memory: Tensor

    private let rows: DoubleMatrix
    /// For each memory row, log Σⱼ e^{G_ij} over memory rows j, and G_ii.
    private let memoryLogSums: [Double]
    private let memoryDiagonal: [Double]

    /// Creates the term.
    ///
    /// - Precondition: `memory` has rank 2.
    public init(weight: Float, memory: Tensor) {
        self.weight = weight
        self.memory = memory
        let matrix = DoubleMatrix(memory)
        let similarities = Self.similarities(matrix, matrix)
        memoryLogSums = (0..<matrix.rows).map { Self.logSumExp(similarities.row($0)) }
        memoryDiagonal = (0..<matrix.rows).map { similarities.values[$0 * matrix.rows + $0] }
        rows = matrix
    }

    /// Returns `weight · R` and its gradient.
    ///
    /// - Parameter features: `[B, D]`, B at least 1.
    /// - Returns: the loss and d loss / d features, `[B, D]`.
    /// - Precondition: the width is that of the memory, unless the memory is empty.
    public func lossAndGradient(features: Tensor) -> (loss: Double, gradient: Tensor) {
        let batch = DoubleMatrix(features)
        let (B, M) = (batch.rows, rows.rows)
        precondition(
            B > 0 && (M == 0 || batch.columns == rows.columns), "features \(features.shape)")
        // G is symmetric: `across` [M, B] holds memory rows against the batch, `within` [B, B].
        let across = M == 0 ? DoubleMatrix(rows: 0, columns: B) : Self.similarities(rows, batch)
        let within = Self.similarities(batch, batch)
        let count = Double(M + B)

        var total = 0.0
        var memoryLogs = [Double](repeating: 0, count: M)
        for i in 0..<M {
            memoryLogs[i] = Self.logSumExp(across.row(i), and: memoryLogSums[i])
            total += memoryLogs[i] - memoryDiagonal[i]
        }
        var batchLogs = [Double](repeating: 0, count: B)
        for b in 0..<B {
            let column = (0..<M).map { across.values[$0 * B + b] }
            batchLogs[b] = Self.logSumExp(column + within.row(b))
            total += batchLogs[b] - within.values[b * B + b]
        }

        // dR/dG_ij = (P_ij − δ_ij) / |M| with P_ij = e^{G_ij − log-sum of row i}. G_bj and G_jb both
        // depend on f_b: df_b = Σⱼ (dG_bj + dG_jb) M_j / 0.8.
        var dAcross = DoubleMatrix(rows: M, columns: B)
        for i in 0..<M {
            for b in 0..<B {
                let g = across.values[i * B + b]
                dAcross.values[i * B + b] = exp(g - memoryLogs[i]) + exp(g - batchLogs[b])
            }
        }
        var dWithin = DoubleMatrix(rows: B, columns: B)
        for a in 0..<B {
            for b in 0..<B {
                let g = within.values[a * B + b]
                dWithin.values[a * B + b] =
                    exp(g - batchLogs[a]) + exp(g - batchLogs[b]) - (a == b ? 2 : 0)
            }
        }
        let factor = Double(weight) / (count * Self.temperature)
        var gradient = DoubleMatrix(rows: B, columns: batch.columns)
        gradient.addProduct(dWithin, batch, factor: factor)
        if M > 0 { gradient.addProduct(dAcross, rows, transposingA: true, factor: factor) }
        return (Double(weight) * total / count, gradient.tensor)
    }

    /// Returns `a · bᵀ / 0.8`.
    private static func similarities(_ a: DoubleMatrix, _ b: DoubleMatrix) -> DoubleMatrix {
        var result = DoubleMatrix(rows: a.rows, columns: b.rows)
        result.addProduct(a, b, transposingB: true, factor: 1 / temperature)
        return result
    }

    /// Returns log(Σ e^x), with `other` as one more x when given.
    private static func logSumExp(
        _ values: some Collection<Double>, and other: Double = -.infinity
    ) -> Double {
        let largest = values.reduce(other) { Swift.max($0, $1) }
        guard largest.isFinite else { return largest }
        return largest + log(values.reduce(exp(other - largest)) { $0 + exp($1 - largest) })
    }
}
