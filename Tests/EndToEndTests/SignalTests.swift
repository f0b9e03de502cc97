import Foundation
import Glibc
import TestSupport
import Testing

/// SIGINT, SIGTERM and SIGHUP end every command with 130, whenever they come.
@Suite struct SignalTests {
    let folder: TemporaryFolder
    let program: Program

    init() throws {
        (folder, program) = try ShortQuickstart.start()
    }

    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// Waits until the program answers signals itself; false when it has ended before.
    private func isListening(_ running: Program.Running) -> Bool {
        let path = "/proc/\(running.process.processIdentifier)/status"
        while running.process.isRunning {
            let lines = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let caught = lines.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
            let mask = caught.flatMap { UInt64($0.dropFirst(8).trimmingPrefix(" "), radix: 16) }
            if let mask, mask & 1 << UInt64(SIGTERM - 1) != 0 { return true }
            usleep(500)
        }
        return false
    }

    /// Whatever the moment: the code is 130 and the last line says so, or the run was over; before the
    /// program's own code begins the system ends it, and nothing was printed.
    @Test func aRunMayBeStoppedAtAnyMoment() throws {
        for (index, delay) in stride(from: UInt32(0), through: 200, by: 10).enumerated() {
            let number = Self.signals[index % 3]
            let running = try program.start(
                ["run", "short.yaml", "--json", "--store", "s\(index)"])
            // The delay is what is tested; every outcome of a slow machine is allowed.
            usleep(delay * 1000)
            running.signal(number)
            let outcome = running.wait()
            let what = "signal \(number) after \(delay) ms: \(outcome.output) \(outcome.errors)"
            if running.process.terminationReason == .uncaughtSignal {
                #expect(outcome.exitCode == number && outcome.output.isEmpty, "\(what)")
                continue
            }
            let last = Event.list(outcome.output).last
            #expect(outcome.exitCode == 130, "\(what)")
            #expect(last?.name == "run-finished" && last?.count("exit") == 130, "\(what)")
        }
    }

    /// As soon as the program listens there is no other outcome.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func anEarlySignalHasLastWords(number: Int32) throws {
        let running = try program.start(["run", "short.yaml", "--json"])
        try #require(isListening(running))
        running.signal(number)
        let outcome = running.wait()
        #expect(running.process.terminationReason == .exit && outcome.exitCode == 130)
        let last = Event.list(outcome.output).last
        #expect(last?.name == "run-finished" && last?.count("exit") == 130)
    }

    @Test func aSecondSignalEndsAtOnce() throws {
        let running = try program.start(["run", "short.yaml", "--json"])
        while running.process.isRunning, !running.printed.contains("unit-progress") { usleep(500) }
        running.signal(SIGINT)
        running.signal(SIGTERM)
        let outcome = running.wait()
        #expect(running.process.terminationReason == .exit && outcome.exitCode == 130)
        #expect(Event.list(outcome.output).last?.name == "run-finished")
    }

    /// Commands that change nothing end at once.
    @Test(arguments: ["plan", "status", "results", "validate"])
    func commandsThatReadEndAtOnce(command: String) throws {
        // Long enough to be stopped in.
        let seeds = (1...1500).map(String.init).joined(separator: ", ")
        let text = ShortQuickstart.text.replacing("{seed: [1, 2]}", with: "{seed: [\(seeds)]}")
        try text.write(toFile: folder.path("large.yaml"), atomically: true, encoding: .utf8)
        for number in Self.signals {
            let running = try program.start([command, "large.yaml"])
            try #require(isListening(running))
            running.signal(number)
            let outcome = running.wait()
            #expect(running.process.terminationReason == .exit)
            #expect(outcome.exitCode == 130, "\(command), signal \(number): \(outcome.errors)")
        }
    }

    /// nohup: the end of a session is ignored, other signals are not.
    @Test func anIgnoredEndOfTheSessionStaysIgnored() throws {
        let process = Process()
        let output = folder.url.appending(path: "out")
        try Data().write(to: output)
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "trap '' HUP; exec \"$0\" run short.yaml --json", Program.binary.path,
        ]
        process.currentDirectoryURL = folder.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        let running = Program.Running(process: process, output: output, errors: output)
        while process.isRunning, !running.printed.contains("unit-started") { usleep(500) }
        running.signal(SIGHUP)
        // Something more happens after it.
        let count = running.printed.count { $0 == "\n" }
        while process.isRunning, running.printed.count(where: { $0 == "\n" }) < count + 3 {
            usleep(500)
        }
        try #require(process.isRunning)
        running.signal(SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    }
}
