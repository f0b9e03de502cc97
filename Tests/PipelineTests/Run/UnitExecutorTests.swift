import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// The seam between deciding what runs and running it.
@Suite struct UnitExecutorTests {
    typealias Unit = ToyLab.Unit

    static let units = [
        Unit("a", value: 1), Unit("b", kind: "long", value: 2, inputs: ["a"], steps: 3),
        Unit("c", kind: "last", value: 3, inputs: ["b", "a"]), Unit("d", kind: "other", value: 4),
    ]

    /// Runs each unit as another process would: it is told in JSON, expands the graph anew, runs that one
    /// unit, and tells in lines.
    struct Elsewhere: UnitExecutor {
        let units: [Unit]
        let store: InMemoryArtifactStore
        let events: @Sendable (RunEvent) -> Void
        let tasks = SharedTasks()

        final class SharedTasks: Sendable {
            let list = Mutex<[UnitTask]>([])
            let halts = Mutex(0)
        }

        func run(_ task: UnitTask) async -> UnitReport {
            do {
                let data = try JSONEncoder().encode(task)
                let received = try JSONDecoder().decode(UnitTask.self, from: data)
                #expect(received == task)
                tasks.list.withLock { $0.append(received) }
                let report = await compute(received)
                let answer = try JSONEncoder().encode(report)
                return try JSONDecoder().decode(UnitReport.self, from: answer)
            } catch {
                return UnitReport(
                    key: task.key,
                    outcome: .failed(problem: "\(error)", exit: .unitFailed, seconds: 0))
            }
        }

        func halt() { tasks.halts.withLock { $0 += 1 } }

        private func compute(_ task: UnitTask) async -> UnitReport {
            var options = RunOptions()
            options.unit = task.unit
            let log = EventLog()
            let events = events
            let summary = await Runner().run(
                ToyLab().graph(units), in: store, options: options
            ) { event in
                log.add(event)
                guard let event = try? RunEvent(line: event.line) else { return }
                switch event {
                case .unitStarted, .unitProgress, .unitWarned: events(event)
                default: break
                }
            }
            guard let finish = log.all.first(where: { $0.unit == task.unit }) else {
                return UnitReport(
                    key: task.key, outcome: .failed(problem: "?", exit: .unitFailed, seconds: 0))
            }
            #expect(summary.exitStatus == .done && finish.key == task.key)
            return UnitReport(key: task.key, outcome: .executed(seconds: finish.seconds))
        }
    }

    /// Answers the same to everything.
    struct Always: UnitExecutor {
        let outcome: UnitReport.Outcome
        func run(_ task: UnitTask) async -> UnitReport {
            UnitReport(key: task.key, outcome: outcome)
        }
        func halt() {}
    }

