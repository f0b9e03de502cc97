import Foundation

extension ResultTable {
    /// One line of a table of scores.
    private struct Line {
        let label: String
        let cells: [Cell]
        let coverage: Coverage
        /// The numbers of each column.
        let numbers: [[Cell: (unit: String, number: Double)]]
    }

    func scores(_ table: TableSpec, _ rows: [TableSpec.Row], _ columns: [String]) -> String {
        let lines = lines(table, rows, columns)
        let coverages = lines.map(\.coverage)
        // Where the rows are means over different numbers of results, each says over how many.
        let isCounted =
            isAveraged(over: table.over)
            && (!Coverage.isCommon(coverages) || Set(coverages.map(\.countText)).count > 1)
        var grid = [
            [""] + columns.map { $0.count <= 3 ? $0.uppercased() : $0 } + (isCounted ? ["n"] : [])
        ]
        for line in lines {
            let texts = zip(columns, line.numbers).map { Self.text(line, $0, $1) }
            grid.append([line.label] + texts + (isCounted ? [line.coverage.countText] : []))
        }
        return heading(table, coverages, "mean ± standard deviation")
            + file.profileReport.caption(of: rows.map(\.stage), in: file.cells)
            + Self.layout(grid) + gaps(lines, over: table.over)
    }

    private func lines(
        _ table: TableSpec, _ rows: [TableSpec.Row], _ columns: [String]
    ) -> [Line] {
        let groups = groups(over: table.over)
        let places = ResultPlaces(results)
        return rows.flatMap { row in
            let numbers = columns.map { results.numbers(stage: row.stage, metric: $0) }
            return groups.map { group in
                Line(
                    label: Printable.text(
                        groups.count > 1 ? "\(row.label) \(group.name)" : row.label),
                    cells: group.cells,
                    coverage: Coverage(
                        stage: row.stage, cells: group.cells, over: table.over, in: places),
                    numbers: numbers)
            }
        }
    }

    /// One entry of a row.
    private static func text(
        _ line: Line, _ metric: String, _ byCell: [Cell: (unit: String, number: Double)]
    ) -> String {
        // Cells that share a unit share one measurement, which varies over nothing.
        var seen: Set<String> = []
        let numbers = line.cells.compactMap { byCell[$0] }.filter { seen.insert($0.unit).inserted }
            .map(\.number)
        if numbers.isEmpty { return line.coverage.count == 0 ? line.coverage.word ?? "–" : "–" }
        let text = Metric.isIndex(metric) ? indexes(numbers) : mean(numbers)
        return numbers.count < line.coverage.count ? "\(text) (n = \(numbers.count))" : text
    }

    private static func mean(_ numbers: [Double]) -> String {
        guard let aggregate = Aggregate(numbers) else { return "–" }
        let mean = String(format: "%.2f", aggregate.mean)
        return aggregate.deviation.map { mean + " ± " + String(format: "%.2f", $0) } ?? mean
    }

    /// `0, 3`: the different positions, in the order of the cells.
    private static func indexes(_ numbers: [Double]) -> String {
        var seen: Set<Double> = []
        let different = numbers.filter { seen.insert($0).inserted }
        return Coverage.list(different.map { String(format: "%.0f", $0) })
    }

    /// The title, and over what means are taken: the values whose results are in every row, and those
    /// that are in none. What differs from row to row stands at the rows.
    func heading(_ table: TableSpec, _ rows: [Coverage], _ aggregate: String) -> String {
        guard let over = table.over ?? (table.isMatrix ? onlyAxis : nil), let first = rows.first
        else { return Printable.text(table.title) + "\n" }
        guard isAveraged(over: over) else {
            let value = file.cells.first.map {
                $0.coordinates.first { $0.axis == over }?.text ?? ""
            }
            return "\(Printable.text(table.title)) (\(over) \(Printable.quoted(value ?? "")))\n"
        }
        // Rows of shared results have a smaller n and no spread; the title is that of the others.
        let largest = rows.max { $0.total < $1.total } ?? first
        let text =
            Coverage.isCommon(rows)
            ? largest.text(over: over, aggregate) : "\(aggregate) over \(over), n of each row"
        return "\(Printable.text(table.title)) (\(text))\n"
    }

    /// What is not there, row by row, unless the title says it.
    private func gaps(_ lines: [Line], over axis: String?) -> String {
        guard let axis, isAveraged(over: axis), Set(lines.map(\.coverage.gapText)).count > 1
        else { return "" }
        return lines.filter { !$0.coverage.isComplete }
            .map { "\($0.label): \(axis) \($0.coverage.gapText)\n" }.joined()
    }

    /// Whether an axis has several values, so that there is something to take a mean of.
    func isAveraged(over axis: String?) -> Bool {
        guard let axis else { return false }
        return Set(file.cells.map { $0[axis] }).count > 1
    }

    /// Cells that are aggregated together: those that differ only on `axis`.
    func groups(over axis: String?) -> [(name: String, cells: [Cell])] {
        let others = Set(file.axes.filter { $0 != axis })
        var order: [Cell] = []
        var groups: [Cell: [Cell]] = [:]
        for cell in file.cells {
            let key = cell.restricted(to: others)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(cell)
        }
        return order.map { ($0.description, groups[$0] ?? []) }
    }
}

extension TableSpec {
    /// Whether the table shows matrices.
    var isMatrix: Bool {
        if case .matrix = content { true } else { false }
    }
}
