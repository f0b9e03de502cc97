/// The way from the stages of a file to the units of all cells. What it costs grows with the number of
/// units.
struct FileExpansion {
    let spec: PipelineSpec
    /// The stages, each after those it needs.
    let order: [StageSpec]
    let cells: MatrixCells
    let registry: Registry
    let problems: ProblemList

    /// Reads the parameters of every stage in every cell and expands them.
    ///
    /// - Throws: `SpecError` with every mistake.
    func expanded() throws(SpecError) -> (graph: UnitGraph, report: ProfileReport) {
        var report = ProfileReport(
            profile: spec.profile,
            needs: Dictionary(
                spec.stages.map { ($0.name, $0.needs.map(\.stage)) }, uniquingKeysWith: { $1 }))
        let stages = decoded(&report)
        try problems.throwIfAny()
        let graph = graph(of: stages, &report)
        try problems.throwIfAny()
        SplitForecast(graph).report(spec.tables, problems)
        try problems.throwIfAny()
        return (graph, report)
    }

    // MARK: Parameters

    /// The stages of each cell.
    private func decoded(_ report: inout ProfileReport) -> [[String: any Stage]] {
        let declared = Dictionary(
            spec.variables.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let budget = ExpansionBudget()
        var stages: [[String: any Stage]] = []
        for (index, cell) in cells.cells.enumerated() {
            var values = declared
            for (name, node) in cells.values(ofCell: index) { values[name] = node }
            let deviations = DeviationList()
            var variables = Variables(values, problems: problems, budget: budget)
            stages.append(decoded(&variables, budget, deviations))
            if budget.isSpent { break }
            report.add(deviations.deviations, in: cell)
            if let axis = cells.axes.first, budget.isFirstOfTooMany(cells: cells.cells.count) {
                problems.report(
                    axis.place,
                    "the cells of the matrix make more than \(ExpansionBudget.totalLimit) values, "
                        + "variables filled in")
                return stages
            }
            budget.beginCell()
        }
        return stages
    }

    /// Reads the parameters of every stage whose kind is known, with the variables of one cell.
    private func decoded(
        _ variables: inout Variables, _ budget: ExpansionBudget, _ deviations: DeviationList
    ) -> [String: any Stage] {
        var stages: [String: any Stage] = [:]
        for stage in spec.stages {
            let parameters = variables.filled(stage.parameters)
            // What could not be filled in is no mistake of the stage.
            if budget.isSpent { break }
            guard let kind = registry.stages[stage.uses], isMapping(parameters, of: stage) else {
                continue
            }
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
    private func isMapping(_ parameters: SpecNode, of stage: StageSpec) -> Bool {
        if parameters.entries != nil || parameters.value == .null { return true }
        if !parameters.isUnresolved {
            problems.report(
                parameters.place,
                "\(stage.shown): 'with' must be a mapping, found \(parameters.found)")
        }
        return false
    }

    // MARK: Units

    private func graph(
        of stages: [[String: any Stage]], _ report: inout ProfileReport
    ) -> UnitGraph {
        let builder = UnitGraphBuilder(cells: cells.cells)
        for (index, cell) in cells.cells.enumerated() {
            expand(stages[index], in: cell, into: builder, &report)
            if builder.isFull || index == 0 && isFirstOfTooMany(builder.size) { break }
        }
        return builder.graph(pipeline: spec.name)
    }

    /// Adds the units of one cell.
    private func expand(
        _ stages: [String: any Stage], in cell: Cell, into builder: UnitGraphBuilder,
        _ report: inout ProfileReport
    ) {
        var outputs: [String: StageExpansion.StageInput] = [:]
        for stage in order {
            let inputs = stage.needs.compactMap { need in
                outputs[need.stage].map { (need.role, $0) }
            }
            // A stage whose need failed to expand is not expanded: one mistake, one report.
            guard inputs.count == stage.needs.count, let parsed = stages[stage.name] else {
                continue
            }
            var expansion = StageExpansion(
                stage: stage.name, kind: stage.uses, profile: spec.profile, cell: cell,
                inputs: Dictionary(inputs, uniquingKeysWith: { $1 }), builder: builder)
            do {
                try parsed.expand(&expansion)
            } catch {
                self.report(error, stage)
                continue
            }
            report.add(expansion.deviations, in: cell)
            outputs[stage.name] = StageExpansion.StageInput(
                stage: stage.name, kind: stage.uses, output: expansion.output)
            if builder.isFull {
                problems.report(
                    stage.usesPlace, "\(stage.shown): with it, \(GraphSize.limitText)",
                    hint: "fewer tasks, episodes or cells; a sweep may be several files")
                return
            }
        }
    }

    /// Reports a matrix whose first cell shows that all of them are too many.
    private func isFirstOfTooMany(_ size: GraphSize) -> Bool {
        let count = cells.cells.count
        guard let axis = cells.axes.first, size.isFirstOfTooMany(cells: count) else {
            return false
        }
        problems.report(
            axis.place,
            "in \(count) cells of about \(size.uses) units each, \(GraphSize.limitText)",
            hint: "fewer tasks, episodes or cells; a sweep may be several files")
        return true
    }

    private func report(_ error: ExpansionError, _ stage: StageSpec) {
        let need = stage.needs.first { $0.role == error.role }
        let kind = need == nil ? stage.usesPlace : need?.place ?? stage.usesPlace
        problems.report(kind, "\(stage.shown): \(error.problem)", hint: error.hint)
    }
}
