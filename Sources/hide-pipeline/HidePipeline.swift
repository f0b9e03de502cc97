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
            ListCommand.self, InspectCommand.self,
        ])

    /// Looks at the command's name, of which the parser would only say that it is unexpected, and
    /// runs the command.
    static func main() async {
        if let error = mistake(inCommand: CommandLine.arguments.dropFirst().first) {
            ErrorReport.print(error)
            exit(withError: ExitCode(ErrorReport.code(of: error)))
        }
        await main(nil)
    }

    private static func mistake(inCommand word: String?) -> UsageError? {
        let help = "'hide-pipeline --help' lists the commands"
        guard let word else { return UsageError(problem: "no command is given", hint: help) }
        let names =
            ["help"] + configuration.subcommands.compactMap { $0.configuration.commandName }
        if word.hasPrefix("-") || names.contains(word) { return nil }
        return UsageError(
            problem: "unknown command '\(word)'",
            hint: NearestName.hint(word, among: names) ?? help)
    }
}
