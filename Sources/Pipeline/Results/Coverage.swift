/// Which results a row of a table is made of, and which of them are not there.
struct Coverage: Hashable {
    /// The values of the axis whose results are there.
    private(set) var present: [String] = []
    /// The values whose results were never measured.
    private(set) var missing: [String] = []
    /// The values of which the store holds results of other parameters.
    private(set) var stale: [String] = []
    /// How many different results are there: cells may share one.
    private(set) var count = 0
    /// How many different results there should be.
    private(set) var total = 0

    /// The coverage of a stage in cells that differ on `axis`; without an axis there is one cell.
    init(stage: String, cells: [Cell], over axis: String?, in places: ResultPlaces) {
        func values(_ cells: [Cell]) -> [String] {
            var seen: Set<String> = []
            return cells.compactMap { cell in
                let text = cell.coordinates.first { $0.axis == axis }?.text ?? ""
                return seen.insert(text).inserted ? Printable.quoted(text) : nil
            }
        }
        let gaps = cells.map { places.gaps[stage]?[$0] ?? [] }
        let units = cells.map { places.units[stage]?[$0] ?? [] }
        func incomplete(_ state: ResultGap.State) -> [Cell] {
            zip(cells, gaps).filter { $0.1.contains { $0.state == state } }.map(\.0)
        }
        present = values(
            cells.indices.filter { gaps[$0].isEmpty && !units[$0].isEmpty }.map { cells[$0] })
        missing = values(incomplete(.missing))
        stale = values(incomplete(.stale))
        count = Set(units.joined()).count
        total = count + Set(gaps.joined().map(\.unit)).count
    }

    /// Whether every result is there.
    var isComplete: Bool { missing.isEmpty && stale.isEmpty }

    /// Whether the same values are there, and the same missing, in all rows.
    static func isCommon(_ rows: [Coverage]) -> Bool {
        rows.allSatisfy { $0.present == rows[0].present && $0.gapText == rows[0].gapText }
    }

    /// `3`, or `2 of 3`.
    var countText: String { count == total ? "\(count)" : "\(count) of \(total)" }

    /// `4 missing; 5, 6 stale`; empty when everything is there.
    var gapText: String {
        [(missing, "missing"), (stale, "stale")].filter { !$0.0.isEmpty }
            .map { "\(Self.list($0.0)) \($0.1)" }.joined(separator: "; ")
    }

    /// What stands instead of a number; nil where there should be none either.
    var word: String? {
        if !missing.isEmpty { return "missing" }
        return stale.isEmpty ? nil : "stale"
    }

    /// `over seed 1, 2, 3; 4 missing, n = 3 of 4`, without `over` where nothing is averaged.
    func text(over axis: String, _ aggregate: String) -> String {
        let names = present.isEmpty ? axis : "\(axis) \(Self.list(present))"
        var text = count > 1 ? "\(aggregate) over \(names)" : names
        if !isComplete { text += "; \(gapText)" }
        if !isComplete || count < present.count { text += ", n = \(countText)" }
        return text
    }

    /// Values, those behind the twentieth only counted.
    static func list(_ values: [String]) -> String {
        let shown = values.prefix(20).joined(separator: ", ")
        return values.count > 20 ? "\(shown) and \(values.count - 20) more" : shown
    }
}

/// The units of results, and the results that are not there, by stage and cell.
struct ResultPlaces {
    private(set) var units: [String: [Cell: Set<String>]] = [:]
    private(set) var gaps: [String: [Cell: [ResultGap]]] = [:]

    init(_ results: ResultSet) {
        for entry in results.entries {
            units[entry.stage, default: [:]][entry.cell, default: []].insert(entry.unit)
        }
        for gap in results.gaps {
            gaps[gap.stage, default: [:]][gap.cell, default: []].append(gap)
        }
    }
}
