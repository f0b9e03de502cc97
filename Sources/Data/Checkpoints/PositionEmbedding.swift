/// Resampling of position embeddings to another grid: Keys' cubic with a = -3/4, without
/// antialiasing, corners not aligned, borders repeated. Equal to torch's
/// `interpolate(mode: "bicubic")`, in single precision.
package enum PositionEmbedding {
    /// Returns the embedding for another number of patches; the class token's row is kept.
    ///
    /// - Parameters:
    ///   - values: `[1 + from · from, width]`, row-major.
    ///   - from: side of the grid that the values are for.
    ///   - to: side of the new grid.
    /// - Returns: `[1 + to · to, width]`.
    package static func resampled(_ values: [Float], width: Int, from: Int, to: Int) -> [Float] {
        let taps = (0..<to).map { Taps(position: $0, from: from, to: to) }
        // Columns first, then rows, as torch nests its sums.
        var rows = [Float](repeating: 0, count: from * to * width)
        for row in 0..<from {
            for (column, tap) in taps.enumerated() {
                let sources = tap.indices.map { (1 + row * from + $0) * width }
                combine(
                    values, sources, tap.weights, into: &rows, at: (row * to + column) * width,
                    width)
            }
        }
        var result = Array(values[..<width])
        result += [Float](repeating: 0, count: to * to * width)
        for (row, tap) in taps.enumerated() {
            for column in 0..<to {
                let sources = tap.indices.map { ($0 * to + column) * width }
                combine(
                    rows, sources, tap.weights, into: &result,
                    at: (1 + row * to + column) * width, width)
            }
        }
        return result
    }

    private static func combine(
        _ values: [Float], _ sources: [Int], _ weights: [Float], into result: inout [Float],
        at target: Int, _ width: Int
    ) {
        for index in 0..<width {
            var sum: Float = 0
            for (source, weight) in zip(sources, weights) { sum += values[source + index] * weight }
            result[target + index] = sum
        }
    }

    /// The four neighbours of one output along an axis.
    private struct Taps {
        let indices: [Int]
        let weights: [Float]

        init(position: Int, from: Int, to: Int) {
            let scale = Float(from) / Float(to)
            let source = scale * (Float(position) + 0.5) - 0.5
            let base = source.rounded(.down)
            let t = source - base
            indices = (-1...2).map { min(max(Int(base) + $0, 0), from - 1) }
            weights = [Self.far(t + 1), Self.near(t), Self.near(1 - t), Self.far(2 - t)]
        }

        private static let a: Float = -0.75

        /// The cubic between 0 and 1.
        private static func near(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }

        /// The cubic between 1 and 2.
        private static func far(_ x: Float) -> Float {
            ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
        }
    }
}
