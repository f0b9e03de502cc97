import Foundation
import TestSupport
import Testing
import hide_pipeline

/// `--help` of every command: what it is for, and examples that work as they stand.
@Suite struct HelpTests {
    /// A command as `--experimental-dump-help` describes it.
    struct Command: Decodable {
        let commandName: String
        let superCommands: [String]?
        let shouldDisplay: Bool
        let abstract: String?
        let discussion: String?
        let subcommands: [Command]?

        /// The words that name it, without those of the program.
        var words: [String] {
            ((superCommands ?? []) + [commandName]).filter { $0 != "hide-pipeline" }
        }

        /// Itself and what is below it; without `help`, which the argument parser adds.
        var all: [Command] {
            [self]
                + (subcommands ?? []).filter { $0.commandName != "help" && $0.shouldDisplay }
                .flatMap(\.all)
        }
    }

    private struct Dump: Decodable {
        let command: Command
    }

    let folder: TemporaryFolder
    let program: Program

    init() throws {
        folder = try TemporaryFolder()
        program = Program(folder: folder.url)
        try FileManager.default.createSymbolicLink(
            at: folder.url.appending(path: "pipelines"), withDestinationURL: Program.pipelines)
    }

    private func commands() throws -> [Command] {
        let dump = try program.run("--experimental-dump-help")
        return try JSONDecoder().decode(Dump.self, from: Data(dump.output.utf8)).command.all
    }

    /// The examples in a help text: lines that begin with two blanks and the program's name; a
    /// backslash joins the next line.
    private func examples(in text: String) -> [String] {
        text.replacing(/\\\n */, with: "").split(separator: "\n")
            .filter { $0.hasPrefix("  hide-pipeline ") }.map { String($0.dropFirst(2)) }
    }

    /// The words that a shell makes of an example, without the program's name.
    private func words(of example: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = [
            "-c", "hide-pipeline() { printf '%s\\0' \"$@\" > words; }; \(example)",
        ]
        process.currentDirectoryURL = folder.url
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(example)")
        let data = try Data(contentsOf: folder.url.appending(path: "words"))
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func everyCommandSaysWhatItIsForAndHasAnExample() throws {
        let commands = try commands()
        // The program, its commands, and the three of 'store'.
        #expect(commands.count >= 17)
        for command in commands {
            let help = try program.run(command.words + ["--help"])
            #expect(help.exitCode == 0, "\(command.words)")
            #expect(help.output.hasPrefix("OVERVIEW: "), "\(command.words)")
            #expect(command.abstract?.hasSuffix(".") == true, "\(command.words)")
            let own = try examples(in: help.output).map { try words(of: $0) }
                .filter { Array($0.prefix(command.words.count)) == command.words }
            #expect(!own.isEmpty, "\(command.words): no example of its own")
        }
    }

    @Test func examplesParse() throws {
        for command in try commands() {
            for example in examples(in: command.discussion ?? "") {
                let problem = CommandLineCheck.problem(of: try words(of: example))
                #expect(problem == nil, "\(example): \(problem ?? "")")
            }
        }
        // What does not parse is found.
        #expect(CommandLineCheck.problem(of: ["plan"])?.contains("Missing expected") == true)
    }

    /// Those that compute nothing and load nothing, on a store in the scratch folder.
    @Test func examplesThatOnlyLookWork() throws {
        var count = 0
        for command in try commands() {
            for example in examples(in: command.discussion ?? "") {
                let words = try words(of: example)
                if !Self.onlyLooks(words) { continue }
                count += 1
                let outcome = try program.run(words)
                #expect(outcome.exitCode == 0, "\(example): \(outcome.errors)")
            }
        }
        #expect(count >= 20)
    }

    private static func onlyLooks(_ words: [String]) -> Bool {
        switch words.first {
        case "run", "export": false
        case "fetch": words.contains("--list")
        // Folders that the example only supposes.
        case "inspect": words.last != "datasets"
        default: true
        }
    }
}
