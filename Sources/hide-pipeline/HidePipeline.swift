import ArgumentParser
import Data
import Glibc
import Pipeline
import Stages

@main
struct HidePipeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hide-pipeline",
        abstract: "Runs continual-learning experiments that are declared in a YAML file.",
        discussion: """
              hide-pipeline list pipelines
              hide-pipeline run pipelines/quickstart.yaml
              hide-pipeline results pipelines/quickstart.yaml

            Every finished unit of work is kept in the store and is never computed twice. \
            'hide-pipeline help COMMAND' explains a command.
            """,
        subcommands: [
            RunCommand.self, PlanCommand.self, WhyCommand.self, StatusCommand.self,
            ValidateCommand.self, ResultsCommand.self, ExportCommand.self, LogsCommand.self,
            StoreCommand.self,
            ListCommand.self, InspectCommand.self, FetchCommand.self, ReadForeignCommand.self,
            ImportCommand.self,
        ])

    static func main() async {
        MatrixKernels.choose()
        Output.openStandardDescriptors()
        // A process that only reads for another one ends with it, and answers no signal itself.
        let isReader = CommandLine.arguments.dropFirst().first == IsolatedWorker.command
        if !isReader { StopSignals.shared.note() }
        Glibc.exit(Output.code(after: await perform(isReader: isReader)))
    }

    /// Runs what the command line says and returns the exit code. The messages of the argument parser
    /// repeat the user's words, so they go through the same door as everything else.
    private static func perform(isReader: Bool) async -> Int32 {
        do {
            var command = try parseAsRoot()
            // A run has last words and watches by itself.
            if !isReader, !(command is RunCommand) { StopSignals.shared.watch() }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ProgramStatus.done.rawValue
        } catch {
            let (text, code) = (fullMessage(for: error), exitCode(for: error).rawValue)
            if !text.isEmpty {
                if code == ProgramStatus.done.rawValue {
                    Output.data(text + "\n")
                } else {
                    Output.error(text)
                }
            }
            return code
        }
    }

    func run() throws {
        try ErrorReport.reporting {
            throw UsageError(
                problem: "no command is given", hint: "'hide-pipeline --help' lists the commands")
        }
    }
}

/// Parses command lines without running them: the examples of help texts and documents.
package enum CommandLineCheck {
    /// What is wrong with the words after the program's name, or nil.
    package static func problem(of words: [String]) -> String? {
        do {
            _ = try HidePipeline.parseAsRoot(words)
            return nil
        } catch {
            return HidePipeline.fullMessage(for: error)
        }
    }
}
