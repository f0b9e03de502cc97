import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

@Suite struct RunnerOnDiskTests {
    typealias Unit = ToyLab.Unit

    let folder: TemporaryFolder
    let lab = ToyLab()
    let files = FaultyFiles()

    static let units = [
        Unit("a", value: 1), Unit("b", kind: "long", value: 2, inputs: ["a"], steps: 3),
        Unit("c", kind: "last", value: 3, inputs: ["b"]),
    ]

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path("store") }

    private func run(
        _ units: [Unit] = units, progressInterval: Double = 60
    ) async throws -> (log: EventLog, summary: RunSummary) {
        let store = try HDF5ArtifactStore(path: path, files: files)
        var options = RunOptions()
        options.progressInterval = progressInterval
        let log = EventLog()
        let summary = await Runner().run(
            lab.graph(units), in: store, options: options, events: { log.add($0) })
        return (log, summary)
    }

    @Test func damageAtAnyByteIsRepairedByTheNextRun() async throws {
        let untouched = try await run().log.digests
        _ = lab.takeRuns()
        let store = try HDF5ArtifactStore(path: path)
        let record = try #require(try store.records().first { $0.name.stage == "b" })
        let places = [
            ("\(path)/v1/artifacts/\(record.key).h5", 211),
            ("\(path)/v1/records/\(record.key).json", 37),
        ]
        for (file, stride) in places {
            let count = try files.read(file).count
            for position in Swift.stride(from: 0, to: count, by: stride) {
                for isCut in [false, true] {
                    var bytes = try files.read(file)
                    if isCut {
                        bytes.removeSubrange(min(position, bytes.count)...)
                    } else {
                        bytes[min(position, bytes.count - 1)] ^= 1
                    }
                    try files.write(bytes, to: file)
                    let (log, summary) = try await run()
                    #expect(log.digests == untouched && summary.exitCode == 0)
                    #expect(lab.takeRuns() == ["b": 1])
                    #expect(log.outcomes["b"] == "executed: output damaged")
                    #expect(log.outcomes["c"] == "reused")
                }
            }
        }
    }

    @Test(arguments: [ENOSPC, EROFS])
    func aFailingDiskEndsTheRunWith74AndLosesNothing(code: Int32) async throws {
        _ = try await run([Self.units[0]])
        files.fail(.allFail(code), at: 0)
        let (_, summary) = try await run()
        files.heal()
        #expect(summary.exitCode == 74 && summary.reused == 1 && summary.executed == 0)
        let failure = try #require(summary.failures.first)
        let key = try #require(failure.key)
        let words = String(cString: strerror(code))
        let hint =
            code == ENOSPC
            ? "free space, then run again: everything that is finished is kept"
            : "make the folder writable or name another one with --store"
        #expect(
            failure.description == """
                unit 'b/run' (\(key.shortened)): store '\(path)': \
                cannot create '\(path)/v1/artifacts': \(words)
                  hint: \(hint)
                """)
        _ = lab.takeRuns()
        #expect(try await run().summary.exitCode == 0)
        #expect(lab.takeRuns() == ["b": 1, "c": 1])
    }

    /// A process that dies between two operations of the disk leaves what a disk leaves that takes
    /// nothing any more from there on; the lock goes with it either way.
    @Test func deathAtAnyOperationIsMadeGoodByTheNextRun() async throws {
        let untouched = EventLog()
        _ = await Runner().run(
            ToyLab().graph(Self.units), in: InMemoryArtifactStore(),
            events: { untouched.add($0) })
        var position = 0
        while true {
            try? FileManager.default.removeItem(atPath: path)
            files.fail(.allFail(EIO), at: position)
            let first = try await run(progressInterval: 0)
            let isComplete = files.operationCount <= position
            files.heal()
            _ = lab.takeRuns()
            let second = try await run(progressInterval: 0)
            #expect(second.summary.exitCode == 0)
            #expect(second.log.digests == untouched.digests)
            let again = lab.takeRuns()
            for (stage, outcome) in first.log.outcomes where outcome.hasPrefix("executed") {
                #expect(again[stage] == nil, "\(stage) ran twice, death at \(position)")
            }
            for name in ["staging", "locks", "progress", "logs"] {
                let left = try files.names(in: "\(path)/v1/\(name)")
                #expect(left.isEmpty, "\(name) after death at \(position)")
            }
            if isComplete { break }
            position += 1
        }
        #expect(position > 30)
    }

    @Test func aResumedUnitGoesOnWhereItsSavedProgressWas() async throws {
        let runner = Runner()
        let store = try HDF5ArtifactStore(path: path)
        let summary = await runner.run(lab.graph(Self.units), in: store) { event in
            if case .unitProgress(let step) = event, step.done == 2 { runner.stop.request() }
        }
        #expect(summary.exitCode == 130 && lab.stepCount == 2)
        #expect(try files.names(in: "\(path)/v1/progress").count == 1)
        #expect(try await run().summary.exitCode == 0)
        #expect(lab.stepCount == 3)
    }

    @Test func damagedProgressStartsTheUnitAgain() async throws {
        let runner = Runner()
        let store = try HDF5ArtifactStore(path: path)
        _ = await runner.run(lab.graph(Self.units), in: store) { event in
            if case .unitProgress(let step) = event, step.done == 2 { runner.stop.request() }
        }
        let name = try #require(try files.names(in: "\(path)/v1/progress").first)
        let file = "\(path)/v1/progress/\(name)"
        try files.write(try files.read(file).dropLast(7) + [], to: file)
        #expect(try await run().summary.exitCode == 0)
        #expect(lab.stepCount == 2 + 3)
        #expect(try files.names(in: "\(path)/v1/progress").isEmpty)
    }

    @Test func twoRunsOnOneStoreRunEachUnitOnce() async throws {
        // Unit a ends only after the other run has begun, and so finds it in work or done.
        let gate = Gate(count: 2)
        var units = Self.units
        units[0].body = { gate.arrive() }
        for index in 0..<8 { units.append(Unit("n\(index)", kind: "n", value: index)) }
        let graph = lab.graph(units)
        let path = path
        var options = RunOptions()
        options.jobs = 2
        let settings = options
        async let first = Runner().run(
            graph, in: HDF5ArtifactStore(path: path), options: settings)
        async let second = Runner().run(
            graph, in: HDF5ArtifactStore(path: path), options: settings
        ) { event in
            if case .runFinished = event { return }
        }
        gate.arrive()
        let summaries = try await [first, second]
        #expect(summaries.map(\.exitCode) == [0, 0])
        #expect(summaries.map(\.executed).reduce(0, +) == 11)
        #expect(summaries.map(\.reused).reduce(0, +) == 11)
        #expect(lab.takeRuns().values.allSatisfy { $0 == 1 })
    }

    /// Three hundred units: the second run reads records alone and writes nothing.
    @Test func theSecondRunTouchesNoArtifactAndChangesNothing() async throws {
        var units = [Unit("u0")]
        for index in 1..<300 {
            let inputs = ["u\(index / 2)"]
            units.append(Unit("u\(index)", kind: "k\(index % 7)", value: index, inputs: inputs))
        }
        #expect(try await run(units).summary.executed == 300)
        files.heal()
        let digestCount = files.digestCount
        let second = try await run(units)
        #expect(second.summary.reused == 300 && second.summary.exitCode == 0)
        #expect(files.operationCount == 0 && files.digestCount == digestCount)
        let store = try HDF5ArtifactStore(path: path, files: files)
        let plan = try RunPlan(graph: lab.graph(units), store: store)
        #expect(!plan.wouldRun && files.operationCount == 0 && files.digestCount == digestCount)
    }

    @Test func aCopiedStoreIsCheckedOnceAndReused() async throws {
        _ = try await run()
        let copy = folder.path("copy")
        for name in ["artifacts", "records"] {
            try files.makeFolder("\(copy)/v1/\(name)")
            for file in try files.names(in: "\(path)/v1/\(name)") {
                let bytes = try files.read("\(path)/v1/\(name)/\(file)")
                try files.write(bytes, to: "\(copy)/v1/\(name)/\(file)")
            }
        }
        let digestCount = files.digestCount
        let store = try HDF5ArtifactStore(path: copy, files: files)
        let summary = await Runner().run(lab.graph(Self.units), in: store)
        #expect(summary.reused == 3 && files.digestCount == digestCount + 3)
    }

    @Test func anArtifactCarriesItsProtocol() async throws {
        let store = try HDF5ArtifactStore(path: path)
        var options = RunOptions()
        options.environment = ["blas": "Haswell"]
        _ = await Runner().run(lab.graph(Self.units), in: store, options: options)
        let record = try #require(try store.records().first { $0.name.stage == "c" })
        let unit = try store.unitProtocol(of: record)
        #expect(unit.log == ["c runs"] && unit.environment == ["blas": "Haswell"])
        #expect(unit.name == UnitName(unit: "c/run", stage: "c", pipeline: "toys"))
        #expect(unit.document.key == record.key)
    }
}
