/// Random numbers of one case: SplitMix64 over (seed, number), so that a case can be made again by itself.
struct CaseRandom {
    private var state: UInt64

    init(seed: UInt64, number: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ number &* 0xD1B5_4A32_D192_ED03
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// A number from 0 to `count - 1`; 0 for no numbers at all.
    mutating func below(_ count: Int) -> Int {
        count < 1 ? 0 : Int(next() % UInt64(count))
    }

    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }
}

/// Damages bytes as accidents and attackers do.
enum Mutator {
    private static let bytes: [UInt8] = [
        0, 1, 2, 8, 0x0A, 0x20, 0x22, 0x27, 0x28, 0x29, 0x2D, 0x2E, 0x30, 0x39, 0x3A, 0x5B, 0x63,
        0x7B, 0x7D, 0x7F, 0x80, 0x81, 0x93, 0xC0, 0xFE, 0xFF,
    ]
    private static let integers: [UInt64] = [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF,
        0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
        .max, .max - 1, 1 << 40, 3_037_000_500, 89_478_485,
    ]
    private static let numerals = [
        "0", "-1", "1", "4294967296", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "99999999999999999999", "1e999", "3037000500", "nan",
    ]
    /// The greatest length of a case in bytes.
    private static let maximumByteCount = 1 << 17

    /// Returns the bytes after mutations: one in half of the cases, up to four in the others.
    ///
    /// - Parameter other: what pieces are taken from.
    static func mutated(
        _ original: [UInt8], with other: [UInt8], _ random: inout CaseRandom
    ) -> [UInt8] {
        var bytes = original
        for _ in 0...(random.below(2) * random.below(4)) {
            mutate(&bytes, other, &random)
            if bytes.count > maximumByteCount { bytes.removeLast(bytes.count - maximumByteCount) }
        }
        return bytes
    }

    private static func mutate(
        _ bytes: inout [UInt8], _ other: [UInt8], _ random: inout CaseRandom
    ) {
        if bytes.isEmpty {
            bytes.append(random.pick(Self.bytes))
            return
        }
        // Half of all mutations hit the first hundred bytes, where headers are.
        let reach = random.below(2) == 0 ? min(bytes.count, 100) : bytes.count
        let position = random.below(reach)
        switch random.below(9) {
        case 0: bytes[position] ^= 1 << UInt8(random.below(8))
        case 1, 2: bytes[position] = random.pick(Self.bytes)
        case 3: bytes.removeLast(bytes.count - position)
        case 4: insert(into: &bytes, at: position, &random)
        case 5:
            let count = min(bytes.count - position, 1 + random.below(16))
            bytes.removeSubrange(position..<position + count)
        case 6: splice(into: &bytes, at: position, other, &random)
        case 7: replaceNumeral(in: &bytes, from: position, &random)
        default: setInteger(in: &bytes, at: position, &random)
        }
    }

    private static func insert(
        into bytes: inout [UInt8], at position: Int, _ random: inout CaseRandom
    ) {
        let count = 1 + random.below(random.below(8) == 0 ? 5000 : 8)
        let byte = random.pick(Self.bytes)
        let isRun = random.below(2) == 0
        let new = (0..<count).map { _ in isRun ? byte : UInt8(truncatingIfNeeded: random.next()) }
        bytes.insert(contentsOf: new, at: position)
    }

    /// Puts a piece of another seed, or of the same one, over or before what is there.
    private static func splice(
        into bytes: inout [UInt8], at position: Int, _ other: [UInt8], _ random: inout CaseRandom
    ) {
        let source = random.below(2) == 0 ? bytes : other
        guard !source.isEmpty else { return }
        let start = random.below(source.count)
        let piece = source[start...].prefix(1 + random.below(64))
        let end = random.below(2) == 0 ? position : min(bytes.count, position + piece.count)
        bytes.replaceSubrange(position..<end, with: piece)
    }

    /// Replaces the next run of digits.
    private static func replaceNumeral(
        in bytes: inout [UInt8], from position: Int, _ random: inout CaseRandom
    ) {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard let start = bytes[position...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Array(random.pick(numerals).utf8))
    }

    /// Writes an interesting number, or one near the length, over 1, 2, 4 or 8 bytes of either order.
    private static func setInteger(
        in bytes: inout [UInt8], at position: Int, _ random: inout CaseRandom
    ) {
        let length = UInt64(bytes.count)
        let near = [length, length &- 1, length &+ 1, UInt64(position), length &- UInt64(position)]
        let value = random.below(3) == 0 ? random.pick(near) : random.pick(integers)
        let size = 1 << random.below(4)
        let isBigEndian = random.below(3) == 0
        for index in 0..<min(size, bytes.count - position) {
            let shift = 8 * (isBigEndian ? size - 1 - index : index)
            bytes[position + index] = UInt8(truncatingIfNeeded: value >> UInt64(shift))
        }
    }
}
