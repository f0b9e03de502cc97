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
        let cells = try MatrixCells(spec, problems)
        let expansion = FileExpansion(
            spec: spec, order: order, cells: cells, registry: registry, problems: problems)
        let (graph, report) = try expansion.expanded()
        return PipelineFile(
            path: path, name: spec.name, about: spec.about, stages: spec.stages.map(\.name),
            axes: spec.axes.map(\.name), cells: cells.cells, tables: spec.tables, graph: graph,
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
        let names = spec.variables.map(\.name)
        let positions = Dictionary(zip(names, 0...), uniquingKeysWith: { first, _ in first })
        for setting in settings {
            guard let index = positions[setting.name] else {
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
        let names = Set(spec.variables.map(\.name))
        for axis in spec.axes where !names.contains(axis.name) {
            problems.report(
                axis.place,
                "matrix axis '\(Printable.quoted(axis.name))' is not a declared variable",
                hint: NearestName.hintOrList(axis.name, among: names))
        }
    }
}
