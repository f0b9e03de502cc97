import ArgumentParser
import Pipeline

/// `why`: the reason for one unit, as the difference of two stored documents.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Shows why a unit would run, as a list of changes: old value -> new value.",
        discussion: """
              hide-pipeline why pipelines/quickstart.yaml 'hide-head/recover[2]{seed=1}'

            The unit is compared with its last run. Quote its name for the shell.
            """)

    @OptionGroup var options: FileOptions

    @Argument(help: "The name of the unit, as 'plan' shows it.")
    var unit: String

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let plan = try RunPlan(graph: file.graph, store: try options.store.open())
            let entry = try plan.entry(of: unit)
            let differences = entry.verdict == .reuse ? [] : entry.differences
            if json {
                let rows = differences.map { difference -> Value in
                    .object([
                        "path": .string(difference.path), "old": difference.old ?? .null,
                        "new": difference.new ?? .null,
                    ])
                }
                Output.data(
                    JSONObject([
                        "unit": .string(entry.unit.name), "verdict": .string(entry.verdictText),
                        "reason": entry.reasonText.map { .string($0) } ?? .null,
                        "differences": .array(rows),
                    ]).text + "\n")
            } else {
                let reason = entry.reasonText.map { " (\($0))" } ?? ""
                Output.line("\(entry.unit.name): \(entry.verdictText)\(reason)")
                for difference in differences { Output.line("  \(difference)") }
            }
        }
    }
}
