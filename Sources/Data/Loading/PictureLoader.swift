import Engine
import Foundation

/// Loads pictures ahead of the engine: threads of its own read, decode and transform, a bounded
/// number of steps in advance; steps come out in their order. Every picture is a function of its
/// entry and its own random stream, so the number of threads changes nothing but time. Threads
/// sleep when there is nothing to do and end after the picture in hand when the loader is let go.
public final class PictureLoader {
    private let pictures: LabelledPictures
    private let steps: [[[Int]]]
    private let work: Work
    private var nextStep = 0
    private var nextPosition = 0

    /// Creates a loader; its threads start with the first call of `next()`.
    ///
    /// - Parameter steps: for each step, for each replica, the indices of the pictures.
    init(_ pictures: LabelledPictures, steps: [[[Int]]], stream: RandomStream, threads: Int) {
        self.pictures = pictures
        self.steps = steps
        let largest = steps.map { $0.reduce(0) { $0 + $1.count } }.max() ?? 0
        let order = steps.flatMap { $0.flatMap { $0 } }
        // Half of the threads: decoding is a small part of a step, and the engine needs the rest.
        let workerCount = min(max(threads / 2, 1), max(order.count, 1))
        work = Work(
            order: order, window: max(2 * largest, 2 * workerCount), workerCount: workerCount
        ) { index in
            let entry = pictures.entries[index]
            return pictures.transform.values(
                of: try pictures.access.picture(entry), part: entry.part,
                stream: stream.split("picture-\(index)"))
        }
    }

    deinit { work.abandon() }

    /// The steps that this loader gives in all.
    public var stepCount: Int { steps.count }

    /// Returns the batches of the next step, one for each replica; nil after the last.
    ///
    /// - Throws: the error of the first picture of this step that cannot be loaded. After an error
    ///   there is no further step.
    public func next() throws -> [LoadedBatch]? {
        guard nextStep < steps.count else { return nil }
        work.start()
        let replicas = try steps[nextStep].map(batch)
        nextStep += 1
        return replicas
    }

    /// Returns the next step of a loader with one replica; nil after the last.
    ///
    /// - Throws: like `next()`.
    public func nextBatch() throws -> LoadedBatch? { try next()?.first }

    /// Lets go of the work and waits until no thread is at it.
    package func stop() {
        nextStep = steps.count
        work.abandon()
        work.waitForWorkers()
    }

    private func batch(_ indices: [Int]) throws -> LoadedBatch {
        let (size, channels) = (pictures.transform.size, pictures.transform.channels)
        var values: [Float] = []
        values.reserveCapacity(indices.count * channels * size * size)
        for _ in indices {
            do {
                values += try work.take(nextPosition)
            } catch {
                nextStep = steps.count
                work.abandon()
                throw error
            }
            nextPosition += 1
        }
        return LoadedBatch(
            images: Tensor(shape: [indices.count, channels, size, size], values),
            labels: indices.map { pictures.labels[$0] },
            names: indices.map { pictures.entries[$0].path })
    }
}

/// The shared part of a loader and its threads. All variables are read and written under
/// `condition`, which makes the class safe to share.
private final class Work: @unchecked Sendable {
    private let order: [Int]
    private let window: Int
    private let workerCount: Int
    private let load: @Sendable (Int) throws -> [Float]
    private let condition = NSCondition()
    private var claimed = 0
    private var taken = 0
    private var loaded: [Int: Result<[Float], any Error>] = [:]
    private var hasStarted = false
    private var isAbandoned = false
    private var activeWorkers = 0

    /// - Parameters:
    ///   - order: what to load, in the order of taking.
    ///   - window: how far loading may be ahead of taking.
    init(
        order: [Int], window: Int, workerCount: Int,
        load: @escaping @Sendable (Int) throws -> [Float]
    ) {
        self.order = order
        self.window = window
        self.workerCount = workerCount
        self.load = load
    }

    func start() {
        condition.withLock {
            guard !hasStarted else { return }
            hasStarted = true
            activeWorkers = workerCount
            for _ in 0..<workerCount {
                Thread { [self] in run() }.start()
            }
        }
    }

    /// Waits for the result at a position and hands it over.
    func take(_ position: Int) throws -> [Float] {
        let result = condition.withLock {
            while true {
                if let result = loaded.removeValue(forKey: position) {
                    taken = position + 1
                    condition.broadcast()
                    return result
                }
                condition.wait()
            }
        }
        return try result.get()
    }

    func abandon() {
        condition.withLock {
            isAbandoned = true
            loaded = [:]
            condition.broadcast()
        }
    }

    func waitForWorkers() {
        condition.withLock {
            while activeWorkers > 0 { condition.wait() }
        }
    }

    private func run() {
        while let position = claim() {
            let result = Result { try load(order[position]) }
            condition.withLock {
                if !isAbandoned { loaded[position] = result }
                condition.broadcast()
            }
        }
        condition.withLock {
            activeWorkers -= 1
            condition.broadcast()
        }
    }

    /// The next position to load, once it is within the window; nil when there is none.
    private func claim() -> Int? {
        condition.withLock {
            while !isAbandoned && claimed < order.count && claimed >= taken + window {
                condition.wait()
            }
            guard !isAbandoned, claimed < order.count else { return nil }
            claimed += 1
            return claimed - 1
        }
    }
}
