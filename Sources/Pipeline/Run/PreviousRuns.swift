/// What ran before under which name: finds the document that a new one is compared with.
struct PreviousRuns: Sendable {
    /// The last record of each unit name of this pipeline.
    private var named: [String: UnitRecord] = [:]
    /// Records of this pipeline whose names its graph no longer has (renamed stages, other cells).
    private var orphans: [UnitRecord] = []

    init(_ records: [UnitRecord], graph: UnitGraph) {
        let names = Set(graph.units.map(\.name))
        for record in records where record.name.pipeline == graph.pipeline {
            guard names.contains(record.name.unit) else {
                orphans.append(record)
                continue
            }
            if let other = named[record.name.unit], other.finished > record.finished { continue }
            named[record.name.unit] = record
        }
    }

    /// The record that a unit without one of its own is compared with: the last of the same name
    /// and kind, else, of the names that are no more, the nearest document of the same kind.
    func candidate(for unit: UnitNode, _ document: KeyDocument) -> UnitRecord? {
        let kind = unit.definition.kind
        if let record = named[unit.name], record.document.kind == kind { return record }
        let candidates = orphans.filter { $0.document.kind == kind }.map { record in
            (record, DocumentDifference.between(record.document, document).count)
        }
        return candidates.min { ($0.1, -$0.0.finished) < ($1.1, -$1.0.finished) }?.0
    }
}
