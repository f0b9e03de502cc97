import ArgumentParser
import Pipeline

/// `validate`: all mistakes at once; touches no input.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Shows all mistakes of a pipeline file at once; touches no input.")

    @OptionGroup var options: FileOptions

    @Flag(help: "Also show every unit with its inputs and parameters, defaults filled in.")
    var expanded = false

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let units = file.graph.units
            let cells = file.cells.count == 1 ? "" : ", \(file.cells.count) matrix cells"
            print("\(file.path): \(file.stages.count) stages\(cells), \(units.count) units")
            guard expanded else { return }
            for unit in units { show(unit, file.graph) }
        }
    }

    private func show(_ unit: UnitNode, _ graph: UnitGraph) {
        let definition = unit.definition
        print("\n\(unit.name)")
        let seed = definition.seed.map { ", seed \($0)" } ?? ""
        print("  kind: \(definition.kind), version \(definition.version)\(seed)")
        for (role, input) in definition.inputs { print("  \(role): \(graph[input].name)") }
        for (role, source) in definition.sources { print("  \(role): \(source.location)") }
        print("  parameters: \(definition.parameters.canonicalJSON)")
    }
}
