/// A block of floats aligned to 64 bytes, freed with its last reference.
///
/// Alignment is fixed because a library may take another path for another alignment, and with it
/// give other last bits.
final class AlignedStorage {
    /// The first float.
    let base: UnsafeMutablePointer<Float>
    /// The number of floats.
    let count: Int

    /// Reserves `count` floats; their values are undefined.
    init(undefined count: Int) {
        self.count = count
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Float>.stride, alignment: 64)
        base = bytes.bindMemory(to: Float.self, capacity: max(count, 1))
    }

    /// Reserves `count` zeros.
    convenience init(zeros count: Int) {
        self.init(undefined: count)
        base.initialize(repeating: 0, count: count)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }
}

/// Rounds up so that the next matrix starts on a multiple of 64 bytes.
func aligned(_ count: Int) -> Int { (count + 15) & ~15 }
