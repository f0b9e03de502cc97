/// A resampling filter, widened when a picture shrinks (antialiasing).
public enum Interpolation: String, Sendable, Codable, Hashable, CaseIterable {
    /// The triangle, support 1.
    case bilinear
    /// Keys' cubic with a = -1/2, support 2.
    case bicubic

    /// Half the filter's width at scale 1.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    /// The filter at distance `x` from its centre.
    func weight(at distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .bilinear:
            return x < 1 ? 1 - x : 0
        case .bicubic:
            let a = -0.5
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}

/// The weights of one axis of a resampling, in fixed point: output `i` is the sum of `count(i)`
/// inputs from `first(i)` on. Arithmetic and rounding are those of Pillow's 8-bit resampling.
struct ResamplingWeights {
    /// Bits after the point: 32 for the accumulator, less 8 for a sample and 2 for overshoot.
    static let precisionBits: Int32 = 32 - 8 - 2

    /// The first input of each output.
    let first: [Int]
    /// The number of inputs of each output.
    let count: [Int]
    /// The weights of output `i` from `i · stride` on.
    let weights: [Int32]
    /// The room for the weights of one output.
    let stride: Int

    /// Computes the weights of an axis.
    ///
    /// - Precondition: both extents are at least 1.
    init(from inputExtent: Int, to outputExtent: Int, interpolation: Interpolation) {
        let scale = Double(inputExtent) / Double(outputExtent)
        let filterScale = max(scale, 1)
        let support = interpolation.support * filterScale
        stride = Int(support.rounded(.up)) * 2 + 1
        var first = [Int](repeating: 0, count: outputExtent)
        var count = first
        var weights = [Int32](repeating: 0, count: outputExtent * stride)
        for output in 0..<outputExtent {
            let center = (Double(output) + 0.5) * scale
            let lower = max(Int(center - support + 0.5), 0)
            let upper = min(Int(center + support + 0.5), inputExtent)
            let shares = (lower..<upper).map {
                interpolation.weight(at: (Double($0) - center + 0.5) * (1 / filterScale))
            }
            let sum = shares.reduce(0, +)
            for (index, share) in shares.enumerated() {
                weights[output * stride + index] = Self.fixedPoint(sum != 0 ? share / sum : share)
            }
            first[output] = lower
            count[output] = upper - lower
        }
        (self.first, self.count, self.weights) = (first, count, weights)
    }

    private static func fixedPoint(_ weight: Double) -> Int32 {
        let scaled = weight * Double(1 << precisionBits)
        return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
    }
}
