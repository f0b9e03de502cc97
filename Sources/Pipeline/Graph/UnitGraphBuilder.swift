/// Builds a graph: gives ids, makes equal definitions one unit, and names the units at the end.
package struct UnitGraphBuilder {
    /// Everything that a key is made of before the inputs have digests.
    private struct Structure: Hashable {
        struct Link: Hashable {
            let role: String
            let target: String
        }

        let kind: String
        let version: Int
        let parameters: Value
        let seed: Int?
        let links: Set<Link>

        init(_ unit: UnitDefinition) {
            kind = unit.kind
            version = unit.version
            parameters = unit.parameters
            seed = unit.seed
            let inputs = unit.inputs.map { Link(role: $0.role, target: "#\($0.unit.index)") }
            let sources = unit.sources.map { role, source in
                Link(role: role, target: "\(type(of: source)):\(source.location)")
            }
            links = Set(inputs + sources)
        }
    }

    /// The place of a unit in a stage, whatever the cell.
    private struct Slot: Hashable {
        let stage: String
        let step: String
        let task: Int?
    }

    private var definitions: [UnitDefinition] = []
    private var uses: [[UnitUse]] = []
    private var known: [Structure: UnitID] = [:]
    private var slots: [Slot: [Cell: UnitID]] = [:]
    private var stages: [String] = []
    private let cells: [Cell]
    /// What the stages of all cells share.
    let shared = SharedValues()

    /// Creates a builder.
    ///
    /// - Parameter cells: all cells of the matrix.
    package init(cells: [Cell] = [Cell()]) {
        self.cells = cells
    }

    /// Adds a unit, or finds the equal one.
    package mutating func add(
        _ unit: UnitDefinition, stage: String, cell: Cell = Cell()
    ) -> UnitID {
        let structure = Structure(unit)
        let id = known[structure] ?? UnitID(index: definitions.count)
        if known[structure] == nil {
            known[structure] = id
            definitions.append(unit)
            uses.append([])
        }
        let slot = Slot(stage: stage, step: unit.step, task: unit.task)
        let earlier = slots[slot]?[cell]
        precondition(
            earlier == nil || earlier == id,
            "stage '\(stage)' adds two units for step '\(unit.step)', task \(unit.task ?? 0)")
        if earlier == nil {
            slots[slot, default: [:]][cell] = id
            uses[id.index].append(
                UnitUse(
                    stage: stage, cell: cell, step: unit.step, task: unit.task,
                    isResult: unit.isResult))
        }
        if !stages.contains(stage) { stages.append(stage) }
        return id
    }

    /// Names the units.
    package func graph(pipeline: String) -> UnitGraph {
        let suffixes = slots.mapValues(axesOfDifference)
        let units = definitions.enumerated().map { index, definition in
            let use = uses[index][0]
            let slot = Slot(stage: use.stage, step: use.step, task: use.task)
            let suffix = use.cell.restricted(to: suffixes[slot] ?? [])
            let task = use.task.map { "[\($0)]" } ?? ""
            return UnitNode(
                id: UnitID(index: index), name: "\(use.stage)/\(use.step)\(task)\(suffix)",
                definition: definition, uses: uses[index])
        }
        return UnitGraph(pipeline: pipeline, units: units, stages: stages)
    }

    /// The axes along which changing that axis alone changes the unit. The cells are a full grid, so
    /// two different units of one slot differ on at least one of these axes.
    private func axesOfDifference(_ units: [Cell: UnitID]) -> Set<String> {
        var axes: Set<String> = []
        for axis in cells[0].coordinates.map(\.axis) {
            let others = Set(cells[0].coordinates.map(\.axis)).subtracting([axis])
            let lines = Dictionary(grouping: cells) { $0.restricted(to: others) }
            let differs = lines.values.contains { Set($0.map { units[$0] }).count > 1 }
            if differs { axes.insert(axis) }
        }
        return axes
    }
}
