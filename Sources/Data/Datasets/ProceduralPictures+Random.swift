/// The chance in one picture: a SplitMix64 sequence (Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", 2014) that starts from four words.
struct PictureRandom {
    private var state: UInt64

    init(_ seed: UInt64, _ first: UInt64, _ second: UInt64, _ third: UInt64) {
        state = 0
        for word in [seed, first, second, third] {
            state = Self.mixed((state ^ word) &+ Self.increment)
        }
    }

    private static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

    private static func mixed(_ word: UInt64) -> UInt64 {
        var bits = word
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mixed(state)
    }

    /// A number in `[0, 1)`, a multiple of 2⁻⁵³.
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number from `low` to `high`.
    mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * uniform()
    }

    /// An integer in `0 ..< bound`, for bounds far below 2³² (the bias is below `bound` / 2³²).
    mutating func integer(below bound: Int) -> Int {
        Int(((next() >> 32) &* UInt64(bound)) >> 32)
    }

    mutating func element<Part>(_ parts: [Part]) -> Part { parts[integer(below: parts.count)] }

    /// A permutation of `parts` (Fisher and Yates).
    mutating func shuffled<Part>(_ parts: [Part]) -> [Part] {
        var parts = parts
        for last in stride(from: parts.count - 1, to: 0, by: -1) {
            parts.swapAt(last, integer(below: last + 1))
        }
        return parts
    }

    /// Cosine and sine of an angle whose tangent is uniform in `-spread ... spread`.
    mutating func direction(spread: Double) -> (x: Double, y: Double) {
        let slope = uniform(-spread, spread)
        let length = (1 + slope * slope).squareRoot()
        return (1 / length, slope / length)
    }

    /// Cosine and sine of any angle: a point of the unit disc, pushed out to its rim.
    mutating func direction() -> (x: Double, y: Double) {
        while true {
            let (x, y) = (uniform(-1, 1), uniform(-1, 1))
            let length = (x * x + y * y).squareRoot()
            if length > 0.01, length <= 1 { return (x / length, y / length) }
        }
    }
}
