import CKernels

/// A stream of random numbers that is a pure function of a seed and a name.
///
/// Streams are counter-based: the words are Philox-4x32-10 blocks whose key and upper counter half
/// are a hash of (seed, name) and whose lower counter half counts blocks. Equal seeds and names give
/// equal words on every machine; different ones are independent for all practical purposes. What is
/// drawn from a stream never depends on what was drawn from another, so any unit, epoch or picture can
/// be reproduced alone.
///
/// ```swift
/// let task = RandomStream(seed: 42, name: "train").split("task-3")
/// var stream = task.split("shuffle")
/// let order = stream.permutation(5)
/// var sameName = task.split("shuffle")
/// let again = sameName.permutation(5)
/// again  // order
/// order.sorted()  // [0, 1, 2, 3, 4]
/// ```
public struct RandomStream: Sendable, Equatable, RandomNumberGenerator {
    private let name: NameHash
    private let key: UInt64
    private let upperCounter: UInt64
    private var nextBlock: UInt64 = 0
    private var words = SIMD4<UInt32>()
    private var unusedWords = 0
    private var spareNormal: Float?

    /// Creates the stream called `name`. Parts of a name are separated by `/`.
    public init(seed: UInt64, name: String) {
        self.init(name: NameHash(seed: seed).appending(name))
    }

    /// Returns the stream called `self/name`, from its start, whatever was drawn from this one:
    /// `RandomStream(seed: s, name: "a").split("b")` equals `RandomStream(seed: s, name: "a/b")`.
    public func split(_ name: String) -> RandomStream {
        RandomStream(name: self.name.appending("/").appending(name))
    }

    private init(name: NameHash) {
        self.name = name
        (key, upperCounter) = name.digest
    }

    /// Returns 32 uniform bits.
    public mutating func nextUInt32() -> UInt32 {
        if unusedWords == 0 {
            words = Philox.block(counter: nextBlock, upper: upperCounter, key: key)
            nextBlock &+= 1
            unusedWords = 4
        }
        let word = words[4 - unusedWords]
        unusedWords -= 1
        // A used-up block is forgotten, so that equal positions are equal values.
        if unusedWords == 0 { words = SIMD4() }
        return word
    }

    /// Returns 64 uniform bits: two words, the lower half first.
    public mutating func nextUInt64() -> UInt64 {
        let low = UInt64(nextUInt32())
        return UInt64(nextUInt32()) << 32 | low
    }

    /// Returns 64 uniform bits; the requirement of `RandomNumberGenerator`.
    public mutating func next() -> UInt64 { nextUInt64() }

    /// Returns a multiple of 2⁻²⁴ in `[0, 1)`.
    public mutating func uniform() -> Float { Float(nextUInt32() >> 8) * 0x1p-24 }

    /// Returns a multiple of 2⁻⁵³ in `[0, 1)`.
    public mutating func uniformDouble() -> Double { Double(nextUInt64() >> 11) * 0x1p-53 }

    /// Returns a value in `[low, high)`; rounding may return `high`.
    public mutating func uniform(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * uniform()
    }

    /// Returns an integer of `0..<bound`, each equally likely (Lemire 2019, by rejection).
    ///
    /// - Precondition: `bound` is positive.
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0, "integer(below: \(bound))")
        let range = UInt64(bound)
        let unfair = (0 &- range) % range
        while true {
            let (high, low) = nextUInt64().multipliedFullWidth(by: range)
            if low >= unfair { return Int(high) }
        }
    }

    /// Returns the numbers `0..<n` in random order, each order equally likely (Fisher–Yates).
    public mutating func permutation(_ n: Int) -> [Int] { sample(n, of: n) }

    /// Returns `count` different numbers of `0..<n`, each ordered choice equally likely: the start
    /// of a permutation.
    ///
    /// - Precondition: `0 <= count <= n`.
    public mutating func sample(_ count: Int, of n: Int) -> [Int] {
        precondition((0...n).contains(count), "sample of \(count) from \(n)")
        var numbers = Array(0..<n)
        for i in 0..<count {
            let other = i + integer(below: n - i)
            numbers.swapAt(i, other)
        }
        numbers.removeLast(n - count)
        return numbers
    }
}

extension RandomStream {
    /// Returns a value of the standard normal distribution.
    ///
    /// Box–Muller on 32-bit uniforms, at most 6.67 in size, with the same bits on every processor.
    public mutating func normal() -> Float {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        var pair: [Float] = [0, 0]
        ck_box_muller(1, [nextUInt32(), nextUInt32()], &pair)
        spareNormal = pair[1]
        return pair[0]
    }

    /// Returns `count` standard normal values: those that `count` calls of `normal()` return.
    public mutating func normals(_ count: Int) -> [Float] {
        guard count > 0 else { return [] }
        let spare = spareNormal.map { [$0] } ?? []
        let pairs = (count - spare.count + 1) / 2
        var values = [Float](repeating: 0, count: 2 * pairs)
        ck_box_muller(pairs, nextWords(2 * pairs), &values)
        if !spare.isEmpty { values.insert(contentsOf: spare, at: 0) }
        spareNormal = values.count > count ? values.removeLast() : nil
        return values
    }

    /// Returns the words that `count` calls of `nextUInt32()` return.
    private mutating func nextWords(_ count: Int) -> [UInt32] {
        var result: [UInt32] = []
        while unusedWords > 0, result.count < count { result.append(nextUInt32()) }
        let blocks = (count - result.count) / 4
        if blocks > 0 {
            var bulk = [UInt32](repeating: 0, count: 4 * blocks)
            ck_philox(nextBlock, upperCounter, key, blocks, &bulk)
            nextBlock &+= UInt64(blocks)
            result = result.isEmpty ? bulk : result + bulk
        }
        while result.count < count { result.append(nextUInt32()) }
        return result
    }

    /// Returns a normal value of mean 0, drawn again while its size is above `bound`.
    ///
    /// - Parameters:
    ///   - standardDeviation: that of the normal distribution before it is cut.
    ///   - bound: largest size, in the units of the value.
    /// - Precondition: `bound` is at least a tenth of the standard deviation, or drawing takes long.
    public mutating func truncatedNormal(standardDeviation: Float, bound: Float) -> Float {
        precondition(
            standardDeviation > 0 && bound >= standardDeviation / 10,
            "normal of deviation \(standardDeviation) cut at \(bound)")
        while true {
            let value = normal() * standardDeviation
            if abs(value) <= bound { return value }
        }
    }
}

/// A running 128-bit hash of a seed and the UTF-8 bytes of a name: two lanes of FNV-1a with
/// different multipliers, mixed at the end by the finaliser of SplitMix64. Stable for ever: it is
/// part of every result.
private struct NameHash: Sendable, Equatable {
    private var first: UInt64
    private var second: UInt64

    init(seed: UInt64) {
        first = 0xCBF2_9CE4_8422_2325 ^ Self.mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
        second = 0x6C62_272E_07BB_0142 ^ Self.mixed(seed ^ 0xD1B5_4A32_D192_ED03)
    }

    func appending(_ name: String) -> NameHash {
        var hash = self
        for byte in name.utf8 {
            hash.first = (hash.first ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
            hash.second = (hash.second ^ UInt64(byte)) &* 0xFF51_AFD7_ED55_8CCD
            hash.second ^= hash.second >> 29
        }
        return hash
    }

    var digest: (low: UInt64, high: UInt64) {
        (Self.mixed(first ^ (second << 1)), Self.mixed(second &+ 0x9E37_79B9_7F4A_7C15))
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
