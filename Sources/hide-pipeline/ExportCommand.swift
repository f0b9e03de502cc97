import ArgumentParser
import Foundation
import Pipeline
import Stages

/// `export`: a trained backbone as a checkpoint file.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the backbone of a finished unit as a .safetensors checkpoint.",
        discussion: """
              hide-pipeline export pipelines/quickstart_pretrain.yaml backbone/train \\
                --output vit.safetensors
            """)

    @OptionGroup var options: FileOptions

    @Argument(help: "The name of the unit, as 'plan' shows it.")
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
            try checkOutput()
            let bytes = try BackboneExport.safetensors(
                try store.artifact(of: record), unit: entry.unit.name)
            do {
                try Data(bytes).write(to: URL(filePath: output), options: .atomic)
            } catch {
                throw UnwritableFile(path: output, problem: error.localizedDescription)
            }
            Output.line("\(output): \(bytes.count) bytes")
        }
    }

    /// Only a plain file is replaced: moving a new one over a device would remove the device.
    private func checkOutput() throws {
        let folder = (output as NSString).deletingLastPathComponent
        if !folder.isEmpty, try InputPath.kind(of: folder) != .folder {
            throw UnwritableFile(
                path: output, problem: "the folder '\(folder)' does not exist",
                hint: "make it, or name another one with --output")
        }
        switch try InputPath.kind(of: output) {
        case .absent, .file: return
        case .folder:
            throw UnwritableFile(
                path: output, problem: "it is a folder", hint: "name the file, too")
        case .other(let what): throw UnwritableFile(path: output, problem: "it is \(what)")
        }
    }
}
