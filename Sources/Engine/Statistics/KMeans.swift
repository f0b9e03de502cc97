import Foundation

/// K-means clustering with the choices of scikit-learn: greedy k-means++ seeding, ten restarts, at
/// most 300 rounds of Lloyd's algorithm, until labels repeat or centres move less than 1e-4 of the
/// mean variance. Computed in double.
package struct KMeans {
    /// The cluster of each row, `0..<clusterCount`, none of them empty.
    package private(set) var labels: [Int]
    /// The number of clusters: as asked, or less when there are fewer different rows.
    package private(set) var clusterCount: Int
    /// The sum of squared distances of rows to their centres.
    package private(set) var inertia: Double
    /// What each restart came to.
    package private(set) var restartInertias: [Double]

    package static let restarts = 10
    package static let roundLimit = 300
    package static let tolerance = 1e-4

    /// Clusters the rows of `features`.
    ///
    /// - Parameters:
    ///   - features: `[n, D]`.
    ///   - clusterCount: wanted clusters; at most n are made.
    ///   - stream: split for each restart; the restart of least inertia wins, the first of equals.
    /// - Precondition: n and `clusterCount` are positive.
    package init(_ features: DoubleMatrix, clusterCount: Int, stream: RandomStream) {
        precondition(features.rows > 0 && clusterCount > 0, "\(clusterCount) clusters")
        let lloyd = Lloyd(features, clusterCount: min(clusterCount, features.rows))
        var best = lloyd.run(stream.split("restart-0"))
        restartInertias = [best.inertia]
        for restart in 1..<Self.restarts {
            let other = lloyd.run(stream.split("restart-\(restart)"))
            restartInertias.append(other.inertia)
            if other.inertia < best.inertia { best = other }
        }
        // A cluster stays empty when rows are repeated; the others are numbered without gaps.
        let used = Set(best.labels).sorted()
        let number = Dictionary(uniqueKeysWithValues: zip(used, used.indices))
        labels = best.labels.compactMap { number[$0] }
        self.clusterCount = used.count
        inertia = best.inertia
    }
}

/// Lloyd's algorithm on rows whose mean has been subtracted, which changes no distance and keeps
/// `‖x‖² − 2 x·c + ‖c‖²` accurate.
private struct Lloyd {
    let rows: DoubleMatrix
    let squares: [Double]
    let clusterCount: Int
    /// The largest sum of squared centre moves that counts as standing still.
    let tolerance: Double

    init(_ features: DoubleMatrix, clusterCount: Int) {
        rows = features.centred
        squares = rows.rowSquares
        self.clusterCount = clusterCount
        let variance = squares.reduce(0, +) / Double(max(features.values.count, 1))
        tolerance = KMeans.tolerance * variance
    }

    func run(_ restart: RandomStream) -> (labels: [Int], inertia: Double) {
        var stream = restart
        var centres = seeds(&stream)
        var labels = assign(to: centres).labels
        for _ in 0..<KMeans.roundLimit {
            let moved = means(of: labels, from: centres)
            let shift = zip(moved.values, centres.values).reduce(0) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            centres = moved
            let next = assign(to: centres).labels
            if next == labels { break }
            labels = next
            if shift <= tolerance { break }
        }
        return (labels, assign(to: centres).inertia)
    }

    /// Greedy k-means++: each new centre is the best of 2 + ⌊ln K⌋ rows drawn with probability
    /// proportional to the squared distance to the centres so far.
    private func seeds(_ stream: inout RandomStream) -> DoubleMatrix {
        let trials = 2 + Int(log(Double(clusterCount)))
        var chosen = [stream.integer(below: rows.rows)]
        var closest = distances(to: rows.selecting(chosen)).values
        while chosen.count < clusterCount {
            let candidates = draw(trials, weights: closest, &stream)
            let across = distances(to: rows.selecting(candidates))
            var best: (row: Int, closest: [Double], sum: Double)?
            for (trial, row) in candidates.enumerated() {
                let nearer = closest.indices.map {
                    min(closest[$0], across.values[$0 * trials + trial])
                }
                let sum = nearer.reduce(0, +)
                if best.map({ sum < $0.sum }) ?? true { best = (row, nearer, sum) }
            }
            if let best {
                chosen.append(best.row)
                closest = best.closest
            }
        }
        return rows.selecting(chosen)
    }

