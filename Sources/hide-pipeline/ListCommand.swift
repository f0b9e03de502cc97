import ArgumentParser
import Foundation
import Pipeline
import Stages

/// `list`: what exists.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists what exists.")

    /// What can be listed.
    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case stages, pets, datasets, checkpoints, pipelines
    }

    @Argument(help: "stages, pets, datasets, checkpoints or pipelines.")
    var subject: Subject

    func run() throws {
        try ErrorReport.reporting {
            let registry = Catalog.registry
            switch subject {
            case .stages:
                show(
                    registry.stages.map {
                        RegistryEntry(name: $0.key, summary: $0.value.summary)
                    }.sorted { $0.name < $1.name })
            case .pets: show(registry.pets)
            case .datasets: show(registry.datasets)
            case .checkpoints: show(registry.checkpoints)
            case .pipelines: show(pipelines())
            }
        }
    }

    private func show(_ entries: [RegistryEntry]) {
        let width = entries.map(\.name.count).max() ?? 0
        for entry in entries {
            let padding = String(repeating: " ", count: width - entry.name.count)
            print("\(entry.name)\(padding)  \(entry.summary)")
        }
    }

    /// The files in `pipelines` of the current directory, else beside the program's build folder.
    private func pipelines() -> [RegistryEntry] {
        let files = FileManager.default
        var folders = ["pipelines"]
        var parent = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        for _ in 0..<5 {
            parent.deleteLastPathComponent()
            folders.append(parent.appending(path: "pipelines").path)
        }
        for folder in folders {
            guard let names = try? files.contentsOfDirectory(atPath: folder) else { continue }
            return names.filter { $0.hasSuffix(".yaml") }.sorted().map { name in
                let path = "\(folder)/\(name)"
                let about = (try? PipelineFile.heading(path))?.about
                return RegistryEntry(name: path, summary: about ?? "")
            }
        }
        return []
    }
}
