import Foundation

/// The mean cross-entropy of a batch over the classes that take part.
struct PlainCrossEntropy {
    let labels: [Int]
    /// nil for all.
    let allowed: [Int]?

    private func logSum(_ logits: PlainMatrix, _ row: Int) -> Double {
        let taking = allowed ?? Array(0..<logits.columns)
        let largest = taking.reduce(-Double.infinity) { max($0, logits[row, $1]) }
        return largest + log(taking.reduce(0) { $0 + exp(logits[row, $1] - largest) })
    }

    func forward(_ logits: PlainMatrix) -> Double {
        labels.indices.reduce(0) { $0 + logSum(logits, $1) - logits[$1, labels[$1]] }
            / Double(labels.count)
    }

    /// (softmax - one-hot) / B in the classes that take part, 0 elsewhere.
    func backward(_ logits: PlainMatrix) -> PlainMatrix {
        let taking = Set(allowed ?? Array(0..<logits.columns))
        return PlainMatrix(logits.rows, logits.columns) { row, column in
            guard taking.contains(column) else { return 0 }
            let probability = exp(logits[row, column] - logSum(logits, row))
            return (probability - (column == labels[row] ? 1 : 0)) / Double(labels.count)
        }
    }
}

/// `weight · R` of Reference 7.3: with M = [memory; features] and G = M Mᵀ / 0.8,
/// R = mean over rows i of log Σⱼ exp(G_ij) - G_ii.
struct PlainContrast {
    let weight: Double
    /// `[M, D]`.
    let memory: PlainMatrix

    private func logSums(_ similarities: PlainMatrix) -> [Double] {
        (0..<similarities.rows).map { r in
            let row = (0..<similarities.columns).map { similarities[r, $0] }
            let largest = row.reduce(-Double.infinity) { max($0, $1) }
            return largest + log(row.reduce(0) { $0 + exp($1 - largest) })
        }
    }

    /// M and G.
    private func similarities(
        _ features: PlainMatrix
    ) -> (rows: PlainMatrix, similarities: PlainMatrix) {
        let rows = memory.followed(by: features)
        return (rows, (1 / 0.8) * (rows * rows.transposed))
    }

    func forward(_ features: PlainMatrix) -> Double {
        let (_, g) = similarities(features)
        let sums = logSums(g)
        return weight * (0..<g.rows).reduce(0) { $0 + sums[$1] - g[$1, $1] } / Double(g.rows)
    }

    /// dG = (softmax(G) - I) / |M|, dM = (dG + dGᵀ) M / 0.8; the rows of the features.
    func backward(_ features: PlainMatrix) -> PlainMatrix {
        let (rows, g) = similarities(features)
        let sums = logSums(g)
        let dG = PlainMatrix(g.rows, g.rows) {
            (exp(g[$0, $1] - sums[$0]) - ($0 == $1 ? 1 : 0)) / Double(g.rows)
        }
        let dRows = (weight / 0.8) * ((dG + dG.transposed) * rows)
        return dRows.rows(memory.rows..<rows.rows)
    }
}
