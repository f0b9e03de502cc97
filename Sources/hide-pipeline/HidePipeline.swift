import ArgumentParser
import Pipeline

@main
struct HidePipeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hide-pipeline",
        abstract: "Runs continual-learning experiments declared in a YAML file.",
        subcommands: [
            RunCommand.self, PlanCommand.self, WhyCommand.self, StatusCommand.self,
            ValidateCommand.self, ResultsCommand.self, ExportCommand.self, LogsCommand.self,
            StoreCommand.self,
            ListCommand.self, InspectCommand.self, FetchCommand.self, ReadForeignCommand.self,
            ImportCommand.self,
        ])

    func run() throws {
        try ErrorReport.reporting {
            throw UsageError(
                problem: "no command is given", hint: "'hide-pipeline --help' lists the commands")
        }
    }
}
