import Foundation
import TestSupport
import Testing

/// The same bytes, whatever the threads, jobs, kills and resumes.
@Suite struct DeterminismTests {
    let folder: TemporaryFolder
    let program: Program

    init() throws {
        (folder, program) = try ShortQuickstart.start()
    }

    private func run(_ store: String, _ arguments: String...) throws {
        let outcome = try program.run(
            ["run", "short.yaml", "--quiet", "--store", store] + arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    @Test func threadsAndJobsChangeNoByte() throws {
        try run("a", "--threads", "1")
        let expected = try program.digests(store: "a")
        #expect(expected.count > 40)
        try run("b", "--threads", "2")
        try run("c", "--threads", "2", "--jobs", "2")
        // More than there are groups of pictures in a batch, and than cores.
        try run("d", "--threads", "64")
        try run("e", "--threads", "64", "--jobs", "3")
        for store in ["b", "c", "d", "e"] {
            #expect(try program.digests(store: store) == expected, "\(store)")
        }
    }

    @Test func killsLoseAndChangeNothing() throws { try expectKillsLoseNothing("short.yaml") }

    /// Every PET and a pool, as bundled.
    @Test(arguments: ["imr_hideprompt", "imr_hideadapter", "imr_dualprompt", "imr_l2p"])
    func killsLoseNothingOfARecipe(name: String) throws {
        let pipelines = SharedData.packageRoot.appending(path: "pipelines")
        try expectKillsLoseNothing(
            pipelines.appending(path: "\(name).yaml").path, "--set",
            "@\(pipelines.appending(path: "common/smoke.yaml").path)", "--set", "epochs=12")
    }

    /// Heads for new classes, in episodes too.
    @Test func killsLoseNothingOfFewShotLearning() throws {
        let pipelines = SharedData.packageRoot.appending(path: "pipelines")
        try expectKillsLoseNothing(
            pipelines.appending(path: "cub_cars_few_shot_lora.yaml").path, "--set",
            "@\(pipelines.appending(path: "common/smoke.yaml").path)", "--set",
            "few-shot-epochs=20", "--set",
            "episodes={count: 12, ways: 3, shots: 2, queries: 2}")
    }

    /// Killed at five moments and started again each time: the digests of an untouched run, and no
    /// unit that had ended ran twice.
    private func expectKillsLoseNothing(_ arguments: String...) throws {
        let untouched = Date()
        let whole = try program.run(["run"] + arguments + ["--quiet", "--store", "untouched"])
        #expect(whole.exitCode == 0, "\(whole.errors)")
        let seconds = Date().timeIntervalSince(untouched)
        var random = SystemRandomNumberGenerator()
        var finished: [String] = []
        for kill in 1...5 {
            let running = try program.start(
                ["run"] + arguments + ["--json", "--store", "killed"])
            let moment = Double.random(in: 0.1...0.9, using: &random) * seconds * 0.3
            running.waitAtMost(moment)
            running.signal(SIGKILL)
            let outcome = running.wait()
            finished += executed(outcome.output)
            #expect(outcome.exitCode != 0 || kill > 1)
        }
        let last = try program.run(["run"] + arguments + ["--json", "--store", "killed"])
        #expect(last.exitCode == 0, "\(last.errors)")
        finished += executed(last.output)
        #expect(Set(finished).count == finished.count)
        #expect(try program.digests(store: "killed") == program.digests(store: "untouched"))
    }

    /// SIGINT saves progress; the next run goes on and ends with the same bytes.
    @Test func anInterruptedRunEndsWith130AndGoesOn() throws {
        try run("untouched", "--set", "epochs=60", "--until", "backbone")
        let arguments = [
            "run", "short.yaml", "--json", "--set", "epochs=60", "--until", "backbone",
        ]
        let running = try program.start(arguments + ["--store", "stopped"])
        running.waitFor("unit-progress")
        running.signal(SIGINT)
        let outcome = running.wait()
        #expect(outcome.exitCode == 130)
        let events = Event.list(outcome.output)
        #expect(events.last?.name == "run-finished")
        #expect(events.last?.count("exit") == 130)
        #expect(events.contains { $0["outcome"] == "interrupted" })
        let resumed = try program.run(arguments + ["--store", "stopped"])
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        #expect(try program.digests(store: "stopped") == program.digests(store: "untouched"))
    }

    private func executed(_ output: String) -> [String] {
        Event.list(output).filter { $0["outcome"] == "executed" }.compactMap { $0["unit"] }
    }
}

extension Program.Running {
    /// Waits until the program ends, for at most so many seconds.
    func waitAtMost(_ seconds: Double) {
        let end = Date().addingTimeInterval(seconds)
        while process.isRunning, Date() < end { usleep(2000) }
    }

    /// Waits until the program has printed `text`, or has ended.
    func waitFor(_ text: String) {
        while process.isRunning, !printed.contains(text) { usleep(2000) }
    }
}
