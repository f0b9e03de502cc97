/// Tells before anything is computed which tables would compare results of different splits.
struct SplitForecast {
    private let graph: UnitGraph

    /// A place in a table, and the datasets that its result will be of.
    private struct Row {
        let name: String
        let datasets: [UnitID]
    }

    init(_ graph: UnitGraph) { self.graph = graph }

    /// The first comparison of each table that is certain to be refused; tables that allow it have none.
    ///
    /// - Parameter split: what is known of the split of a dataset: two that differ are of different
    ///   pictures. Nil where nothing is known.
    func refused(
        _ tables: [TableSpec], split: (UnitID) -> String?
    ) -> [(table: TableSpec, error: IncomparableResults)] {
        compared(tables).compactMap { table, rows in
            var known: [UnitID: String?] = [:]
            var first: IncomparableResults.Row?
            for row in rows {
                guard let id = row.datasets.first, row.datasets.count == 1 else { continue }
                let found = known[id] ?? split(id)
                known[id] = .some(found)
                guard let found else { continue }
                let result = IncomparableResults.Row(name: row.name, split: found)
                if let first, first.split != found {
                    return (
                        table,
                        IncomparableResults(
                            place: "\(table.place)", table: table.title, first: first,
                            second: result)
                    )
                }
                first = first ?? result
            }
            return nil
        }
    }

    /// Whether a table compares results of several datasets, which may be of one split or not.
    func hasSeveralDatasets(_ tables: [TableSpec]) -> Bool {
        compared(tables).contains { Set($0.rows.flatMap(\.datasets)).count > 1 }
    }

    /// The tables that refuse different splits, with the results that they compare.
    private func compared(_ tables: [TableSpec]) -> [(table: TableSpec, rows: [Row])] {
        let strict = tables.filter { !$0.allowsDifferentSplits }
        // With one dataset, as nearly every file has, nothing can differ.
        guard !strict.isEmpty, graph.units.count(where: { $0.definition.split != nil }) > 1 else {
            return []
        }
        let stages = Set(strict.flatMap { $0.rows.map(\.stage) })
        var results: [String: [(cell: Cell, datasets: [UnitID])]] = [:]
        for unit in graph.units {
            let uses = unit.uses.filter { $0.isResult && stages.contains($0.stage) }
            if uses.isEmpty { continue }
            let datasets = nearestDatasets(of: unit)
            for use in uses { results[use.stage, default: []].append((use.cell, datasets)) }
        }
        return strict.map { table in
            let rows = table.rows.flatMap { label, stage in
                (results[stage] ?? []).map {
                    Row(
                        name: IncomparableResults.Row.name(label, stage, $0.cell),
                        datasets: $0.datasets)
                }
            }
            return (table, rows)
        }
    }

    /// The datasets nearest upstream, as `KnownSplits` finds them.
    private func nearestDatasets(of unit: UnitNode) -> [UnitID] {
        var (front, seen) = (unit.inputs, Set(unit.inputs))
        while !front.isEmpty {
            let found = Set(front.filter { graph[$0].definition.split != nil })
            if !found.isEmpty { return found.sorted() }
            front = front.flatMap { graph[$0].inputs }.filter { seen.insert($0).inserted }
        }
        return []
    }
}

extension SplitForecast {
    /// Reports what the parameters of the datasets say.
    func report(_ tables: [TableSpec], _ problems: ProblemList) {
        let refused = refused(tables) { graph[$0].definition.split?.claim }
        for (table, error) in refused {
            problems.report(table.place, error.problem, hint: IncomparableResults.hint)
        }
    }
}

extension PipelineFile {
    /// Whether tables compare results of several datasets. Whether those are of one split is then known
    /// when a plan has looked at them.
    public var comparesDatasets: Bool { SplitForecast(graph).hasSeveralDatasets(tables) }

    /// Checks that no table will be refused for results of different splits, as far as the contents of the
    /// datasets tell.
    ///
    /// - Precondition: a plan of the graph has been made, which looks at the datasets.
    public func checkPlannedSplits() throws(IncomparableResults) {
        var planned: [String: String] = [:]
        for unit in graph.units {
            guard let split = unit.definition.split, planned[split.source] == nil else { continue }
            planned[split.source] = split.planned()
        }
        let refused = SplitForecast(graph).refused(tables) {
            graph[$0].definition.split.flatMap { planned[$0.source] }
        }
        if let first = refused.first { throw first.error }
    }
}
