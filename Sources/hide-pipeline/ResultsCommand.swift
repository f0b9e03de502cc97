import ArgumentParser
import Pipeline

/// `results`: what was measured.
struct ResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Shows the results of a pipeline file.",
        discussion: """
              hide-pipeline results pipelines/quickstart.yaml
              hide-pipeline results pipelines/quickstart.yaml --format csv
              hide-pipeline results pipelines/quickstart.yaml --format json --set seed=2

            Nothing is computed. Results that are missing, or that were measured with other parameters, \
            are named.
            """)

    @OptionGroup var options: FileOptions

    /// How results are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv
    }

    @Option(help: "The format: text, json or csv.")
    var format = Format.text

    @Flag(help: "End with exit code 2 if a result of any matrix cell is missing.")
    var complete = false

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let store = try options.store.open()
            let plan = try RunPlan(graph: file.graph, store: store)
            let results = try ResultSet(of: file, plan, in: store)
            switch format {
            case .csv:
                Output.table(ResultLines(results, of: file).text)
                for line in results.warningLines { ErrorReport.print(text: line) }
            case .json:
                let objects =
                    results.entries.map { Self.object($0, file) }
                    + results.gaps.map { Self.object($0, file) }
                Output.data(objects.text + "\n")
            case .text: Output.text(try ResultTable(results, of: file).text)
            }
            report(results.gaps)
            // A result may be there that nobody can find without the input.
            try UnitState.requireInputs(of: plan)
            if complete, !results.gaps.isEmpty { throw ExitCode(.incomplete) }
        }
    }

    /// Names the results that are not there, and the command that fills them.
    private func report(_ gaps: [ResultGap]) {
        var seen: Set<String> = []
        let units = gaps.filter { seen.insert($0.unit).inserted }
        if units.isEmpty { return }
        var lines = units.prefix(Self.namedLimit).map { "\($0.state.rawValue)  \($0.unit)" }
        if units.count > lines.count {
            lines.append("and \(units.count - lines.count) more: '\(options.command("status"))'")
        }
        let subject = units.count == 1 ? "1 result is" : "\(units.count) results are"
        ErrorReport.print(
            text: (["not there yet: \(subject) not in the store"] + lines).joined(separator: "\n  ")
                + "\n  hint: '\(options.command("run"))' fills them")
    }

    /// The most units that are named one by one.
    private static let namedLimit = 100

    /// A result that is not there: as one that is, without metric and value.
    private static func object(_ gap: ResultGap, _ file: PipelineFile) -> JSONObject {
        JSONObject([
            "pipeline": .string(file.name), "cell": value(of: gap.cell),
            "stage": .string(gap.stage), "metric": .null, "value": .null,
            "unit": .string(gap.unit), "state": .string(gap.state.rawValue),
        ])
    }

    private static func value(of cell: Cell) -> Value {
        .object(
            Dictionary(cell.coordinates.map { ($0.axis, $0.value) }, uniquingKeysWith: { $1 }))
    }

    private static func object(_ entry: ResultEntry, _ file: PipelineFile) -> JSONObject {
        let value: Value =
            switch entry.value {
            case .number(let number):
                // A position in a list is no accuracy, and has no fraction.
                Metric.isIndex(entry.metric)
                    ? Int(exactly: number).map(Value.integer) ?? .real(number) : .real(number)
            case .series(let numbers): .array(numbers.map(Value.real))
            case .matrix(let rows):
                .array(rows.map { .array($0.map { $0.map { .real($0) } ?? .null }) })
            }
        let notes = Dictionary(
            grouping: entry.notes.filter { $0.name != ResultNote.warning }, by: \.name)
        let deviations = file.profileReport.deviations(behind: entry.stage, in: entry.cell)
        return JSONObject([
            "pipeline": .string(file.name),
            "cell": Self.value(of: entry.cell),
            "stage": .string(entry.stage), "metric": .string(entry.metric), "value": value,
            "notes": .object(
                notes.mapValues { .string($0.map(\.text).joined(separator: "; ")) }),
            "split": entry.split.map { .string($0.digest) } ?? .null,
            "tasks": entry.split.map { .string($0.tasks) } ?? .null,
            "task-digest": entry.split.map { .string($0.taskDigest) } ?? .null,
            "warnings": .array(
                entry.notes.filter { $0.name == ResultNote.warning }.map { .string($0.text) }),
            "unit": .string(entry.unit), "state": .string("done"),
            "profile": .string(file.profileReport.profile.rawValue),
            "deviations": .array(
                deviations.map {
                    .object([
                        "stage": .string($0.stage), "setting": .string($0.setting),
                        "value": .string($0.value), "standard": .string($0.standard),
                    ])
                }),
        ])
    }
}

extension ResultSet {
    /// The results that are in a store.
    ///
    /// - Parameter hasWarnings: whether warnings of the units behind a result stand among its notes.
    init(
        of file: PipelineFile, _ plan: RunPlan, in store: HDF5ArtifactStore,
        hasWarnings: Bool = true
    ) throws {
        let entries = Dictionary(
            plan.entries.map { ($0.unit.id, $0) }, uniquingKeysWith: { $1 })
        let notes = { (unit: UnitNode) -> [ResultNote] in
            let entry = entries[unit.id]
            let sources = unit.definition.sources.compactMap { role, source in
                (entry?.document?.sources[role]?.hex).flatMap(source.note)
            }
            return sources + (hasWarnings ? entry?.warnings ?? [] : []).map(ResultNote.warning)
        }
        let state = { (unit: UnitNode) in entries[unit.id]?.gapState ?? .missing }
        try self.init(of: file.graph, notes: notes, state: state) { unit in
            guard let entry = entries[unit.id], entry.verdict == .reuse,
                let record = entry.previous
            else { return nil }
            return try store.artifact(of: record)
        }
    }
}
