import ArgumentParser
import Pipeline

/// `status`: what is done, running, failed, missing.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows what is done, running, failed and missing.")

    @OptionGroup var options: FileOptions

    @Flag(help: "One JSON array.")
    var json = false

    /// What is known about a unit.
    private enum State: String, CaseIterable {
        case done, running, interrupted, failed, missing
    }

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let store = try options.store.open()
            let plan = try RunPlan(graph: file.graph, store: store)
            let states = try plan.entries.map { ($0, try Self.state(of: $0, in: store)) }
            if json {
                let objects = states.map { entry, state in
                    JSONObject([
                        "unit": .string(entry.unit.name), "stage": .string(entry.unit.stage),
                        "state": .string(state.rawValue),
                        "key": entry.key.map { .string($0.hex) } ?? .null,
                    ])
                }
                print(objects.text)
                return try Self.requireInputs(of: plan)
            }
            for (entry, state) in states {
                let padding = String(repeating: " ", count: 11 - state.rawValue.count)
                print("\(state.rawValue)\(padding)  \(entry.unit.name)")
            }
            let counts = State.allCases.compactMap { state in
                let count = states.count { $0.1 == state }
                return count > 0 ? "\(count) \(state.rawValue)" : nil
            }
            print("\n" + counts.joined(separator: ", "))
            try Self.requireInputs(of: plan)
        }
    }

    /// Says which inputs are missing or cannot be read: what hangs on them cannot be known to be done.
    private static func requireInputs(of plan: RunPlan) throws {
        let entries = plan.entries.filter(\.isOwnInputMissing)
        for entry in entries {
            ErrorReport.print(text: "unit '\(entry.unit.name)': \(entry.reasonText ?? "")")
        }
        if !entries.isEmpty { throw ExitCode(.missingInput) }
    }

    /// A unit is running when another process has the right to work on it; interrupted when there
    /// is progress, and failed when there is only a log.
    private static func state(
        of entry: RunPlan.Entry, in store: HDF5ArtifactStore
    ) throws(StoreError) -> State {
        if entry.verdict == .reuse { return .done }
        guard let key = entry.key else { return .missing }
        guard let ownership = try store.own(key) else { return .running }
        defer { ownership.release() }
        if case .present = try store.state(of: key) { return .done }
        if try store.progress(of: key) != nil { return .interrupted }
        return try store.log(of: key) == nil ? .missing : .failed
    }
}
