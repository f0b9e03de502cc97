/// Results as comma-separated values (RFC 4180), a number a line: `pipeline`, the axes of the matrix,
/// `stage`, `metric`, `value`, `unit`, `split`, `tasks`, `state`.
///
/// The state is `done`; a result that is not there has a line too, without metric and value, which says
/// `missing`, or `stale` where the store holds one of other parameters.
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
            ["pipeline"] + file.axes
            + ["stage", "metric", "value", "unit", "split", "tasks", "state"]
        let lines = results.entries.flatMap { entry in
            numbers(of: entry).map { metric, number in
                [file.name] + values(of: entry.cell) + [
                    entry.stage, metric, number, entry.unit, entry.split?.digest ?? "",
                    entry.split?.tasks ?? "", "done",
                ]
            }
        }
        let gaps = results.gaps.map { gap in
            [file.name] + values(of: gap.cell) + [
                gap.stage, "", "", gap.unit, "", "", gap.state.rawValue,
            ]
        }
        return ([head] + lines + gaps)
            .map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    /// The values of a cell, in the order of the axes.
    private func values(of cell: Cell) -> [String] {
        file.axes.map { axis in cell.coordinates.first { $0.axis == axis }?.text ?? "" }
    }

    private func numbers(of entry: ResultEntry) -> [(metric: String, number: String)] {
        switch entry.value {
        case .number(let number): [(entry.metric, entry.text(of: number))]
        case .series(let numbers):
            numbers.enumerated().map { ("\(entry.metric)[\($0 + 1)]", entry.text(of: $1)) }
        case .matrix(let rows):
            rows.enumerated().flatMap { row, values in
                values.enumerated().compactMap { column, value in
                    value.map { ("\(entry.metric)[\(row + 1)][\(column + 1)]", "\($0)") }
                }
            }
        }
    }

    private static func quoted(_ name: String) -> String {
        let field = Printable.text(name, keepsLines: true)
        guard field.contains(where: { ",\"\n\r".contains($0) }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}

extension ResultEntry {
    /// A number as text: a position in a list has no fraction.
    fileprivate func text(of number: Double) -> String {
        Metric.isIndex(metric) ? Int(exactly: number).map(String.init) ?? "\(number)" : "\(number)"
    }
}
