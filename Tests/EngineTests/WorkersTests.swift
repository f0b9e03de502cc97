import CKernels
import Engine
import Foundation
import Synchronization
import TestSupport
import Testing

/// The pool of threads itself.
@Suite struct WorkersTests {
    @Test(arguments: WorkerCounts.all)
    func everyItemRunsOnce(threads: Int) {
        let workers = Workers(threads: threads)
        #expect(workers.threads == threads)
        for items in [0, 1, 2, 3, 5, 63, 64, 65, 1000] {
            let runs = (0..<items).map { _ in Counter() }
            workers.run(items) { item in runs[item].add(1) }
            #expect(runs.allSatisfy { $0.value == 1 }, "\(items) items")
        }
    }

    /// Scratch that notices when two calls have it at once.
    private final class Exclusive: Sendable {
        private let isUsed = Atomic(false)
        let collisions: Counter

        init(_ collisions: Counter) { self.collisions = collisions }

        func use(_ body: () -> Void) {
            if isUsed.exchange(true, ordering: .acquiringAndReleasing) { collisions.add(1) }
            body()
            isUsed.store(false, ordering: .releasing)
        }
    }

    @Test(arguments: WorkerCounts.all)
    func scratchIsOfOneCallAtATimeAndNeverMoreThanItemsOrThreads(threads: Int) {
        let workers = Workers(threads: threads)
        for items in [0, 1, 2, 3, 5, 63, 200] {
            let collisions = Counter()
            let scratch = PerWorker { Exclusive(collisions) }
            for _ in 0..<3 {
                workers.run(items, with: scratch) { _, scratch in
                    scratch.use { for _ in 0..<50 { sched_yield() } }
                }
                #expect(scratch.count <= min(threads, items))
            }
            #expect(collisions.value == 0 && (items == 0) == (scratch.count == 0))
        }
    }

    /// The numbers that the C pool gives out: the helpers' own would be any below the threads.
    @Test func workersAreNumberedBelowTheItems() throws {
        let pool = try #require(ck_pool_create(64))
        defer { ck_pool_destroy(pool) }
        #expect(ck_pool_threads(pool) == 64)
        for items in [1, 2, 3, 10] {
            for _ in 0..<200 {
                let largest = Counter()
                withUnsafePointer(to: Unmanaged.passUnretained(largest).toOpaque()) { pointer in
                    ck_pool_run(
                        pool, items,
                        { context, _, worker in
                            guard let context else { return }
                            let largest = context.load(as: UnsafeRawPointer.self)
                            Unmanaged<Counter>.fromOpaque(largest)
                                .takeUnretainedValue().raise(to: worker + 1)
                        }, UnsafeMutableRawPointer(mutating: pointer))
                }
                #expect((1...items).contains(largest.value))
            }
        }
    }

    @Test func aBodyMayRunItemsOfItsOwnWorkers() {
        let workers = Workers(threads: 7)
        let sum = Counter()
        workers.run(10) { outer in
            workers.run(4) { inner in
                workers.run(2) { sum.add(100 * outer + 10 * inner + $0) }
            }
        }
        #expect(sum.value == 2 * 4 * 4500 + 2 * 10 * 60 + 40)
    }

    @Test func severalCallersTakeTurns() {
        let (workers, callers) = (Workers(threads: 3), Workers(threads: 7))
        let sum = Counter()
        callers.run(20) { _ in
            for _ in 0..<20 { workers.run(5) { sum.add($0) } }
        }
        #expect(sum.value == 20 * 20 * 10)
    }

    @Test func workersThatNeverRanEnd() {
        for threads in WorkerCounts.all { _ = Workers(threads: threads) }
    }

    /// Far more threads than cores must neither starve each other nor hold each other's memory.
    @Test func manyWorkersOnFewItemsCostLittle() {
        let workers = Workers(threads: Workers.limit)
        let sum = Counter()
        let scratch = PerWorker { [Float](repeating: 0, count: 1 << 20) }
        for _ in 0..<2000 { workers.run(3, with: scratch) { item, _ in sum.add(item) } }
        #expect(sum.value == 2000 * 3 && scratch.count <= 3)
    }

    /// The library has room for about 128 callers and crashes beyond twice as many.
    @Test func theLibraryServesMoreCallersThanItHasRoomFor() {
        let x = SmallModel.random([60, 60], 1, around: 0, RandomStream(seed: 1, name: "x"))
        let network = DenseNetwork(
            DenseNetwork.mapping(structure: [2], width: 60), name: "n",
            stream: RandomStream(seed: 2, name: "n"))
        let expected = network.output(x).bits
        let wrong = Counter()
        Workers(threads: Workers.limit).run(2 * Workers.limit) { _ in
            if network.output(x).bits != expected { wrong.add(1) }
        }
        #expect(wrong.value == 0)
    }

    @Test func thereIsACore() {
        #expect((1...Workers.limit).contains(Workers.coreCount))
    }
}
