import ArgumentParser
import Pipeline

/// `status`: what is done, running, failed, missing.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows which units are done, running, interrupted, failed or missing.",
        discussion: """
              hide-pipeline status pipelines/quickstart.yaml
              hide-pipeline status pipelines/quickstart.yaml --json
            """)

    @OptionGroup var options: FileOptions

    @Flag(help: "Print one JSON array.")
    var json = false

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let store = try options.store.open()
            let plan = try RunPlan(graph: file.graph, store: store)
            let states = try plan.entries.map { ($0, try UnitState(of: $0, in: store)) }
            if json {
                let objects = states.map { entry, state in
                    JSONObject([
                        "unit": .string(entry.unit.name), "stage": .string(entry.unit.stage),
                        "state": .string(state.rawValue),
                        "key": entry.key.map { .string($0.hex) } ?? .null,
                        "warnings": .array(entry.warnings.map(Value.string)),
                    ])
                }
                Output.data(objects.text + "\n")
                return try UnitState.requireInputs(of: plan)
            }
            for (entry, state) in states {
                Output.line("\(state.padded)  \(entry.unit.name)")
            }
            let counts = UnitState.allCases.compactMap { state in
                let count = states.count { $0.1 == state }
                return count > 0 ? "\(count) \(state.rawValue)" : nil
            }
            let warned = plan.entries.count { !$0.warnings.isEmpty }
            let words = counts + (warned > 0 ? ["\(warned) with warnings"] : [])
            Output.line("\n" + words.joined(separator: ", "))
            try UnitState.requireInputs(of: plan)
        }
    }
}

extension UnitState {
    /// Says which inputs are missing or cannot be read: what hangs on them cannot be known to be done.
    static func requireInputs(of plan: RunPlan) throws {
        let entries = plan.entries.filter(\.isOwnInputMissing)
        for entry in entries {
            ErrorReport.print(text: "unit '\(entry.unit.name)': \(entry.reasonText ?? "")")
        }
        if !entries.isEmpty { throw ExitCode(.missingInput) }
    }

    /// The word, as wide as the longest.
    var padded: String {
        rawValue + String(repeating: " ", count: 11 - rawValue.count)
    }
}
