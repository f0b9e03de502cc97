import ArgumentParser
import Pipeline

/// `validate`: all mistakes at once; touches no input.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks a pipeline file and shows all its mistakes at once.",
        discussion: """
              hide-pipeline validate pipelines/quickstart.yaml
              hide-pipeline validate pipelines/imr_hidelora.yaml --expanded

            Neither inputs nor the store are read. --store has no effect here; it is accepted because \
            every command on a pipeline file takes it.
            """)

    @OptionGroup var options: FileOptions

    @Flag(help: "Also show every unit with its inputs and its parameters, including defaults.")
    var expanded = false

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let units = file.graph.units
            let cells = file.cells.count == 1 ? "" : ", \(file.cells.count) matrix cells"
            Output.line("\(file.path): \(file.stages.count) stages\(cells), \(units.count) units")
            guard expanded else { return }
            for unit in units { show(unit, file.graph) }
        }
    }

    private func show(_ unit: UnitNode, _ graph: UnitGraph) {
        let definition = unit.definition
        Output.line("\n\(unit.name)")
        let seed = definition.seed.map { ", seed \($0)" } ?? ""
        Output.line("  kind: \(definition.kind), version \(definition.version)\(seed)")
        for (role, input) in definition.inputs { Output.line("  \(role): \(graph[input].name)") }
        for (role, source) in definition.sources { Output.line("  \(role): \(source.location)") }
        Output.line("  parameters: \(definition.parameters.canonicalJSON)")
    }
}
