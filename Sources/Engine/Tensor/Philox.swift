/// The Philox-4x32-10 bijection of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"
/// (2011): a block of four random words as a pure function of a counter and a key.
package enum Philox {
    /// Returns the block for `counter` under `key` after ten rounds.
    package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var x = counter
        var k = key
        for round in 0..<10 {
            if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let first = UInt64(x[0]) * 0xD251_1F53
            let second = UInt64(x[2]) * 0xCD9E_8D57
            x = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ x[1] ^ k[0],
                UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ x[3] ^ k[1],
                UInt32(truncatingIfNeeded: first))
        }
        return x
    }
}
