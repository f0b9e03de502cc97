import ArgumentParser
import Foundation
import Pipeline
import Stages

/// `export`: a trained backbone as a checkpoint file.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the backbone of a finished unit as a .safetensors checkpoint.")

    @OptionGroup var options: FileOptions

    @Argument(help: "The unit, as plan shows it.")
    var unit: String

    @Option(name: .shortAndLong, help: "The file to write.")
    var output: String

    func run() throws {
        try ErrorReport.reporting {
            let file = try options.read()
            let store = try options.store.open()
            let entry = try RunPlan(graph: file.graph, store: store).entry(of: unit)
            guard entry.verdict == .reuse, let record = entry.previous else {
                throw UnreadableInput(
                    path: unit, problem: "has not run yet",
                    hint: "hide-pipeline run \(options.file)")
            }
            let bytes = try BackboneExport.safetensors(
                try store.artifact(of: record), unit: entry.unit.name)
            do {
                try Data(bytes).write(to: URL(filePath: output), options: .atomic)
            } catch {
                throw UnreadableInput(
                    path: output, problem: "cannot be written: \(error.localizedDescription)")
            }
            print("\(output): \(bytes.count) bytes")
        }
    }
}
