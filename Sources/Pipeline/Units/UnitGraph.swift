/// Identifies a unit within one graph.
public struct UnitID: Sendable, Hashable, Comparable {
    /// The position in `UnitGraph.units`.
    public let index: Int

    package init(index: Int) {
        self.index = index
    }

    /// Orders by position, so that inputs come before the units that read them.
    public static func < (left: UnitID, right: UnitID) -> Bool { left.index < right.index }
}

/// A unit in its graph: definition, name, and every place of the matrix that it serves.
public struct UnitNode: Sendable, Identifiable {
    /// The id.
    public let id: UnitID
    /// The name, unique in the graph: `hide/train[3]{seed=42}`. The braces hold only the axes on
    /// which this unit differs.
    public let name: String
    /// The stage that added the unit first.
    public var stage: String { uses[0].stage }
    /// The step within that stage.
    public var step: String { definition.step }
    /// The task, from 1.
    public var task: Int? { definition.task }
    /// The matrix cell that added the unit first, with all its axes.
    public var cell: Cell { uses[0].cell }
    /// What the unit computes.
    public let definition: UnitDefinition
    /// The ids of the inputs, in the order of the definition; each smaller than `id`.
    public var inputs: [UnitID] { definition.inputs.map(\.unit) }
    /// Every stage and cell that asked for this unit; never empty.
    public let uses: [UnitUse]
}

/// A stage and cell that asked for a unit.
public struct UnitUse: Sendable, Hashable {
    /// The name of the stage.
    public let stage: String
    /// The matrix cell, with all its axes.
    public let cell: Cell
    /// The step, as that stage calls it.
    public let step: String
    /// The task, as that stage calls it.
    public let task: Int?
    /// Whether that stage shows the artifact as a result.
    public let isResult: Bool
}

/// The units of a pipeline over all matrix cells. Structurally equal definitions are one unit.
public struct UnitGraph: Sendable {
    /// The name of the pipeline.
    public let pipeline: String
    /// The units, inputs before the units that read them.
    public let units: [UnitNode]
    /// The names of the stages in dependency order.
    public let stages: [String]

    package init(pipeline: String, units: [UnitNode], stages: [String]) {
        self.pipeline = pipeline
        self.units = units
        self.stages = stages
    }

    /// Returns a unit of this graph.
    public subscript(id: UnitID) -> UnitNode { units[id.index] }

    /// Returns the unit with this name.
    public func unit(named name: String) -> UnitNode? {
        units.first { $0.name == name }
    }

    /// Returns the units that a stage asked for, in any cell.
    public func units(of stage: String) -> Set<UnitID> {
        Set(units.filter { $0.uses.contains { $0.stage == stage } }.map(\.id))
    }

    /// Returns `ids` with everything that they read, directly or not.
    public func closure(of ids: Set<UnitID>) -> Set<UnitID> {
        var reached = ids
        for unit in units.reversed() where reached.contains(unit.id) {
            reached.formUnion(unit.inputs)
        }
        return reached
    }

    /// For each unit the notes on its own sources and those upstream, each once, the furthest first.
    ///
    /// - Parameter own: the notes on the sources of a unit.
    func notes(from own: (UnitNode) -> [ResultNote]) -> [[ResultNote]] {
        var notes: [[ResultNote]] = []
        notes.reserveCapacity(units.count)
        for unit in units {
            var known: Set<ResultNote> = []
            let all = unit.inputs.flatMap { notes[$0.index] } + own(unit)
            notes.append(all.filter { known.insert($0).inserted })
        }
        return notes
    }

    /// For each unit the facts about its own sources and those upstream, by role; a nearer unit wins.
    ///
    /// - Parameter own: the facts about the sources of each unit, by role.
    public func facts(from own: [UnitID: [String: SourceFacts]]) -> [[String: SourceFacts]] {
        var facts: [[String: SourceFacts]] = []
        facts.reserveCapacity(units.count)
        for unit in units {
            var known: [String: SourceFacts] = [:]
            for input in unit.inputs {
                known.merge(facts[input.index]) { first, _ in first }
            }
            known.merge(own[unit.id] ?? [:]) { $1 }
            facts.append(known)
        }
        return facts
    }
}
