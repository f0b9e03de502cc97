/// How a pipeline is run. Nothing here changes a result.
public struct RunOptions: Sendable {
    /// How many units run side by side, at least 1.
    public var jobs = 1
    /// The threads that all of them share.
    public var threads = 1
    /// The stage to stop at: only it and what it needs runs.
    public var until: String?
    /// The stage that alone runs; what it needs must be there.
    public var only: String?
    /// The unit that alone runs; what it reads must be there, and of no other unit is anything read.
    public var unit: String?
    /// The file that the graph is of, and what was set in it, for executors in other processes.
    public var origin: PipelineOrigin?
    /// The stages that run although their artifacts are there.
    public var force: Set<String> = []
    /// Whether the first failure ends the run.
    public var isFailFast = false
    /// What is recorded with every artifact: host, BLAS kernel, versions.
    public var environment: [String: String] = [:]
    /// Whether a run looks at all that its units will read before the first of them starts, and a plan
    /// at the beginnings of the files. Commands that only ask what is there need not.
    public var checksInputs = false
    /// The least time between two savings of a unit's progress, in seconds.
    public var progressInterval = 60.0

    /// Creates the options of a plain run.
    public init() {}

    /// The units that take part, and those of them that may run.
    func selection(in graph: UnitGraph) -> (all: Set<UnitID>, runnable: Set<UnitID>) {
        var all = Set(graph.units.map(\.id))
        if let unit {
            let single = Set([graph.unit(named: unit)?.id].compactMap { $0 })
            return (graph.closure(of: single), single)
        }
        if let until { all = graph.closure(of: graph.units(of: until)) }
        var runnable = all
        if let only {
            runnable = graph.units(of: only).intersection(all)
            all = graph.closure(of: runnable)
        }
        return (all, runnable)
    }

    /// The units of the stages in `force`.
    func forced(in graph: UnitGraph) -> Set<UnitID> {
        force.reduce(into: []) { $0.formUnion(graph.units(of: $1)) }
    }
}
