import ArgumentParser
import Pipeline

/// `logs`: what a unit logged.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Shows the log of a unit.",
        discussion: """
              hide-pipeline logs pipelines/quickstart.yaml
              hide-pipeline logs pipelines/quickstart.yaml hide
              hide-pipeline logs pipelines/quickstart.yaml 'hide/train[1]{seed=1}'

            With the name of a stage: lists the units of that stage that have a log. Without a \
            name: lists those of all stages.
            """)

    @OptionGroup var options: FileOptions

    @Argument(help: "The name of a unit, as 'plan' shows it, or of a stage.")
    var unit: String?

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let store = try options.store.open()
            let plan = try RunPlan(graph: file.graph, store: store)
            if let unit, let entry = plan.entry(named: unit) {
                return try show(entry, store)
            }
            let entries = plan.entries.filter { entry in
                unit == nil || entry.unit.uses.contains { $0.stage == unit }
            }
            // Says which name is near.
            if entries.isEmpty, let unit { _ = try plan.entry(of: unit) }
            try list(entries, store)
        }
    }

    /// The units that have a log.
    private func list(_ entries: [Decision], _ store: HDF5ArtifactStore) throws(StoreError) {
        var count = 0
        for entry in entries {
            let state = try UnitState(of: entry, in: store)
            if state == .missing { continue }
            count += 1
            Output.line("\(state.padded)  \(entry.unit.name)")
        }
        let subject = unit.map { "unit of stage '\($0)'" } ?? "unit"
        if count == 0 { ErrorReport.print(text: "no \(subject) has run yet") }
    }

    private func show(_ entry: Decision, _ store: HDF5ArtifactStore) throws(StoreError) {
        let name = "unit '\(entry.unit.name)'"
        if entry.verdict == .reuse, let record = entry.previous {
            try store.unitProtocol(of: record).log.forEach(Output.line)
        } else if let key = entry.key, try store.isOwned(key) {
            try showRunning(name, key, store)
        } else if let key = entry.key, let log = try store.log(of: key) {
            log.forEach(Output.line)
        } else if let key = entry.key, let progress = try store.progress(of: key) {
            progress.log.forEach(Output.line)
        } else if entry.gapState == .stale {
            ErrorReport.print(text: "\(name) has not run with these parameters and inputs yet")
        } else {
            ErrorReport.print(text: "\(name) has not run yet")
        }
    }

    /// What a unit in work has logged is stored with its progress, now and then.
    private func showRunning(
        _ name: String, _ key: UnitKey, _ store: HDF5ArtifactStore
    ) throws(StoreError) {
        let progress = try store.progress(of: key)
        progress?.log.forEach(Output.line)
        ErrorReport.print(
            text: progress == nil
                ? "\(name) is running; nothing of its log is stored yet"
                : "\(name) is running; this is its log up to the last saving")
    }
}
