import ArgumentParser
import Pipeline

/// `why`: the reason for one unit, as the difference of two stored documents.
struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Shows why a unit would run: old value -> new value.")

    @OptionGroup var options: FileOptions

    @Argument(help: "The unit, as plan shows it.")
    var unit: String

    @Flag(help: "One JSON object.")
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
                print(
                    JSONObject([
                        "unit": .string(entry.unit.name), "verdict": .string(entry.verdictText),
                        "reason": entry.reasonText.map { .string($0) } ?? .null,
                        "differences": .array(rows),
                    ]).text)
            } else {
                let reason = entry.reasonText.map { " (\($0))" } ?? ""
                print("\(entry.unit.name): \(entry.verdictText)\(reason)")
                for difference in differences { print("  \(difference)") }
            }
        }
    }
}

extension RunPlan {
    /// The entry of a unit that the user names.
    ///
    /// - Throws: `UsageError` with the nearest name.
    func entry(of name: String) throws(UsageError) -> Entry {
        if let entry = entry(named: name) { return entry }
        let names = entries.map(\.unit.name)
        throw UsageError(
            problem: "the file has no unit '\(name)'",
            hint: NearestName.hint(name, among: names) ?? "'plan' shows the units")
    }
}
