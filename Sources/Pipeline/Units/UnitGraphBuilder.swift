/// Builds a graph: gives ids, makes equal definitions one unit, and names the units at the end.
///
/// One builder serves the stages of all cells. It is a class, so that nothing copies the graph that it
/// holds; what it costs grows with the units and their inputs.
package final class UnitGraphBuilder {
    /// Everything that a key is made of before the inputs have digests.
    private struct Structure: Hashable {
        enum Target: Hashable {
            case unit(Int)
            case source(String)
        }

        struct Link: Hashable {
            let role: String
            let target: Target
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
            let inputs = unit.inputs.map { Link(role: $0.role, target: .unit($0.unit.index)) }
            let sources = unit.sources.map { role, source in
                Link(role: role, target: .source("\(type(of: source)):\(source.location)"))
            }
            links = Set(inputs + sources)
        }
    }

    /// What units have in common that differ only in their cell.
    private struct Family: Hashable {
        let stage: String
        let step: String
        let task: Int?
    }

    private var definitions: [UnitDefinition] = []
    private var uses: [[UnitUse]] = []
    /// The units by the hash of their structure, which is made again where two may be equal: kept for
    /// each unit it would take more memory than the units.
    private var known: [Int: [UnitID]] = [:]
    /// For each family the unit of each cell, by the position of the cell.
    private var families: [Family: [Int: UnitID]] = [:]
    private var stages: [String] = []
    private var knownStages: Set<String> = []
    private let cells: [Cell]
    private let positions: [Cell: Int]
    /// What the stages of all cells share.
    let shared = SharedValues()
    /// What the graph holds so far.
    private(set) var size = GraphSize()

    /// Creates a builder.
    ///
    /// - Parameter cells: all cells of the matrix.
    package init(cells: [Cell] = [Cell()]) {
        self.cells = cells
        positions = Dictionary(zip(cells, 0...), uniquingKeysWith: { first, _ in first })
    }

    /// Whether the graph has come to its limit: `add` then adds nothing more.
    var isFull: Bool { size.isBeyondLimit }

    /// Adds a unit, or finds the equal one. In a graph that is full it hands back a stand-in.
    ///
    /// - Precondition: the cell is one of those of the matrix.
    package func add(_ unit: UnitDefinition, stage: String, cell: Cell = Cell()) -> UnitID {
        if isFull { return UnitID(index: 0) }
        guard let position = positions[cell] else {
            preconditionFailure("no cell \(cell) in the matrix")
        }
        let id = id(of: unit)
        let family = Family(stage: stage, step: unit.step, task: unit.task)
        let earlier = families[family]?[position]
        precondition(
            earlier == nil || earlier == id,
            "stage '\(stage)' adds two units for step '\(unit.step)', task \(unit.task ?? 0)")
        if earlier == nil {
            families[family, default: [:]][position] = id
            uses[id.index].append(
                UnitUse(
                    stage: stage, cell: cell, step: unit.step, task: unit.task,
                    isResult: unit.isResult))
            size.uses += 1
        }
        if knownStages.insert(stage).inserted { stages.append(stage) }
        return id
    }

    /// The id of a unit, which is new or that of an equal one.
    private func id(of unit: UnitDefinition) -> UnitID {
        let structure = Structure(unit)
        let hash = structure.hashValue
        let equal = known[hash]?.first { Structure(definitions[$0.index]) == structure }
        if let equal { return equal }
        let id = UnitID(index: definitions.count)
        known[hash, default: []].append(id)
        definitions.append(unit)
        uses.append([])
        size.content += unit.inputs.count + unit.parameters.size
        return id
    }

    /// Names the units.
    package func graph(pipeline: String) -> UnitGraph {
        let lines = MatrixLines.all(of: cells)
        let suffixes = families.mapValues { units in
            Set(lines.filter { $0.differ(units) }.map(\.axis))
        }
        let units = definitions.enumerated().map { index, definition in
            let use = uses[index][0]
            let family = Family(stage: use.stage, step: use.step, task: use.task)
            let suffix = use.cell.restricted(to: suffixes[family] ?? [])
            let task = use.task.map { "[\($0)]" } ?? ""
            return UnitNode(
                id: UnitID(index: index), name: "\(use.stage)/\(use.step)\(task)\(suffix)",
                definition: definition, uses: uses[index])
        }
        return UnitGraph(pipeline: pipeline, units: units, stages: stages)
    }
}

/// What a graph holds, and how much it may: enough for any sweep, and too little to fill a memory.
struct GraphSize {
    /// The most units, those of each cell counted.
    static let useLimit = 2_000_000
    /// The most inputs of units and values of their parameters.
    static let contentLimit = 20_000_000

    /// What is said of a graph beyond the limit.
    static let limitText =
        "the file makes more than \(useLimit) units, those of each cell counted, or more than "
        + "\(contentLimit) inputs and parameters of them"

    /// Units, those of each cell counted.
    var uses = 0
    /// Inputs of units and values of their parameters.
    var content = 0

    var isBeyondLimit: Bool { uses > Self.useLimit || content > Self.contentLimit }

    /// Whether the first cell of many shows that all of them go far beyond the limit.
    func isFirstOfTooMany(cells: Int) -> Bool {
        uses > 4 * Self.useLimit / cells || content > 4 * Self.contentLimit / cells
    }
}

/// The lines of a matrix along one axis: cells that differ on that axis alone.
private struct MatrixLines {
    let axis: String
    /// The line of each cell.
    private let lineOf: [Int]
    /// The number of cells of each line.
    private let lengths: [Int]

    /// The lines along each axis.
    static func all(of cells: [Cell]) -> [MatrixLines] {
        cells[0].coordinates.map { MatrixLines(along: $0.axis, cells) }
    }

    private init(along axis: String, _ cells: [Cell]) {
        self.axis = axis
        let others = Set(cells[0].coordinates.map(\.axis)).subtracting([axis])
        var lines: [Cell: Int] = [:]
        var lengths: [Int] = []
        lineOf = cells.map { cell in
            let key = cell.restricted(to: others)
            let line = lines[key] ?? lengths.count
            if lines.updateValue(line, forKey: key) == nil { lengths.append(0) }
            lengths[line] += 1
            return line
        }
        self.lengths = lengths
    }

    /// Whether changing the axis alone changes the unit. The cells are a full grid, so two different
    /// units of one family differ along at least one axis.
    ///
    /// - Parameter units: by the position of the cell; a cell may have none.
    func differ(_ units: [Int: UnitID]) -> Bool {
        var seen: [Int: (unit: UnitID, count: Int)] = [:]
        for (cell, unit) in units {
            let line = lineOf[cell]
            guard let known = seen[line] else {
                seen[line] = (unit, 1)
                continue
            }
            if known.unit != unit { return true }
            seen[line] = (unit, known.count + 1)
        }
        return seen.contains { $0.value.count < lengths[$0.key] }
    }
}
