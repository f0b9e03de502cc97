import ArgumentParser
import Pipeline
import Stages

/// `plan`: what would run, unit by unit, and why.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows what 'run' would do, unit by unit, and why.",
        discussion: """
              hide-pipeline plan pipelines/quickstart.yaml
              hide-pipeline plan pipelines/quickstart.yaml --set recovery-rate=0.01
              hide-pipeline plan pipelines/quickstart.yaml --json

            Nothing is computed. The plan ends with the learning rates in effect and an estimate of \
            memory and time.
            """)

    @OptionGroup var options: FileOptions

    @Flag(help: "Print one JSON array.")
    var json = false

    @Flag(help: "End with exit code 2 if something would run.")
    var exitCode = false

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            var looking = RunOptions()
            looking.checksInputs = true
            let plan = try RunPlan(
                graph: file.graph, store: try options.store.open(), options: looking)
            let costs = UnitCosts(plan, file.graph)
            if json {
                Output.data(plan.entries.map { Self.object($0, costs[$0.unit.id]) }.text + "\n")
            } else {
                for line in Self.missing(plan) { Output.line(line) }
                for entry in plan.entries where !entry.isMissingInput {
                    Output.line(Self.line(entry, costs[entry.unit.id]))
                }
                let rates = PlanRates.lines(plan)
                if !rates.isEmpty { Output.line("\n" + rates.joined(separator: "\n")) }
                Output.line("\n" + Self.total(plan, costs))
            }
            if file.comparesDatasets { try file.checkPlannedSplits() }
            if plan.entries.contains(where: \.isMissingInput) { throw ExitCode(.missingInput) }
            if exitCode, plan.wouldRun { throw ExitCode(.wouldRun) }
        }
    }

    /// A line for each unit that misses something itself, with what to do about it, and one for all
    /// those after them.
    private static func missing(_ plan: RunPlan) -> [String] {
        var lines = plan.entries.filter(\.isOwnInputMissing).map { entry in
            let text = entry.reasonText ?? ""
            // Behind a list the hint has a line of its own.
            let problem =
                text.contains("\n    ") ? text : text.replacing("\n  hint: ", with: "; ")
            return "\(entry.verdictText)  \(entry.unit.name): \(problem)"
        }
        let these = lines.count == 1 ? "this one" : "these"
        switch plan.entries.count(where: \.isMissingInput) - lines.count {
        case 0: break
        case 1: lines.append("1 unit waits for \(these)")
        case let count: lines.append("\(count) units wait for \(these)")
        }
        return lines
    }

    private static func line(_ entry: Decision, _ cost: UnitEstimate?) -> String {
        var line = "\(entry.verdictText)  \(entry.unit.name)"
        if let reason = entry.reasonText { line += "  (\(reason))" }
        guard entry.verdict.wouldRun, let cost else { return line }
        if cost.pictures > 0 {
            line += "  \(cost.pictures) pictures × \(cost.epochs) epochs"
        }
        line += "  \(Words.bytes(cost.peakBytes))  ~\(Words.duration(cost.roughSeconds))"
        return line
    }

    private static func total(_ plan: RunPlan, _ costs: UnitCosts) -> String {
        let counts = [
            ("to run", plan.entries.count { $0.verdictText == "run" }),
            (
                "to run unless inputs come out unchanged",
                plan.entries.count { $0.verdict == .runUnlessUnchanged }
            ),
            ("to reuse", plan.entries.count { $0.verdict == .reuse }),
            ("with missing inputs", plan.entries.count(where: \.isOwnInputMissing)),
            (
                "waiting for those",
                plan.entries.count { $0.isMissingInput && !$0.isOwnInputMissing }
            ),
        ]
        var parts = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        let open = plan.entries.filter(\.verdict.wouldRun).compactMap { costs[$0.unit.id] }
        if !open.isEmpty {
            let shown = open.reduce(0.0) { $0 + Double($1.pictures) * Double($1.epochs) }
            let peak = open.map(\.peakBytes).max() ?? 0
            let seconds = open.reduce(0.0) { $0 + $1.roughSeconds }
            parts.append(
                "\(Words.count(shown)) pictures × epochs, at most \(Words.bytes(peak)) a unit, roughly "
                    + "\(Words.duration(seconds)) on \(AvailableCores.count) cores")
        }
        return parts.joined(separator: "; ")
    }

    private static func object(_ entry: Decision, _ cost: UnitEstimate?) -> JSONObject {
        JSONObject([
            "unit": .string(entry.unit.name), "stage": .string(entry.unit.stage),
            "verdict": .string(entry.verdictText),
            "reason": entry.reasonText.map { .string($0) } ?? .null,
            "key": entry.key.map { .string($0.hex) } ?? .null,
            "pictures": cost.map { .integer($0.pictures) },
            "epochs": cost.map { .integer($0.epochs) },
            "peak-bytes": cost.map { .integer($0.peakBytes) },
            "seconds": cost.map { .real($0.roughSeconds) },
            "rates": PlanRates.value(entry.unit),
        ])
    }
}

/// What the units of a plan cost.
struct UnitCosts {
    private var estimates: [UnitID: UnitEstimate] = [:]

    init(_ plan: RunPlan, _ graph: UnitGraph) {
        let facts = graph.facts(from: plan.facts)
        for entry in plan.entries {
            estimates[entry.unit.id] = entry.unit.definition.estimate(facts[entry.unit.id.index])
        }
    }

    subscript(id: UnitID) -> UnitEstimate? { estimates[id] }
}

extension UnitEstimate {
    /// A rough time on all cores: 70 GFLOP/s a core is what large products reach on common
    /// processors with AVX2; small models take longer, AVX-512 less.
    var roughSeconds: Double { gigaflop / (70 * Double(AvailableCores.count)) }
}

extension Decision {
    /// The verdict in the words of the plan.
    var verdictText: String {
        switch verdict {
        case .reuse: "reuse"
        case .run: "run"
        case .runUnlessUnchanged: "run unless inputs come out unchanged"
        case .missingInput: "missing input"
        }
    }

    /// Why; nil for a unit that is there.
    var reasonText: String? {
        switch verdict {
        case .reuse: nil
        case .run(let reason): reason.description
        case .runUnlessUnchanged: "waits for \(waitsFor.joined(separator: ", "))"
        case .missingInput(let problem): problem
        }
    }

    var isMissingInput: Bool {
        if case .missingInput = verdict { true } else { false }
    }
}
