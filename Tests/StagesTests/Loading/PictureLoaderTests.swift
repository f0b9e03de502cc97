import Data
import Engine
import Pipeline
import Synchronization
import TestSupport
import Testing

/// Pictures made of their own name, which count how often they were asked for.
private final class CountedPictures: PictureAccess {
    private let counter = Mutex(0)
    let damaged: Set<String>

    init(damaged: Set<String> = []) { self.damaged = damaged }

    var count: Int { counter.withLock { $0 } }

    func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        counter.withLock { $0 += 1 }
        if damaged.contains(entry.path) {
            throw PictureError(name: entry.path, problem: "is damaged")
        }
        let level = UInt8(Int(entry.path) ?? 0)
        return Picture(width: 5, height: 4, pixels: (0..<60).map { level &+ UInt8($0) })
    }
}

@Suite struct PictureLoaderTests {
    private func pictures(
        _ count: Int, access: any PictureAccess = CountedPictures(), isRandom: Bool = true
    ) -> LabelledPictures {
        let entries = (0..<count).map {
            DatasetManifest.Entry(
                path: "\($0)", label: 10 + $0 % 3, split: .train, byteCount: 0, sha256: "")
        }
        return LabelledPictures(
            access: access, entries: entries, rows: [10, 11, 12],
            transform: isRandom
                ? .train(TrainTransform(size: 4)) : .evaluation(EvaluationTransform(size: 4)))
    }

    private let stream = RandomStream(seed: 1, name: "epoch-0")

    private func all(_ loader: PictureLoader) throws -> [[LoadedBatch]] {
        var steps: [[LoadedBatch]] = []
        while let step = try loader.next() { steps.append(step) }
        return steps
    }

    /// One picture, fewer than a batch, and some batches; one replica and several.
    @Test(arguments: [1, 3, 23], [1, 3])
    func anyNumberOfThreadsGivesTheSameBits(count: Int, replicas: Int) throws {
        let set = pictures(count)
        let names = try all(
            set.loader(batchSize: 4, replicas: replicas, stream: stream, threads: 1)
        ).joined().map(\.names)
        try expectSameBits("\(count) pictures, \(replicas) replicas") { threads in
            let steps = try all(
                set.loader(
                    batchSize: 4, replicas: replicas, stream: stream, threads: threads))
            #expect(steps.joined().map(\.names) == names)
            return steps.joined().map(\.images)
        }
    }

    @Test func theFirstStepChangesNothing() throws {
        let set = pictures(23)
        let single = try all(set.loader(batchSize: 4, stream: stream, threads: 1))
        #expect(single.count == 6 && single[5][0].labels.count == 3)
        let resumed = try all(
            set.loader(batchSize: 4, stream: stream, firstStep: 4, threads: 2))
        #expect(resumed.map { $0[0].images } == single[4...].map { $0[0].images })
    }

    @Test func anEpochShowsEveryPictureOnceAndAnotherOneInAnotherOrder() throws {
        let set = pictures(23)
        let first = try all(set.loader(batchSize: 4, stream: stream, threads: 2))
            .joined().flatMap(\.names)
        let second = try all(
            set.loader(
                batchSize: 4, stream: RandomStream(seed: 1, name: "epoch-1"), threads: 2)
        ).joined().flatMap(\.names)
        #expect(Set(first) == Set((0..<23).map(String.init)) && first.count == 23)
        #expect(Set(second) == Set(first) && second != first)
    }

    @Test func replicasGetTheirBatchesAndShareTheRestEvenly() throws {
        let steps = try all(
            pictures(31).loader(batchSize: 4, replicas: 3, stream: stream, threads: 2))
        #expect(steps.map { $0.map(\.labels.count) } == [[4, 4, 4], [4, 4, 4], [2, 2, 3]])
        let few = try all(
            pictures(2).loader(batchSize: 4, replicas: 3, stream: stream, threads: 2))
        #expect(few.map { $0.map(\.labels.count) } == [[1, 1]])
    }

    @Test func labelsAreRowsOfTheHeadAndShapesAreThoseOfTheModel() throws {
        let batch = try #require(
            try pictures(5, isRandom: false).sequentialLoader(batchSize: 8, threads: 2)
                .nextBatch())
        #expect(batch.labels == [0, 1, 2, 0, 1])
        #expect(batch.names == ["0", "1", "2", "3", "4"])
        #expect(batch.images.shape == [5, 3, 4, 4])
    }

    @Test func anErrorComesWithItsStepAndEndsTheLoader() throws {
        let access = CountedPictures(damaged: ["9"])
        let loader = pictures(20, access: access).sequentialLoader(batchSize: 4, threads: 4)
        #expect(try loader.next() != nil)
        #expect(try loader.next() != nil)
        let error = #expect(throws: PictureError.self) { try loader.next() }
        #expect(error?.description == "picture '9' cannot be read: is damaged")
        #expect(try loader.next() == nil)
    }

    @Test func loadingIsBoundedAndEndsWhenAbandoned() throws {
        let access = CountedPictures()
        let loader = pictures(1000, access: access).sequentialLoader(batchSize: 4, threads: 4)
        #expect(try loader.next() != nil)
        loader.stop()
        // One step was taken; the window is two steps, and never more than that was claimed.
        #expect(access.count <= 4 + 2 * 4)
        #expect(try loader.next() == nil)
    }

    @Test func anEmptySetHasNoStep() throws {
        #expect(try pictures(0).sequentialLoader(batchSize: 4, threads: 2).next() == nil)
    }

    @Test func cachedPicturesAreDecodedOnceWithinTheBound() throws {
        let access = CountedPictures()
        // Room for three pictures of 60 bytes.
        let memory = PictureMemory(byteLimit: 200)
        let cached = CachedPictures(access, in: memory, dataset: "counted")
        for _ in 0..<3 {
            _ = try all(pictures(4, access: cached).sequentialLoader(batchSize: 2, threads: 1))
        }
        #expect(access.count == 3 + 3)
    }

    @Test func cellsShareThePicturesAndDatasetsShareTheBound() throws {
        // Room for six pictures of 60 bytes.
        let memory = PictureMemory(byteLimit: 400)
        func show(_ access: CountedPictures, _ dataset: String) throws {
            let cached = CachedPictures(access, in: memory, dataset: dataset)
            _ = try all(pictures(8, access: cached).sequentialLoader(batchSize: 2, threads: 1))
            #expect(memory.byteCount <= 400)
        }
        let (first, second) = (CountedPictures(), CountedPictures())
        try show(first, "first")
        #expect(first.count == 8)
        // Another cell of the same dataset decodes what had no room alone.
        try show(first, "first")
        #expect(first.count == 8 + 2)
        // Another dataset takes half of the room and leaves the other half.
        try show(second, "second")
        try show(second, "second")
        #expect(second.count == 8 + 5)
        try show(first, "first")
        #expect(first.count == 10 + 5)
    }
}
