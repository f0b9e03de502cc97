/// The units of one stage in one matrix cell, while the stage adds them.
public struct StageExpansion {
    /// The name of the stage in the file.
    public let stage: String
    /// The stage kind, `uses:` in the file.
    public let kind: String
    /// The rule set of the file.
    public let profile: Profile
    /// What the stage offers to others; set by `Stage.expand(_:)`.
    public var output: (any StageOutput)?

    let cell: Cell
    let inputs: [String: StageInput]
    private(set) var deviations: [ProfileDeviation] = []
    let builder: UnitGraphBuilder

    /// A stage that fills a role, and what it offers.
    struct StageInput {
        let stage: String
        let kind: String
        let output: (any StageOutput)?
    }

    init(
        stage: String, kind: String, profile: Profile, cell: Cell, inputs: [String: StageInput],
        builder: UnitGraphBuilder
    ) {
        self.stage = stage
        self.kind = kind
        self.profile = profile
        self.cell = cell
        self.inputs = inputs
        self.builder = builder
    }

    /// Returns what fills a role; nil for an optional role that the file leaves out.
    public func need(_ role: String) -> (any StageOutput)? {
        inputs[role]?.output
    }

    /// Returns what fills an optional role; nil when the file leaves it out.
    ///
    /// - Throws: `ExpansionError` naming both stages when the other stage offers something else.
    public func need<Output: StageOutput>(
        _ role: String, as type: Output.Type
    ) throws(ExpansionError) -> Output? {
        guard let input = inputs[role] else { return nil }
        if let output = input.output as? Output { return output }
        throw ExpansionError(
            role: role,
            problem: "need '\(role)' cannot be filled by stage '\(input.stage)' (\(input.kind))")
    }

    /// Returns what fills a role that the file must fill.
    ///
    /// - Throws: `ExpansionError` naming both stages when the other stage offers something else.
    public func required<Output: StageOutput>(
        _ role: String, as type: Output.Type
    ) throws(ExpansionError) -> Output {
        if let output = try need(role, as: type) { return output }
        throw ExpansionError(role: role, problem: "need '\(role)' is missing")
    }

    /// Notes the value in effect of a setting whose default the profile chooses; a deviation where it
    /// is not that default.
    public mutating func note(_ setting: String, value: String, standard: String) {
        guard value != standard else { return }
        deviations.append(
            ProfileDeviation(stage: stage, setting: setting, value: value, standard: standard))
    }

    /// Whether the graph has come to its limit: what is added now is not kept, and need not be made.
    public var isFull: Bool { builder.isFull }

    /// What to add to a graph that is full, in place of a unit.
    public var standIn: UnitID { UnitID(index: 0) }

    /// Adds a unit and returns its id. A definition equal to one that is already in the graph, of any
    /// stage and cell, is the same unit.
    ///
    /// - Precondition: no other unit of this stage and cell has the same step and task.
    public mutating func add(_ unit: UnitDefinition) -> UnitID {
        builder.add(unit, stage: stage, cell: cell)
    }
}

/// Why a stage cannot be expanded: a mistake of the pipeline file that only the stage can see.
public struct ExpansionError: Error, Sendable, Equatable {
    /// The role in `needs:` at fault; nil when the stage as a whole is.
    public let role: String?
    /// What is wrong, without the name of the stage.
    public let problem: String
    /// What to do about it.
    public let hint: String?

    /// Creates an error.
    public init(role: String? = nil, problem: String, hint: String? = nil) {
        self.role = role
        self.problem = problem
        self.hint = hint
    }
}
