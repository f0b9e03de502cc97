import ArgumentParser
import Pipeline

/// `results`: what was measured.
struct ResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Shows the results of a pipeline file.")

    @OptionGroup var options: FileOptions

    /// How results are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, csv
    }

    @Option(help: "text, json or csv.")
    var format = Format.text

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let results = try ResultSet(of: file, in: try options.store.open())
            switch format {
            case .csv:
                print(ResultLines(results, of: file).text, terminator: "")
                for line in results.warningLines { ErrorReport.print(text: line) }
            case .json: print(results.entries.map { Self.object($0, file) }.text)
            case .text: print(try ResultTable(results, of: file).text, terminator: "")
            }
            if !results.missing.isEmpty {
                ErrorReport.print(
                    text: "not there yet: \(results.missing.joined(separator: ", "))")
            }
        }
    }

    private static func object(_ entry: ResultEntry, _ file: PipelineFile) -> JSONObject {
        let cell = entry.cell.coordinates.map { ($0.axis, $0.value) }
        let value: Value =
            switch entry.value {
            case .number(let number): .real(number)
            case .series(let numbers): .array(numbers.map(Value.real))
            case .matrix(let rows):
                .array(rows.map { .array($0.map { $0.map { .real($0) } ?? .null }) })
            }
        let notes = Dictionary(
            grouping: entry.notes.filter { $0.name != ResultNote.warning }, by: \.name)
        let deviations = file.profileReport.deviations(behind: entry.stage, in: entry.cell)
        return JSONObject([
            "pipeline": .string(file.name),
            "cell": .object(Dictionary(cell, uniquingKeysWith: { $1 })),
            "stage": .string(entry.stage), "metric": .string(entry.metric), "value": value,
            "notes": .object(
                notes.mapValues { .string($0.map(\.text).joined(separator: "; ")) }),
            "split": entry.split.map { .string($0.digest) } ?? .null,
            "tasks": entry.split.map { .string($0.tasks) } ?? .null,
            "task-digest": entry.split.map { .string($0.taskDigest) } ?? .null,
            "warnings": .array(
                entry.notes.filter { $0.name == ResultNote.warning }.map { .string($0.text) }),
            "unit": .string(entry.unit), "profile": .string(file.profileReport.profile.rawValue),
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
    init(of file: PipelineFile, in store: HDF5ArtifactStore, hasWarnings: Bool = true) throws {
        let plan = try RunPlan(graph: file.graph, store: store)
        let entries = Dictionary(
            plan.entries.map { ($0.unit.id, $0) }, uniquingKeysWith: { $1 })
        let notes = { (unit: UnitNode) -> [ResultNote] in
            let entry = entries[unit.id]
            let sources = unit.definition.sources.compactMap { role, source in
                (entry?.document?.sources[role]?.hex).flatMap(source.note)
            }
            return sources + (hasWarnings ? entry?.warnings ?? [] : []).map(ResultNote.warning)
        }
        try self.init(of: file.graph, notes: notes) { unit in
            guard let entry = entries[unit.id], entry.verdict == .reuse,
                let record = entry.previous
            else { return nil }
            return try store.artifact(of: record)
        }
    }
}
