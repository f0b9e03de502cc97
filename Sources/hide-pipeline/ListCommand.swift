import ArgumentParser
import Foundation
import Pipeline
import Stages

/// `list`: what exists.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists stage kinds, PETs, datasets, checkpoints or bundled pipelines.",
        discussion: """
              hide-pipeline list stages
              hide-pipeline list pets
              hide-pipeline list datasets
              hide-pipeline list checkpoints
              hide-pipeline list pipelines
            """)

    /// What can be listed.
    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case stages, pets, datasets, checkpoints, pipelines
    }

    @Argument(help: "What to list: stages, pets, datasets, checkpoints or pipelines.")
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
            Output.line("\(entry.name)\(padding)  \(entry.summary)")
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
        // One folder may be reached by several of these paths.
        var seen: Set<InputPath.Identity> = []
        var entries: [RegistryEntry] = []
        for folder in folders {
            guard let identity = try InputPath.identity(of: folder),
                seen.insert(identity).inserted
            else { continue }
            entries += try pipelines(in: folder)
        }
        return entries
    }

    private func pipelines(in folder: String) throws -> [RegistryEntry] {
        try InputPath.names(in: folder).filter { $0.hasSuffix(".yaml") }.map { name in
            let path = "\(folder)/\(name)"
            do {
                let lines = try PipelineFile.heading(path).about ?? ""
                let about = lines.split(whereSeparator: \.isNewline).joined(separator: " ")
                return RegistryEntry(
                    name: path, summary: Printable.quoted(about, limit: Self.aboutLimit))
            } catch {
                return RegistryEntry(
                    name: path, summary: "not a pipeline file; validate shows what is wrong")
            }
        }
    }

    /// The most characters of a description that are shown.
    private static let aboutLimit = 200
}
