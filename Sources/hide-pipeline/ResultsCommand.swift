import ArgumentParser
import Pipeline

/// `results`: what was measured.
struct ResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Shows the results of a pipeline file.")

    @OptionGroup var options: FileOptions

    /// How results are written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "text or json.")
    var format = Format.text

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let results = try ResultSet(of: file, in: try options.store.open())
            switch format {
            case .json: print(results.entries.map { Self.object($0, results.pipeline) }.text)
            case .text: print(ResultTable(results, of: file).text, terminator: "")
            }
            if !results.missing.isEmpty {
                ErrorReport.print(
                    text: "not there yet: \(results.missing.joined(separator: ", "))")
            }
        }
    }

    private static func object(_ entry: ResultEntry, _ pipeline: String) -> JSONObject {
        let cell = entry.cell.coordinates.map { ($0.axis, $0.value) }
        let value: Value =
            switch entry.value {
            case .number(let number): .real(number)
            case .matrix(let rows):
                .array(rows.map { .array($0.map { $0.map { .real($0) } ?? .null }) })
            }
        let notes = Dictionary(grouping: entry.notes, by: \.name)
        return JSONObject([
            "pipeline": .string(pipeline),
            "cell": .object(Dictionary(cell, uniquingKeysWith: { $1 })),
            "stage": .string(entry.stage), "metric": .string(entry.metric), "value": value,
            "unit": .string(entry.unit),
            "notes": .object(
                notes.mapValues { .string($0.map(\.text).joined(separator: "; ")) }),
        ])
    }
}

extension ResultSet {
    /// The results that are in a store.
    init(of file: PipelineFile, in store: HDF5ArtifactStore) throws {
        let plan = try RunPlan(graph: file.graph, store: store)
        let entries = Dictionary(
            plan.entries.map { ($0.unit.id, $0) }, uniquingKeysWith: { $1 })
        let notes = { (unit: UnitNode) -> [ResultNote] in
            unit.definition.sources.compactMap { role, source in
                (entries[unit.id]?.document?.sources[role]?.hex).flatMap(source.note)
            }
        }
        try self.init(of: file.graph, notes: notes) { unit in
            guard let entry = entries[unit.id], entry.verdict == .reuse,
                let record = entry.previous
            else { return nil }
            return try store.artifact(of: record)
        }
    }
}
