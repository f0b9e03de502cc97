import CKernels

/// Threads that run the groups of one step side by side.
///
/// Results are the same bits for any number of threads: what is computed together is decided by the
/// inputs alone, every item writes to its own place, and sums are taken in a fixed order. Several
/// values may exist side by side, one for each running unit.
public struct Workers: Sendable {
    /// The number of threads, the caller's among them.
    public let threads: Int
    private let pool: Pool

    /// Starts `threads - 1` helpers; fewer when the system refuses threads, down to none.
    ///
    /// - Precondition: `threads` is positive.
    public init(threads: Int) {
        precondition(threads > 0, "\(threads) threads")
        BLASThreads.one
        pool = Pool(threads: threads)
        self.threads = pool.handle == nil ? 1 : threads
    }

    /// Calls `body(item, worker)` for every item below `items`; returns when all calls have returned.
    ///
    /// `worker` is below `threads`, and no two running calls share it, so it may index scratch
    /// memory. Items start in order. `body` must not call `run` of the same value.
    package func run(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
        guard let handle = pool.handle else {
            for item in 0..<items { body(item, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            var body = body
            withUnsafeMutablePointer(to: &body) { pointer in
                ck_pool_run(
                    handle, items,
                    { context, item, worker in
                        guard let context else { return }
                        context.assumingMemoryBound(to: ((Int, Int) -> Void).self)
                            .pointee(item, worker)
                    }, pointer)
            }
        }
    }
}

/// Owns a C pool.
///
/// Unchecked: the only state is an immutable handle, and `ck_pool_run` lets callers take turns.
private final class Pool: @unchecked Sendable {
    /// Nil where one thread was asked for or no helper could be started.
    let handle: OpaquePointer?

    init(threads: Int) { handle = threads > 1 ? ck_pool_create(threads) : nil }

    deinit { if let handle { ck_pool_destroy(handle) } }
}
