import Foundation

extension ResultTable {
    func matrices(_ table: TableSpec, _ stage: String, _ metric: String) -> String {
        let over = table.over ?? onlyAxis
        let byCell = results.matrices(stage: stage, metric: metric)
        let groups = groups(over: over)
        let places = ResultPlaces(results)
        let coverages = groups.map {
            Coverage(stage: stage, cells: $0.cells, over: over, in: places)
        }
        let isCommon = Coverage.isCommon(coverages)
        let parts = zip(groups, coverages).map { group, coverage -> String in
            var seen: Set<String> = []
            let found = group.cells.compactMap { cell in byCell[cell].map { (cell, $0) } }
                .filter { seen.insert($0.1.unit).inserted }.map { ($0.0, $0.1.matrix) }
            let note = isCommon || over == nil ? "" : " n = \(coverage.countText)"
            let gaps = isCommon || coverage.isComplete ? "" : "; \(over ?? "") \(coverage.gapText)"
            let name = groups.count > 1 ? "\(Printable.text(group.name))\(note)\(gaps)\n" : ""
            return name + (found.isEmpty ? "no results yet\n" : mean(of: found))
        }
        let legend =
            file.profileReport.caption(of: [stage], in: file.cells)
            + "percent on task i (row) after task t (column)\n"
        return heading(table, coverages, "mean") + legend + parts.joined()
    }

    /// The mean of matrices; those of another size than the first are named, and are not in it.
    private func mean(of found: [(cell: Cell, matrix: [[Double?]])]) -> String {
        let first = found[0].matrix
        let others = found.filter { $0.matrix.count != first.count }.map(\.cell.description)
        let text = triangle(found.map(\.matrix).filter { $0.count == first.count })
        if others.isEmpty { return text }
        return text + "not in it, of another number of tasks: \(Coverage.list(others))\n"
    }

    /// The mean of matrices of one size; blank where nothing was measured.
    private func triangle(_ matrices: [[[Double?]]]) -> String {
        let columns = matrices[0].first?.count ?? 0
        var grid = [[""] + (0..<columns).map { "\($0 + 1)" }]
        for row in matrices[0].indices {
            let means = (0..<columns).map { column -> String in
                let values = matrices.compactMap { $0[row][column] }
                return Aggregate(values).map { String(format: "%.1f", $0.mean) } ?? ""
            }
            grid.append(["\(row + 1)"] + means)
        }
        return Self.layout(grid)
    }
}
