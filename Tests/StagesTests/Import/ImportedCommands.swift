import Foundation
import Pipeline
import ReferenceImport
import Stages
import TestSupport
import Testing

/// Launch commands as pipeline files, and what these compute.
struct ImportedCommands {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func text(_ words: [String]) throws -> String {
        var reference = try ReferenceImport(words: words)
        return try reference.pipelineFile()
    }

    func text(_ command: String) throws -> String {
        try text(command.split(separator: " ").map(String.init))
    }

    /// The message of a command that cannot be imported.
    func message(_ command: String) throws -> String {
        let error = #expect(throws: UsageError.self) { try text(command) }
        return try "\(#require(error))"
    }

    /// What a file expands to.
    func graph(_ text: String) throws -> UnitGraph {
        let path = folder.path("imported.yaml")
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try PipelineFile.read(path, registry: Catalog.registry).graph
    }

    /// What units compute: everything that enters their keys, the units they read included. By name.
    func work(_ graph: UnitGraph) -> [String: String] {
        var texts: [String: String] = [:]
        for unit in graph.units {
            let definition = unit.definition
            let inputs = definition.inputs.map { "\($0.role)=\(plain(graph[$0.unit].name))" }
            texts[plain(unit.name)] =
                "\(definition.kind) \(definition.version) \(definition.parameters.canonicalJSON) "
                + "\(definition.seed.map(String.init) ?? "-") \(inputs.sorted()) "
                + "\(definition.sources.map { "\($0.role)=\($0.source.location)" })"
        }
        return texts
    }

    private func plain(_ name: String) -> String { name.replacing("{seed=42}", with: "") }
}
