import Foundation
import TestSupport
import Testing

/// How many threads and units may run: what is said of numbers that make no sense, and that those
/// which do change no byte.
@Suite struct ThreadCountTests {
    private static let numbers = [
        "0", "-1", "-9223372036854775808", "257", "100000", "9223372036854775807",
        "9223372036854775808", "99999999999999999999999999", "1.5", "1e3", "0x10", "two", "", " 4",
        "--json",
    ]

    @Test(arguments: ["--threads", "--jobs"], numbers)
    func otherNumbersAreOneLineAndExitCode64(option: String, number: String) throws {
        let tiny = try TinyPipeline()
        try tiny.fill()
        let outcome = try tiny.command("run", "f.yaml", option, number)
        #expect(outcome.code == 64)
        #expect(
            outcome.message
                == "\(option) must be a whole number from 1 to 256, not '\(number)'\n")
        #expect(outcome.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: tiny.folder.path(".hide-store")))
    }

    @Test func withJSONTheLastLineIsTheEndOfTheRun() throws {
        let tiny = try TinyPipeline()
        try tiny.fill()
        let outcome = try tiny.run("--threads", "100000")
        #expect(outcome.code == 64 && outcome.events.count == 1)
    }

    @Test func textsThatATerminalWouldObeyAreEscaped() throws {
        let tiny = try TinyPipeline()
        try tiny.fill()
        let outcome = try tiny.command("run", "f.yaml", "--threads", "\u{1B}[2J")
        #expect(outcome.code == 64 && !outcome.message.contains("\u{1B}"))
    }

    @Test func theMostThreadsAndJobsRun() throws {
        let tiny = try TinyPipeline()
        try tiny.fill()
        var stores: [[String: String]] = []
        for (threads, jobs) in [("1", "1"), ("256", "1"), ("256", "256"), ("1", "256")] {
            let store = "s-\(threads)-\(jobs)"
            let outcome = try tiny.run(
                "--threads", threads, "--jobs", jobs, "--store", store)
            #expect(outcome.code == 0, "\(outcome.message)")
            stores.append(try tiny.program.digests(store: store))
        }
        #expect(stores[0].count > 5 && stores.allSatisfy { $0 == stores[0] })
    }
}
