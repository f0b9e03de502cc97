import CKernels

/// The Philox-4x32-10 bijection of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"
/// (2011): a block of four random words as a pure function of a counter and a key.
package enum Philox {
    /// Returns the block for a 128-bit counter under a 64-bit key; low words come first.
    package static func block(counter: UInt64, upper: UInt64, key: UInt64) -> SIMD4<UInt32> {
        var words: [UInt32] = [0, 0, 0, 0]
        ck_philox(counter, upper, key, 1, &words)
        return SIMD4(words)
    }
}
