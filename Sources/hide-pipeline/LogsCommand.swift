import ArgumentParser
import Pipeline

/// `logs`: what a unit logged.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Shows the log of a unit.")

    @OptionGroup var options: FileOptions

    @Argument(help: "The unit, as plan shows it.")
    var unit: String

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let store = try options.store.open()
            let entry = try RunPlan(graph: file.graph, store: store).entry(of: unit)
            if entry.verdict == .reuse, let record = entry.previous {
                for line in try store.unitProtocol(of: record).log { print(line) }
            } else if let key = entry.key, let log = try store.log(of: key) {
                for line in log { print(line) }
            } else {
                ErrorReport.print(text: "unit '\(entry.unit.name)' has not run yet")
            }
        }
    }
}
