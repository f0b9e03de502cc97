import Foundation
import TestSupport
import Testing

/// What runs again and what does not, seen from outside.
@Suite struct CacheTests {
    let folder: TemporaryFolder
    let program: Program

    init() throws {
        (folder, program) = try ShortQuickstart.start()
    }

    private func run(_ arguments: String...) throws -> [Event] {
        let outcome = try program.run(["run", "short.yaml", "--json"] + arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        return Event.list(outcome.output)
    }

    private func executed(_ events: [Event]) -> [String] {
        events.filter { $0["outcome"] == "executed" }.compactMap { $0["unit"] }
    }

    @Test func aSecondRunExecutesNothing() throws {
        let first = try run()
        #expect(first.first?.name == "run-started")
        #expect(first.last?.name == "run-finished")
        #expect(first.last?.count("executed") == first.first?.count("units"))
        let second = try run("--threads", "1")
        #expect(executed(second).isEmpty)
        #expect(second.last?.count("reused") == first.first?.count("units"))

        try ShortQuickstart.write(ShortQuickstart.rewritten, to: folder)
        #expect(executed(try run("--jobs", "2")).isEmpty)
    }

    @Test func anotherRecoveryRateRetrainsNothing() throws {
        _ = try run("--set", "seed=1")
        let why = try program.run(
            "why", "short.yaml", "hide-head/recover[2]", "--set", "seed=1", "--set", "rate=0.01")
        #expect(why.exitCode == 0)
        #expect(why.output.contains("0.005 -> 0.01"), "\(why.output)")
        let again = executed(try run("--set", "seed=1", "--set", "rate=0.01"))
        #expect(!again.isEmpty)
        #expect(
            again.allSatisfy {
                $0.contains("/recover") || $0.contains("/evaluate") || $0.contains("/summary")
            }, "\(again)")
    }

    /// Two programs started together share the work: each unit is executed once.
    @Test func twoRunsAtOnceExecuteEachUnitOnce() throws {
        let runs = try (0..<2).map { _ in
            try program.start(["run", "short.yaml", "--json", "--threads", "1"])
        }
        let events = runs.map { $0.wait() }.map { outcome in
            #expect(outcome.exitCode == 0, "\(outcome.errors)")
            return Event.list(outcome.output)
        }
        let all = events.flatMap(executed)
        #expect(Set(all).count == all.count)
        #expect(all.count == events[0].first?.count("units"))
    }

    @Test func theTableIsPrintedAndResultsAreAnArray() throws {
        let outcome = try program.run("run", "short.yaml")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("HiDe-LoRA"))
        #expect(outcome.output.contains("±"))
        let results = try program.run("results", "short.yaml", "--format", "json")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(results.output.utf8)) as? [[String: Any]])
        let finals = rows.filter { $0["metric"] as? String == "faa" }
        #expect(finals.count == 2)
        #expect(finals.allSatisfy { $0["pipeline"] as? String == "short" })
        let values = finals.compactMap { $0["value"] as? Double }
        #expect(values.count == 2 && values.allSatisfy { (0...100).contains($0) })
    }
}
