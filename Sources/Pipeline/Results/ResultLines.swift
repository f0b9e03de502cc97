/// Results as comma-separated values (RFC 4180), a number a line: `pipeline`, the axes of the matrix,
/// `stage`, `metric`, `value`, `unit`, `split`, `tasks`.
///
/// A series has a line a task, `name[t]`, and a matrix one for each accuracy that was measured,
/// `name[i][t]` of task i after task t, from 1.
public struct ResultLines {
    private let results: ResultSet
    private let file: PipelineFile

    /// Prepares the results of a file.
    public init(_ results: ResultSet, of file: PipelineFile) {
        self.results = results
        self.file = file
    }

    /// The lines, the names of the columns first.
    public var text: String {
        let head =
            ["pipeline"] + file.axes + ["stage", "metric", "value", "unit", "split", "tasks"]
        let lines = results.entries.flatMap { entry in
            let cell = file.axes.map { axis in
                entry.cell.coordinates.first { $0.axis == axis }?.text ?? ""
            }
            return numbers(of: entry).map { metric, number in
                [file.name] + cell + [
                    entry.stage, metric, "\(number)", entry.unit, entry.split?.digest ?? "",
                    entry.split?.tasks ?? "",
                ]
            }
        }
        return ([head] + lines).map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private func numbers(of entry: ResultEntry) -> [(metric: String, number: Double)] {
        switch entry.value {
        case .number(let number): [(entry.metric, number)]
        case .series(let numbers):
            numbers.enumerated().map { ("\(entry.metric)[\($0 + 1)]", $1) }
        case .matrix(let rows):
            rows.enumerated().flatMap { row, values in
                values.enumerated().compactMap { column, value in
                    value.map { ("\(entry.metric)[\(row + 1)][\(column + 1)]", $0) }
                }
            }
        }
    }

    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
