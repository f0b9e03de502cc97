/// Python's `random.Random`: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded and
/// drawn from as CPython does, so that an order shuffled there is the same order here.
///
/// ```swift
/// // random.seed(42); x = [0, 1, 2, 3]; random.shuffle(x)
/// var random = PythonRandom(seed: 42)
/// let shuffled = random.shuffled([0, 1, 2, 3])
/// shuffled  // [2, 1, 3, 0]
/// ```
public struct PythonRandom: Sendable {
    private static let count = 624
    private static let middle = 397

    private var state: [UInt32]
    private var index = Self.count

    /// Seeds like `random.seed(seed)` of an integer: by the 32-bit digits of its absolute value.
    public init(seed: Int) {
        let magnitude = seed.magnitude
        let high = UInt32(truncatingIfNeeded: magnitude >> 32)
        let low = UInt32(truncatingIfNeeded: magnitude)
        state = Self.initialState(key: high == 0 ? [low] : [low, high])
    }

    /// `init_by_array` of the authors' code.
    private static func initialState(key: [UInt32]) -> [UInt32] {
        var state = [UInt32](repeating: 19_650_218, count: count)
        for i in 1..<count { state[i] = 1_812_433_253 &* mixed(state[i - 1]) &+ UInt32(i) }
        var i = 1
        for k in 0..<max(count, key.count) {
            let j = k % key.count
            state[i] = (state[i] ^ (mixed(state[i - 1]) &* 1_664_525)) &+ key[j] &+ UInt32(j)
            advance(&i, &state)
        }
        for _ in 1..<count {
            state[i] = (state[i] ^ (mixed(state[i - 1]) &* 1_566_083_941)) &- UInt32(i)
            advance(&i, &state)
        }
        state[0] = 0x8000_0000
        return state
    }

    private static func mixed(_ word: UInt32) -> UInt32 { word ^ (word >> 30) }

    private static func advance(_ i: inout Int, _ state: inout [UInt32]) {
        i += 1
        if i == count {
            state[0] = state[count - 1]
            i = 1
        }
    }

    /// The next 32 bits.
    public mutating func nextUInt32() -> UInt32 {
        if index == Self.count { twist() }
        var word = state[index]
        index += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9D2C_5680
        word ^= (word << 15) & 0xEFC6_0000
        return word ^ (word >> 18)
    }

    private mutating func twist() {
        for i in 0..<Self.count {
            let next = state[(i + 1) % Self.count]
            let word = (state[i] & 0x8000_0000) | (next & 0x7FFF_FFFF)
            state[i] =
                state[(i + Self.middle) % Self.count] ^ (word >> 1)
                ^ (word & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        index = 0
    }

    /// An integer in `0..<bound`: the upper bits of a draw, as many as `bound` has, drawn again until
    /// it fits (`_randbelow_with_getrandbits`).
    ///
    /// - Precondition: `bound` is in `1..<2³²`.
    mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0 && bound <= Int(UInt32.max), "bound \(bound)")
        let surplus = UInt32(bound).leadingZeroBitCount
        while true {
            let value = Int(nextUInt32() >> UInt32(surplus))
            if value < bound { return value }
        }
    }

    /// Returns the elements in the order of `random.shuffle`.
    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var elements = elements
        for i in elements.indices.dropFirst().reversed() {
            elements.swapAt(i, integer(below: i + 1))
        }
        return elements
    }
}
