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
            case .pipelines: show(try pipelines())
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

    /// The files in `pipelines` of the current directory, then the bundled ones, which lie beside the
    /// program's build folder. Folders below hold parts that these include.
    private func pipelines() throws -> [RegistryEntry] {
        var folders = ["pipelines"]
        var parent = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        for _ in 0..<5 {
            parent.deleteLastPathComponent()
            folders.append(parent.appending(path: "pipelines").path)
        }
        var seen: Set<String> = []
        return try folders.flatMap { folder in
            let identity = URL(filePath: folder).resolvingSymlinksInPath().path
            return seen.insert(identity).inserted ? try pipelines(in: folder) : []
        }
    }

    private func pipelines(in folder: String) throws -> [RegistryEntry] {
        let names = try InputPath.isFolder(folder) ? InputPath.names(in: folder) : []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { name in
            let path = "\(folder)/\(name)"
            do {
                return RegistryEntry(
                    name: path, summary: try PipelineFile.heading(path).about ?? "")
            } catch {
                return RegistryEntry(name: path, summary: "not a pipeline file; validate it")
            }
        }
    }
}