    /// Draws rows with probability proportional to their weights, repetition allowed.
    private func draw(
        _ count: Int, weights: [Double], _ stream: inout RandomStream
    ) -> [Int] {
        var sums = weights
        for r in sums.indices.dropFirst() { sums[r] += sums[r - 1] }
        let total = sums[sums.count - 1]
        return (0..<count).map { _ in
            let target = stream.uniformDouble() * total
            return min(sums.firstIndex { $0 > target } ?? sums.count - 1, sums.count - 1)
        }
    }

    /// Squared distances of all rows to the rows of `centres`, `[n, K]`, never negative.
    private func distances(to centres: DoubleMatrix) -> DoubleMatrix {
        let centreSquares = centres.rowSquares
        var result = DoubleMatrix(rows: rows.rows, columns: centres.rows)
        result.addProduct(rows, centres, transposingB: true, factor: -2)
        for r in 0..<result.rows {
            for k in 0..<result.columns {
                let index = r * result.columns + k
                result.values[index] = max(
                    0, result.values[index] + squares[r] + centreSquares[k])
            }
        }
        return result
    }

    /// The nearest centre of each row, the first of equals, and the sum of squared distances.
    private func assign(to centres: DoubleMatrix) -> (labels: [Int], inertia: Double) {
        let all = distances(to: centres)
        var labels = [Int](repeating: 0, count: rows.rows)
        var inertia = 0.0
        for r in labels.indices {
            var nearest = 0
            for k in 1..<max(centres.rows, 1)
            where all.values[r * centres.rows + k] < all.values[r * centres.rows + nearest] {
                nearest = k
            }
            labels[r] = nearest
            inertia += all.values[r * centres.rows + nearest]
        }
        return (labels, inertia)
    }

    /// The mean of each cluster's rows. An empty cluster takes the row farthest from its own centre
    /// away from that row's cluster.
    private func means(of assigned: [Int], from centres: DoubleMatrix) -> DoubleMatrix {
        var labels = assigned
        var counts = [Int](repeating: 0, count: clusterCount)
        for label in labels { counts[label] += 1 }
        let empty = counts.indices.filter { counts[$0] == 0 }
        if !empty.isEmpty {
            let all = distances(to: centres)
            let own = labels.indices.map { all.values[$0 * clusterCount + labels[$0]] }
            let farthest = labels.indices.sorted { (own[$0], $1) > (own[$1], $0) }
            for (cluster, row) in zip(empty, farthest) where counts[labels[row]] > 1 {
                counts[labels[row]] -= 1
                counts[cluster] = 1
                labels[row] = cluster
            }
        }
        var membership = DoubleMatrix(rows: rows.rows, columns: clusterCount)
        for (r, label) in labels.enumerated() {
            membership.values[r * clusterCount + label] = 1 / Double(counts[label])
        }
        var result = DoubleMatrix(rows: clusterCount, columns: rows.columns)
        result.addProduct(membership, rows, transposingA: true)
        for cluster in counts.indices where counts[cluster] == 0 {
            result.replaceRow(cluster, with: centres.row(cluster))
        }
        return result
    }
}

extension DoubleMatrix {
    /// The mean of each column, `[columns]`.
    package var columnMeans: [Double] {
        var sums = [Double](repeating: 0, count: columns)
        for r in 0..<rows {
            for d in 0..<columns { sums[d] += values[r * columns + d] }
        }
        return sums.map { $0 / Double(rows) }
    }

    /// The squared length of each row.
    var rowSquares: [Double] { (0..<rows).map { row($0).reduce(0) { $0 + $1 * $1 } } }

    /// The rows of `indices`, in their order.
    package func selecting(_ indices: [Int]) -> DoubleMatrix {
        var selected: [Double] = []
        selected.reserveCapacity(indices.count * columns)
        for index in indices { selected.append(contentsOf: row(index)) }
        return DoubleMatrix(rows: indices.count, columns: columns, selected)
    }

    /// Replaces one row.
    mutating func replaceRow(_ index: Int, with row: some Collection<Double>) {
        values.replaceSubrange(index * columns..<(index + 1) * columns, with: row)
    }
}
