/// A pipeline file that was read, checked and expanded over its matrix. No input was touched.
public struct PipelineFile: Sendable {
    /// The path as given.
    public let path: String
    /// `pipeline:`.
    public let name: String
    /// `about:`.
    public let about: String?
    /// The names of the stages, in file order.
    public let stages: [String]
    /// The matrix axes, in file order.
    public let axes: [String]
    /// The cells of the matrix, the last axis fastest; one without coordinates for no matrix.
    public let cells: [Cell]
    /// What `run` and `results` print.
    public let tables: [TableSpec]
    /// The units of all cells.
    public let graph: UnitGraph
    /// The profile, and where the file deviates from it.
    public let profileReport: ProfileReport

    /// Reads, checks and expands a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - settings: values for declared variables; on a matrix axis, the only value of the axis.
    ///   - registry: the stage kinds.
    /// - Throws: `SpecError` with every mistake of the file, `UsageError` for a setting that the file
    ///   does not declare, `UnreadableInput` when the file is missing.
    public static func read(
        _ path: String, settings: [Setting] = [], registry: Registry
    ) throws -> PipelineFile {
        let problems = ProblemList()
        var spec = try SpecParser.parse(path, problems: problems)
        if !spec.variables.isEmpty || problems.isEmpty { try apply(settings, to: &spec) }
        checkAxes(spec, problems)
        SpecParser.check(spec, problems)
        let order = StageGraph(spec.stages, registry: registry, problems: problems).order
        let cells = try cells(of: spec, problems)
        var report = ProfileReport(
            profile: spec.profile,
            needs: Dictionary(
                spec.stages.map { ($0.name, $0.needs.map(\.stage)) }, uniquingKeysWith: { $1 }))
        var stages: [[String: any Stage]] = []
        for cell in cells {
            let deviations = DeviationList()
            stages.append(decode(spec, cell, registry, problems, deviations))
            report.add(deviations.deviations, in: cell)
        }
        try problems.throwIfAny()
        let graph = expand(spec, order, cells, stages, problems, &report)
        try problems.throwIfAny()
        return PipelineFile(
            path: path, name: spec.name, about: spec.about, stages: spec.stages.map(\.name),
            axes: spec.axes.map(\.name), cells: cells, tables: spec.tables, graph: graph,
            profileReport: report)
    }

    /// Returns name and description of a file, without checking more than that.
    ///
    /// - Throws: as `read`.
    public static func heading(_ path: String) throws -> (name: String, about: String?) {
        let problems = ProblemList()
        let spec = try SpecParser.parse(path, problems: problems)
        try problems.throwIfAny()
        return (spec.name, spec.about)
    }

    private static func apply(
        _ settings: [Setting], to spec: inout PipelineSpec
    ) throws(UsageError) {
        for setting in settings {
            let names = spec.variables.map(\.name)
            guard let index = names.firstIndex(of: setting.name) else {
                throw UsageError(
                    problem: "\(setting.origin): the file declares no such variable",
                    hint: NearestName.hintOrList(setting.name, among: names))
            }
            spec.variables[index].value = setting.value
            if let axis = spec.axes.firstIndex(where: { $0.name == setting.name }) {
                spec.axes[axis].values = [setting.value]
            }
        }
    }

    private static func checkAxes(_ spec: PipelineSpec, _ problems: ProblemList) {
        let names = spec.variables.map(\.name)
        for axis in spec.axes where !names.contains(axis.name) {
            problems.report(
                axis.place, "matrix axis '\(axis.name)' is not a declared variable",
                hint: NearestName.hintOrList(axis.name, among: names))
        }
    }

    /// The largest matrix that is read.
    private static let cellLimit = 10_000

    private static func cells(
        of spec: PipelineSpec, _ problems: ProblemList
    ) throws(SpecError) -> [Cell] {
        let count = spec.axes.reduce(1) { $0 > cellLimit ? $0 : $0 * $1.values.count }
        if let axis = spec.axes.first, count > cellLimit {
            problems.report(axis.place, "the matrix has more than \(cellLimit) cells")
            try problems.throwIfAny()
        }
        return spec.axes.reduce([Cell()]) { cells, axis in
            cells.flatMap { cell in
                axis.values.map { value in
                    let text = if case .scalar(_, let text) = value.content { text } else { "" }
                    return Cell(
                        cell.coordinates
                            + [.init(axis: axis.name, value: value.value, text: text)])
                }
            }
        }
    }

    /// Reads the parameters of every stage whose kind is known, with the variables of one cell.
    private static func decode(
        _ spec: PipelineSpec, _ cell: Cell, _ registry: Registry, _ problems: ProblemList,
        _ deviations: DeviationList
    ) -> [String: any Stage] {
        var values = Dictionary(
            spec.variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        for axis in spec.axes {
            let node = axis.values.first { $0.value == cell[axis.name] }
            if let node { values[axis.name] = node }
        }
        var variables = Variables(values, problems: problems)
        var stages: [String: any Stage] = [:]
        for stage in spec.stages {
            let parameters = variables.filled(stage.parameters)
            guard let kind = registry.stages[stage.uses],
                isMapping(parameters, of: stage, problems)
            else { continue }
            let reader = ParameterReader(
                stage: stage.name, place: parameters.place,
                entries: parameters.entries ?? [], problems: problems, profile: spec.profile,
                deviations: deviations)
            stages[stage.name] = kind.init(reader)
            reader.finish()
        }
        return stages
    }

    /// Whether `with` is a mapping, or nothing, once a variable that stands for it is filled in.
    private static func isMapping(
        _ parameters: SpecNode, of stage: StageSpec, _ problems: ProblemList
    ) -> Bool {
        if parameters.entries != nil || parameters.value == .null { return true }
        if !parameters.isUnresolved {
            problems.report(
                parameters.place,
                "stage '\(stage.name)': 'with' must be a mapping, found \(parameters.found)")
        }
        return false
    }

    private static func expand(
        _ spec: PipelineSpec, _ order: [StageSpec], _ cells: [Cell],
        _ stages: [[String: any Stage]], _ problems: ProblemList, _ profile: inout ProfileReport
    ) -> UnitGraph {
        var builder = UnitGraphBuilder(cells: cells)
        for (cell, decoded) in zip(cells, stages) {
            var outputs: [String: StageExpansion.StageInput] = [:]
            for stage in order {
                let inputs = stage.needs.compactMap { need in
                    outputs[need.stage].map { (need.role, $0) }
                }
                // A stage whose need failed to expand is not expanded: one mistake, one report.
                guard inputs.count == stage.needs.count, let parsed = decoded[stage.name] else {
                    continue
                }
                var expansion = StageExpansion(
                    stage: stage.name, kind: stage.uses, profile: spec.profile, cell: cell,
                    inputs: Dictionary(inputs, uniquingKeysWith: { $1 }), builder: builder)
                do {
                    try parsed.expand(&expansion)
                    builder = expansion.builder
                    profile.add(expansion.deviations, in: cell)
                    outputs[stage.name] = StageExpansion.StageInput(
                        stage: stage.name, kind: stage.uses, output: expansion.output)
                } catch {
                    report(error, stage, problems)
                }
            }
        }
        return builder.graph(pipeline: spec.name)
    }

    private static func report(
        _ error: ExpansionError, _ stage: StageSpec, _ problems: ProblemList
    ) {
        let need = stage.needs.first { $0.role == error.role }
        let kind = need == nil ? stage.usesPlace : need?.place ?? stage.usesPlace
        problems.report(kind, "stage '\(stage.name)': \(error.problem)", hint: error.hint)
    }
}
