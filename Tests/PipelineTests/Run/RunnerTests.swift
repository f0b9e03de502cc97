import Foundation
import Glibc
import Pipeline
import Synchronization
import TestSupport
import Testing

@Suite struct RunnerTests {
    typealias Unit = ToyLab.Unit

    let lab = ToyLab()
    let store = InMemoryArtifactStore()

    /// a -> b -> c, and d beside them.
    static let units = [
        Unit("a", value: 1), Unit("b", kind: "double", value: 2, inputs: ["a"]),
        Unit("c", kind: "last", value: 3, inputs: ["b"]), Unit("d", kind: "other", value: 4),
    ]

    private func run(
        _ units: [Unit], _ change: (inout RunOptions) -> Void = { _ in }
    ) async -> (outcomes: [String: String], summary: RunSummary) {
        var options = RunOptions()
        change(&options)
        let log = EventLog()
        let summary = await Runner().run(
            lab.graph(units), in: store, options: options, events: { log.add($0) })
        return (log.outcomes, summary)
    }

    private func verdicts(
        _ units: [Unit], _ change: (inout RunOptions) -> Void = { _ in }
    ) throws -> [String: Decision.Verdict] {
        var options = RunOptions()
        change(&options)
        let plan = try RunPlan(graph: lab.graph(units), store: store, options: options)
        return Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.unit.stage, $0.verdict) })
    }

    @Test func theSecondRunReusesEverything() async throws {
        #expect(try verdicts(Self.units).values.allSatisfy { $0 == .run(.neverRun) })
        let first = await run(Self.units)
        #expect(first.outcomes.values.allSatisfy { $0 == "executed: never run" })
        #expect(first.summary.executed == 4 && first.summary.exitCode == 0)
        #expect(lab.takeRuns() == ["a": 1, "b": 1, "c": 1, "d": 1])
        let second = await run(Self.units) { $0.jobs = 3 }
        #expect(second.outcomes.values.allSatisfy { $0 == "reused" })
        #expect(second.summary.reused == 4 && lab.takeRuns().isEmpty)
        #expect(try verdicts(Self.units).values.allSatisfy { $0 == .reuse })
    }

    @Test func aChangedParameterRunsTheUnitAndWhatReadsIt() async throws {
        _ = await run(Self.units)
        var units = Self.units
        units[1].value = 20
        #expect(
            try verdicts(units) == [
                "a": .reuse, "b": .run(.parametersChanged), "c": .runUnlessUnchanged, "d": .reuse,
            ])
        let plan = try RunPlan(graph: lab.graph(units), store: store)
        let entry = try #require(plan.entry(named: "b/run"))
        #expect(entry.differences.map(\.description) == ["parameters.value: 2 -> 20"])
        #expect(plan.entry(named: "c/run")?.waitsFor == ["b/run"])
        #expect(
            await run(units).outcomes == [
                "a": "reused", "b": "executed: parameters changed",
                "c": "executed: input changed", "d": "reused",
            ])
        units[1].version = 2
        units[1].value = 20
        #expect(await run(units).outcomes["b"] == "executed: version changed")
    }

    @Test func unchangedOutputCutsOffWhatReadsIt() async {
        _ = await run(Self.units)
        var units = Self.units
        // Other parameters, same sum: 1 + 2 = 3 + 0.
        units[0].value = 3
        units[1].value = 0
        #expect(
            await run(units).outcomes == [
                "a": "executed: parameters changed", "b": "executed: parameters changed",
                "c": "reused", "d": "reused",
            ])
    }

    @Test func renamedStagesAndPipelinesReuseAndStillKnowWhatChanged() async throws {
        _ = await run(Self.units)
        var units = Self.units.map { unit in
            var unit = unit
            unit.stage = "new-\(unit.stage)"
            unit.inputs = unit.inputs.map { "new-\($0)" }
            return unit
        }
        #expect(await run(units).summary.reused == 4)
        let renamed = await Runner().run(lab.graph(units, pipeline: "another"), in: store)
        #expect(renamed.reused == 4)
        units[1].value = 20
        let plan = try RunPlan(graph: lab.graph(units), store: store)
        let entry = try #require(plan.entry(named: "new-b/run"))
        #expect(entry.verdict == .run(.parametersChanged))
        #expect(entry.differences.map(\.description) == ["parameters.value: 2 -> 20"])
    }

    /// c and e read equal content and are one piece of work, recorded as c's; what e was is found there.
    @Test func aUnitThatTurnedOutEqualToAnotherKnowsWhatChanged() async throws {
        var units = [
            Unit("a", kind: "first", value: 5), Unit("b", kind: "second", value: 5),
            Unit("c", value: 2, inputs: ["a"]), Unit("e", value: 2, inputs: ["b"]),
            Unit("f", kind: "last", inputs: ["e"]),
        ]
        #expect(await run(units).outcomes["e"] == "reused")
        units[2].value = 3
        units[3].value = 3
        let plan = try RunPlan(graph: lab.graph(units), store: store)
        for unit in ["c/run", "e/run"] {
            let entry = try #require(plan.entry(named: unit))
            #expect(entry.verdict == .run(.parametersChanged))
            #expect(entry.differences.map(\.description) == ["parameters.value: 2 -> 3"])
        }
        #expect(plan.entry(named: "f/run")?.verdict == .runUnlessUnchanged)
    }

    @Test func lostAndDamagedOutputsAreMadeAgain() async throws {
        _ = await run(Self.units)
        let plan = try RunPlan(graph: lab.graph(Self.units), store: store)
        store.lose(try #require(plan.entry(named: "a/run")?.key))
        store.damage(try #require(plan.entry(named: "b/run")?.key))
        #expect(
            try verdicts(Self.units) == [
                "a": .run(.outputMissing), "b": .run(.outputDamaged), "c": .runUnlessUnchanged,
                "d": .reuse,
            ])
        #expect(
            await run(Self.units).outcomes == [
                "a": "executed: output missing", "b": "executed: output damaged", "c": "reused",
                "d": "reused",
            ])
    }

    @Test func forceUntilAndOnlyChooseUnits() async throws {
        #expect(await run(Self.units) { $0.until = "b" }.outcomes.keys.sorted() == ["a", "b"])
        let only = await run(Self.units) { $0.only = "c" }
        #expect(only.outcomes == ["a": "reused", "b": "reused", "c": "executed: never run"])
        let forced = await run(Self.units) { $0.force = ["b"] }
        #expect(
            forced.outcomes == [
                "a": "reused", "b": "executed: forced", "c": "reused",
                "d": "executed: never run",
            ])
        var units = Self.units
        units[0].value = 10
        let missing = await run(units) { $0.only = "b" }
        #expect(missing.outcomes == ["a": "failed", "b": "blocked"])
        #expect(missing.summary.exitCode == 66)
        let key = try #require(missing.summary.failures.first?.key).shortened
        #expect(
            missing.summary.failures.map(\.description) == [
                "unit 'a/run' (\(key)): has not been run, and --only leaves it out\n"
                    + "  hint: run without --only once"
            ])
    }

    @Test func independentUnitsGoOnAfterAFailureUnlessFailFast() async throws {
        var units = Self.units
        units[1].body = { throw ToyFailure() }
        let result = await run(units)
        #expect(
            result.outcomes == [
                "a": "executed: never run", "b": "failed: never run", "c": "blocked",
                "d": "executed: never run",
            ])
        #expect(result.summary.exitCode == 1 && result.summary.blocked == 1)
        let failure = try #require(result.summary.failures.first)
        let key = try #require(failure.key)
        #expect(failure.description == "unit 'b/run' (\(key.shortened)): the toy broke")
        #expect(store.log(of: key) == ["the toy broke"])
        let other = ToyLab()
        let fast = await Runner().run(
            other.graph(units), in: InMemoryArtifactStore(),
            options: {
                var options = RunOptions()
                options.isFailFast = true
                return options
            }())
        #expect(other.takeRuns() == ["a": 1, "b": 1])
        #expect(fast.exitCode == 1 && fast.interrupted == 1)
    }

    /// Failures of all kinds side by side: a stop (130), then the store (74), an input (66), a unit (1).
    @Test func theGravestFailureDecidesTheExitCode() async throws {
        let error = StoreError.file(
            store: "s", FileError(operation: "write", path: "s/f", code: ENOSPC))
        var units = (0..<5).map { Unit("u\($0)", kind: "k\($0)") }
        units[0].body = { throw ToyFailure() }
        units[1].body = { throw UnreadableInput(path: "p", problem: "is gone") }
        units[2].body = { throw error }
        for (count, code) in [(1, Int32(1)), (2, 66), (3, 74)] {
            let summary = await run(Array(units[..<count])).summary
            #expect(summary.exitCode == code && summary.failed == count)
        }
        let runner = Runner()
        units[2].body = {
            runner.stop.request()
            throw error
        }
        let stopped = await runner.run(lab.graph(units), in: store)
        #expect(stopped.exitCode == 130 && stopped.failed == 3 && stopped.interrupted == 2)
    }

    @Test func aMissingSourceBlocksItsReadersAlone() async throws {
        var units = Self.units
        units[0].file = "/nowhere/data"
        #expect(
            try verdicts(units) == [
                "a": .missingInput("/nowhere/data: does not exist"),
                "b": .missingInput("needs 'a/run'"), "c": .missingInput("needs 'b/run'"),
                "d": .run(.neverRun),
            ])
        let plan = try RunPlan(graph: lab.graph(units), store: store)
        #expect(plan.entries.filter(\.isOwnInputMissing).map(\.unit.stage) == ["a"])
        let result = await run(units)
        #expect(
            result.outcomes == [
                "a": "failed", "b": "blocked", "c": "blocked", "d": "executed: never run",
            ])
        #expect(result.summary.exitCode == 66)
        #expect(
            result.summary.failures.map(\.description) == [
                "unit 'a/run': /nowhere/data: does not exist"
            ])
    }

    @Test func aSourceIsKnownByItsContent() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("data")
        try DiskFiles().write([1, 2, 3], to: path)
        var units = Self.units
        units[0].file = path
        _ = await run(units)
        try DiskFiles().write([1, 2, 3], to: folder.path("copy"))
        units[0].file = folder.path("copy")
        #expect(await run(units).summary.reused == 4)
        try DiskFiles().write([1, 2, 4], to: folder.path("copy"))
        #expect(await run(units).outcomes["a"] == "executed: input changed")
    }

    @Test func interruptedAndResumedIsTheSameToTheBit() async throws {
        let units = [Unit("a"), Unit("b", kind: "long", inputs: ["a"], steps: 12)]
        let untouched = EventLog()
        _ = await Runner().run(
            ToyLab().graph(units), in: InMemoryArtifactStore(), events: { untouched.add($0) })
        for position in 1...11 {
            let lab = ToyLab()
            let store = InMemoryArtifactStore()
            let runner = Runner()
            let first = await runner.run(lab.graph(units), in: store) { event in
                if case .unitProgress(let step) = event, step.done == position {
                    runner.stop.request()
                }
            }
            #expect(first.exitCode == 130 && first.interrupted == 1 && first.failed == 0)
            let log = EventLog()
            let second = await Runner().run(lab.graph(units), in: store, events: { log.add($0) })
            #expect(second.exitCode == 0 && lab.stepCount == 12)
            #expect(log.digests == untouched.digests)
            let record = try #require(store.records().first { $0.name.stage == "b" })
            #expect(try store.unitProtocol(of: record).log == ["b runs", "b runs"])
        }
    }

    @Test func unitsShareTheirInputsAndRunSideBySide() async {
        // Both wait for the other to start: one after the other they would never end.
        let gate = Gate(count: 2)
        var units = [Unit("a"), Unit("b", kind: "left", inputs: ["a"])]
        units.append(Unit("c", kind: "right", inputs: ["a"]))
        units[1].body = { gate.arrive() }
        units[2].body = { gate.arrive() }
        let summary = await run(units) { $0.jobs = 2 }.summary
        #expect(summary.executed == 3)
    }

    @Test func aLongChainIsPlannedWithoutDeepRecursion() async throws {
        var units = [Unit("u0")]
        for index in 1..<3000 {
            units.append(Unit("u\(index)", kind: "chain", value: 1, inputs: ["u\(index - 1)"]))
        }
        units[2999].body = { throw ToyFailure() }
        #expect(await run(units).summary.failed == 1)
        #expect(await run(units).summary.reused == 2999)
        #expect(try verdicts(units)["u2999"] == .run(.neverRun))
    }
}

/// Holds back whoever arrives until the given number has arrived.
final class Gate: Sendable {
    private let count: Int
    private let arrived = Mutex(0)
    private let semaphore = DispatchSemaphore(value: 0)

    init(count: Int) { self.count = count }

    func arrive() {
        let isLast = arrived.withLock { arrived in
            arrived += 1
            return arrived == count
        }
        if isLast {
            for _ in 1..<count { semaphore.signal() }
        } else {
            semaphore.wait()
        }
    }
}
