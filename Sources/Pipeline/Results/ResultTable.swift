import Foundation

/// Results as text: the tables of a pipeline file, or one that shows everything.
public struct ResultTable {
    let results: ResultSet
    let file: PipelineFile

    /// Prepares the results of a file.
    public init(_ results: ResultSet, of file: PipelineFile) {
        self.results = results
        self.file = file
    }

    /// The tables of the file, separated by empty lines; without tables in the file, all numbers and
    /// matrices. Empty when there is nothing to show.
    ///
    /// - Throws: when a table of the file compares results of different splits of pictures, unless it
    ///   says that it may.
    public var text: String {
        get throws(IncomparableResults) {
            if results.entries.isEmpty { return "" }
            for table in file.tables where !table.allowsDifferentSplits { try check(table) }
            let tables = (file.tables.isEmpty ? everything : file.tables).map(render)
            return (tables + (notes.isEmpty ? [] : [notes])).joined(separator: "\n")
        }
    }

    /// A line for each note, with the stages and cells that it concerns unless it concerns all.
    private var notes: String {
        func notes(_ entry: ResultEntry) -> [ResultNote] {
            entry.notes + (entry.split?.notes ?? [])
        }
        var order: [ResultNote] = []
        for note in results.entries.flatMap(notes) where !order.contains(note) {
            order.append(note)
        }
        let warnings = order.filter { $0.name == ResultNote.warning }
        let rest = warnings.dropFirst(WarningList.lineLimit)
        order.removeAll { $0.name == ResultNote.warning }
        order += warnings.prefix(WarningList.lineLimit)
        let stages = Dictionary(grouping: results.entries, by: \.stage)
        let lines = order.map { note in
            var places: [String] = []
            for entry in results.entries where notes(entry).contains(note) {
                let isWhole = stages[entry.stage]?.allSatisfy { notes($0).contains(note) } ?? false
                let place = isWhole ? entry.stage : "\(entry.stage)\(entry.cell)"
                if !places.contains(place) { places.append(place) }
            }
            let isEverywhere = results.entries.allSatisfy { notes($0).contains(note) }
            let concerns = isEverywhere ? "" : "  [\(places.joined(separator: ", "))]"
            return "\(note.name): \(note.text)\(concerns)\n"
        }
        let last = rest.isEmpty ? [] : ["warning: \(rest.count) more warnings\n"]
        return (lines + last).joined()
    }

    /// Refuses a table over results of different splits.
    private func check(_ table: TableSpec) throws(IncomparableResults) {
        var first: IncomparableResults.Row?
        for (label, stage) in table.rows {
            for entry in results.entries where entry.stage == stage {
                guard let digest = entry.split?.digest else { continue }
                let row = IncomparableResults.Row(
                    name: IncomparableResults.Row.name(label, stage, entry.cell),
                    split: DataSplit.short(digest))
                if let first, first.split != row.split {
                    throw IncomparableResults(
                        place: "\(table.place)", table: table.title, first: first, second: row)
                }
                first = first ?? row
            }
        }
    }

    /// A table for all numbers, and one for each stage with a matrix. Results of different splits
    /// stand in tables of their own.
    private var everything: [TableSpec] {
        var groups: [(splits: Set<String>, stages: [String])] = []
        let stages = Dictionary(grouping: results.entries, by: \.stage)
        for entry in results.entries {
            let splits = Set((stages[entry.stage] ?? []).compactMap { $0.split?.digest })
            if let index = groups.firstIndex(where: { $0.splits == splits }) {
                if !groups[index].stages.contains(entry.stage) {
                    groups[index].stages.append(entry.stage)
                }
            } else {
                groups.append((splits, [entry.stage]))
            }
        }
        // A stage without any result has a row all the same, which says so.
        for gap in results.gaps where stages[gap.stage] == nil && !groups.isEmpty {
            if !groups[0].stages.contains(gap.stage) { groups[0].stages.append(gap.stage) }
        }
        return groups.flatMap { group in
            // Means over different splits would mix them.
            everything(of: group.stages, isOneSplit: group.splits.count < 2)
        }
    }

    private func everything(of stages: [String], isOneSplit: Bool) -> [TableSpec] {
        let place = Place(file: file.path, line: 1, column: 1)
        let over = isOneSplit ? file.axes.contains("seed") ? "seed" : onlyAxis : nil
        let metrics = Set(
            results.entries.filter { $0.isNumber && stages.contains($0.stage) }.map(\.metric))
        let known = Metric.shown.filter(metrics.contains)
        let others = metrics.subtracting(Metric.scalars).sorted()
        let rows = stages.map { TableSpec.Row(label: $0, stage: $0, place: place) }
        let numbers = TableSpec(
            title: file.name,
            content: .scores(rows: rows, columns: known + others),
            over: over, place: place)
        return [numbers]
            + stages.flatMap { stage in
                shownMatrices(stage).map { metric, name in
                    TableSpec(
                        title: "\(stage): \(name)",
                        content: .matrix(stage: stage, metric: metric), over: over, place: place)
                }
            }
    }

    /// The accuracy matrix, and the one before recovery where it is another one.
    private func shownMatrices(_ stage: String) -> [(metric: String, name: String)] {
        let accuracy = results.matrices(stage: stage, metric: Metric.accuracyMatrix)
        let before = results.matrices(stage: stage, metric: "accuracy-matrix-before")
        if accuracy.isEmpty { return [] }
        return [(Metric.accuracyMatrix, "accuracy")]
            + (before.isEmpty || before.mapValues(\.matrix) == accuracy.mapValues(\.matrix)
                ? [] : [("accuracy-matrix-before", "accuracy before recovery")])
    }

    private func render(_ table: TableSpec) -> String {
        switch table.content {
        case .scores(let rows, let columns): scores(table, rows, columns)
        case .matrix(let stage, let metric):
            matrices(table, stage, metric)
        }
    }

    /// The axis of a matrix with one axis.
    var onlyAxis: String? { file.axes.count == 1 ? file.axes[0] : nil }

    /// Lines with the first column flush left and the others flush right.
    static func layout(_ grid: [[String]]) -> String {
        let count = grid.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            grid.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return grid.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - text.count)
                line += column == 0 ? text + padding : "  " + padding + text
            }
            return line.trimmingSuffix { $0 == " " } + "\n"
        }.joined()
    }
}

extension ResultEntry {
    fileprivate var isNumber: Bool {
        if case .number = value { true } else { false }
    }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return String(text)
    }
}
