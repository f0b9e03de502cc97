import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// What exists has a section in the documents, a bundled pipeline that uses it, and a test.
@Suite struct CatalogTests {
    /// The files of a folder with an extension, as text.
    private static func texts(_ folder: String, _ type: String) throws -> [String] {
        let root = SharedData.packageRoot.appending(path: folder)
        let files = try #require(
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        let found = files.compactMap { $0 as? URL }.filter { $0.pathExtension == type }
        #expect(!found.isEmpty, "no .\(type) in \(folder)")
        return try found.map { try String(contentsOf: $0, encoding: .utf8) }
    }

    private let format: String
    private let pipelines: [String]
    private let tests: [String]

    init() throws {
        format = try String(
            contentsOf: SharedData.packageRoot.appending(path: "Docs/PipelineFormat.md"),
            encoding: .utf8)
        pipelines = try Self.texts("pipelines", "yaml")
        // This file names nothing that exists.
        tests = try Self.texts("Tests", "swift").filter { !$0.contains("struct CatalogTests") }
    }

    private func expect(
        _ name: String, section: String, use: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            format.contains(section), "\(name): Docs/PipelineFormat.md has no '\(section)'",
            sourceLocation: sourceLocation)
        #expect(
            pipelines.contains { $0.contains(use) }, "\(name): no pipeline has '\(use)'",
            sourceLocation: sourceLocation)
    }

    private func isTested(_ words: String...) -> Bool {
        tests.contains { text in words.contains(where: text.contains) }
    }

    @Test func everyStageIsDescribedUsedAndTested() {
        for name in Catalog.registry.stages.keys.sorted() {
            expect(name, section: "### `\(name)`", use: "uses: \(name)")
            #expect(isTested("uses: \(name)"), "\(name): no test uses it")
        }
    }

    @Test func everyPETIsDescribedUsedAndTested() {
        for entry in Catalog.registry.pets {
            // A pool has a stage of its own.
            let isPool = entry.name == "prompt-pool"
            expect(
                entry.name, section: isPool ? "### `train-prompt-pool`" : "`{\(entry.name): {",
                use: isPool ? "uses: train-prompt-pool" : "{\(entry.name): {")
            let type = entry.name.split(separator: "-").map(\.capitalized).joined()
            #expect(
                isTested("{\(entry.name): {", "\(type)(", "pool: {"), "\(entry.name): no test")
            #expect(entry.summary.contains(" parameters for ViT-B/16 with "))
        }
    }

    @Test func everyDatasetIsDescribedUsedAndTested() {
        let preset = ["svhn", "mnist", "cifar10", "not-mnist", "fashion-mnist"]
        for entry in Catalog.registry.datasets {
            let name = preset.contains(entry.name) ? "five-datasets" : entry.name
            expect(entry.name, section: "`\(entry.name)`", use: "name: \(name)")
            #expect(isTested("name: \(entry.name)", "\"\(entry.name)\""), "\(entry.name): no test")
        }
    }
}
