import CKernels

/// Threads that run the groups of one step side by side.
///
/// Results are the same bits for any number of threads: what is computed together is decided by the
/// inputs alone, every item writes to its own place, and sums are taken in a fixed order. Several
/// values may exist side by side, one for each running unit.
public struct Workers: Sendable {
    /// The most threads. Each may hold a workspace, and more of them than cores gain nothing.
    public static let limit = Int(CK_POOL_LIMIT)

    /// The cores that the process may run on, as far as they can be used.
    public static var coreCount: Int { min(Int(ck_core_count()), limit) }

    /// The number of threads, the caller's among them.
    public let threads: Int
    private let pool: Pool

    /// Starts `threads - 1` helpers; fewer when the system refuses threads, down to none.
    ///
    /// - Precondition: `threads` is positive and at most `limit`.
    public init(threads: Int) {
        precondition((1...Self.limit).contains(threads), "\(threads) threads")
        BLAS.singleThreaded
        pool = Pool(threads: threads)
        self.threads = pool.handle.map { Int(ck_pool_threads($0)) } ?? 1
    }

    /// Calls `body` for every item below `items`; returns when all calls have returned.
    ///
    /// Items start in order. A body that runs items of the same value runs them one by one.
    package func run(_ items: Int, _ body: (_ item: Int) -> Void) {
        numbered(items) { item, _ in body(item) }
    }

    /// Calls `body` for every item below `items`, with scratch that no other running call has;
    /// returns when all calls have returned.
    ///
    /// Items start in order.
    ///
    /// - Precondition: no other call is using `scratch`.
    package func run<Scratch>(
        _ items: Int, with scratch: PerWorker<Scratch>,
        _ body: (_ item: Int, _ scratch: Scratch) -> Void
    ) {
        scratch.lend(to: min(threads, items)) { places in
            numbered(items) { item, worker in body(item, places.scratch(of: worker)) }
        }
    }

    /// `worker` is below the threads and the items, and no two running calls share it. Nothing but
    /// `PerWorker` sees it.
    private func numbered(_ items: Int, _ body: (_ item: Int, _ worker: Int) -> Void) {
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

/// Scratch of the threads that run items: made when a thread takes its first item, and used again by
/// whoever is next. There is never more of it than threads or items, whichever is less.
package final class PerWorker<Scratch> {
    private let make: () -> Scratch
    private var places: [Scratch?] = []
    private var isLent = false

    /// Creates scratch.
    ///
    /// - Parameter make: makes one; may be called on any thread, and on several at once.
    package init(_ make: @escaping () -> Scratch) { self.make = make }

    /// How many have been made.
    package var count: Int { places.count { $0 != nil } }

    /// The places of the workers of one region. Each touches its own alone.
    struct Places {
        fileprivate let base: UnsafeMutableBufferPointer<Scratch?>
        fileprivate let make: () -> Scratch

        /// What the worker of a number has.
        func scratch(of worker: Int) -> Scratch {
            // The bounds of a buffer are not checked in release mode.
            precondition(base.indices.contains(worker), "worker \(worker) of \(base.count)")
            if let made = base[worker] { return made }
            let new = make()
            base[worker] = new
            return new
        }
    }

    /// Runs `body` with places for a number of workers.
    fileprivate func lend(to workers: Int, _ body: (Places) -> Void) {
        precondition(!isLent, "scratch that another call is using")
        isLent = true
        defer { isLent = false }
        while places.count < workers { places.append(nil) }
        places.withUnsafeMutableBufferPointer { body(Places(base: $0, make: make)) }
    }
}

/// Owns a C pool.
///
/// Unchecked: the only state is an immutable handle, and `ck_pool_run` lets callers take turns.
private final class Pool: @unchecked Sendable {
    /// Nil where one thread was asked for or no helper could be started.
    let handle: OpaquePointer?

    init(threads: Int) { handle = ck_pool_create(threads) }

    deinit { if let handle { ck_pool_destroy(handle) } }
}