    @Test func anotherExecutorGivesTheSameResults() async throws {
        let here = EventLog()
        _ = await Runner().run(
            ToyLab().graph(Self.units), in: InMemoryArtifactStore(), events: { here.add($0) })
        let (store, there) = (InMemoryArtifactStore(), EventLog())
        let executor = Elsewhere(units: Self.units, store: store, events: { there.add($0) })
        var options = RunOptions()
        options.threads = 6
        options.jobs = 2
        options.origin = PipelineOrigin(file: "f.yaml", settings: ["rate=0.1"])
        let summary = await Runner().run(
            ToyLab().graph(Self.units), in: store, options: options, executor: executor,
            events: { there.add($0) })
        #expect(summary.executed == 4 && summary.exitCode == 0)
        #expect(there.digests == here.digests && there.outcomes == here.outcomes)
        #expect(
            there.order.filter { $0.hasPrefix("b/run") }
                == here.order.filter { $0.hasPrefix("b/run") })
        let tasks = executor.tasks.list.withLock { $0 }
        #expect(Set(tasks.map(\.unit)) == ["a/run", "b/run", "c/run", "d/run"])
        let last = try #require(tasks.first { $0.unit == "c/run" })
        #expect(last.inputs.mapValues(\.unit) == ["input-0": "b/run", "input-1": "a/run"])
        #expect(last.inputs["input-0"]?.digest == here.digests["b"])
        #expect(last.resources.cores == 3 && last.origin == options.origin)
        #expect(last.reason == .neverRun && !last.isForced && last.stage == "c")
    }

    @Test func whatAnExecutorSaysIsNotBelievedWithoutTheStore() async throws {
        for outcome in [UnitReport.Outcome.executed(seconds: 1), .reused] {
            let summary = await Runner().run(
                ToyLab().graph(Self.units), in: InMemoryArtifactStore(),
                executor: Always(outcome: outcome))
            #expect(summary.exitCode == 74 && summary.executed == 0 && summary.reused == 0)
            let text = try #require(summary.failures.first).description
            #expect(text.contains("it was reported as stored and is not"), "\(text)")
        }
    }

    @Test func anExecutorsFailureKeepsItsTextAndStatus() async throws {
        let executor = Always(
            outcome: .failed(problem: "the node is gone", exit: .missingInput, seconds: 2))
        let summary = await Runner().run(
            ToyLab().graph([Self.units[0]]), in: InMemoryArtifactStore(), executor: executor)
        #expect(summary.exitCode == 66 && summary.failed == 1)
        let failure = try #require(summary.failures.first)
        let key = try #require(failure.key).shortened
        #expect(failure.description == "unit 'a/run' (\(key)): the node is gone")
    }

    // MARK: Exactly one unit

    @Test func oneUnitRunsAloneAndReadsNothingButItsAncestors() async throws {
        let (lab, base) = (ToyLab(), InMemoryArtifactStore())
        var units = Self.units
        for index in 0..<20 { units.append(Unit("n\(index)", kind: "n", value: index)) }
        var options = RunOptions()
        options.until = "b"
        _ = await Runner().run(lab.graph(units), in: base, options: options)
        _ = lab.takeRuns()
        let spy = SpyStore(base)
        var single = RunOptions()
        single.unit = "c/run"
        let log = EventLog()
        let first = await Runner().run(
            lab.graph(units), in: spy, options: single, events: { log.add($0) })
        #expect(first.exitCode == 0 && first.executed == 1 && first.reused == 2)
        #expect(lab.takeRuns() == ["c": 1] && log.outcomes["c"] == "executed: requested")
        #expect(spy.recordListCount == 0 && spy.askedKeys.count == 3)
        let second = await Runner().run(lab.graph(units), in: spy, options: single)
        #expect(second.exitCode == 0 && second.reused == 3 && lab.takeRuns().isEmpty)
    }

    @Test func oneUnitWithoutItsInputsRunsNothing() async throws {
        let (lab, store) = (ToyLab(), InMemoryArtifactStore())
        var options = RunOptions()
        options.unit = "c/run"
        let plan = try RunPlan(graph: lab.graph(Self.units), store: store, options: options)
        #expect(plan.entries.filter(\.isUnselected).map(\.unit.name) == ["a/run"])
        let summary = await Runner().run(lab.graph(Self.units), in: store, options: options)
        #expect(summary.exitCode == 66 && summary.failed == 1 && summary.blocked == 2)
        #expect(lab.takeRuns().isEmpty)
        options.unit = "none/run"
        #expect(
            try RunPlan(graph: lab.graph(Self.units), store: store, options: options).entries
                .isEmpty)
    }

    // MARK: Units of another run

    /// Fifty units that another run has in work for five looks: one look after the other with growing
    /// pauses, and nobody tries a unit meanwhile.
    @Test func busyUnitsAreLookedAtTogetherAndEverMoreSeldom() async throws {
        let units = (0..<50).map { Unit("u\($0)", kind: "k", value: $0) }
        let base = InMemoryArtifactStore()
        let plan = try RunPlan(graph: ToyLab().graph(units), store: base)
        let held = Mutex(plan.entries.compactMap(\.key).compactMap { base.own($0) })
        #expect(held.withLock { $0.count } == 50)
        let spy = SpyStore(base) { count in
            if count > 4 * 50 { held.withLock { $0.removeAll() } }
        }
        var options = RunOptions()
        options.jobs = 4
        let clock = ContinuousClock()
        let (started, lab) = (clock.now, ToyLab())
        let summary = await Runner().run(lab.graph(units), in: spy, options: options)
        #expect(summary.executed == 50 && summary.exitCode == 0)
        #expect(spy.lookCount == 5 * 50)
        #expect(spy.owns.values.allSatisfy { $0 == 2 })
        // 20, 40, 80, 160 and 320 ms, but for what passed while the first looks were waited for.
        #expect(clock.now - started > .milliseconds(500))
    }

    @Test func aStopDoesNotWaitForUnitsOfAnotherRun() async throws {
        let units = [Unit("a"), Unit("b", kind: "other", inputs: ["a"])]
        let base = InMemoryArtifactStore()
        let plan = try RunPlan(graph: ToyLab().graph(units), store: base)
        let ownership = base.own(try #require(plan.entries.first?.key))
        let runner = Runner()
        let spy = SpyStore(base) { count in if count == 3 { runner.stop.request() } }
        let summary = await runner.run(ToyLab().graph(units), in: spy)
        #expect(summary.exitCode == 130 && summary.interrupted == 2 && spy.lookCount == 3)
        ownership?.release()
    }
}
