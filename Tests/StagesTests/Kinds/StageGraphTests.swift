import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// What stages expand to: the units, their order, and what enters their keys.
@Suite struct StageGraphTests {
    static let pipelines = SharedData.packageRoot.appending(path: "pipelines")

    private func graph(_ name: String, _ settings: [String: String] = [:]) throws -> UnitGraph {
        try PipelineFile.read(
            Self.pipelines.appending(path: name).path,
            settings: try settings.map { try Setting(parsing: "\($0.key)=\($0.value)") },
            registry: Catalog.registry
        ).graph
    }

    /// The definitions by name, as far as they enter keys before inputs have digests.
    private func documents(_ graph: UnitGraph) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: graph.units.map { unit in
                let definition = unit.definition
                let text =
                    "\(definition.kind) \(definition.version) \(definition.parameters.canonicalJSON)"
                return (unit.name, text + " \(definition.seed.map(String.init) ?? "-")")
            })
    }

    @Test func everyBundledPipelineExpands() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.pipelines.path)
            .filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 5)
        for file in files {
            #expect(try !graph(file).units.isEmpty)
        }
    }

    @Test func placesOfDataAndWeightsNeverEnterAKey() throws {
        let here = try documents(graph("photo_folder.yaml", ["data": "a", "weights": "b"]))
        let there = try documents(graph("photo_folder.yaml", ["data": "c/d", "weights": "e"]))
        #expect(here == there)
        #expect(!here.isEmpty)
    }

    @Test func anotherRecoveryRateChangesRecoveryAlone() throws {
        let before = try documents(graph("photo_folder.yaml"))
        let after = try documents(graph("photo_folder.yaml", ["recovery-rate": "0.01"]))
        let changed = before.keys.filter { before[$0] != after[$0] }
        #expect(!changed.isEmpty)
        #expect(
            changed.allSatisfy {
                $0.hasPrefix("shared-head/recover") || $0.hasPrefix("hide-head/recover")
            })
    }

    @Test func anotherSeedChangesNothingThatDrawsNoNumbers() throws {
        let before = try documents(graph("photo_folder.yaml", ["seed": "1"]))
        let after = try documents(graph("photo_folder.yaml", ["seed": "2"]))
        let steps = Set(
            before.keys.filter { before[$0] != after[$0] }.map { name in
                String(name.split(separator: "/")[1].prefix { $0 != "[" })
            })
        #expect(steps == ["initial", "train", "statistics", "recover"])
    }

    /// The contrastive term keeps multi-centroid statistics of all tasks but the last, and recovery
    /// uses the same: they are computed once.
    @Test func statisticsOfContrastAndRecoveryAreTheSameUnits() throws {
        let graph = try graph("photo_folder.yaml", ["tasks": "3"])
        let shared = graph.units.filter { unit in
            Set(unit.uses.map(\.stage)).isSuperset(of: ["hide", "hide-statistics"])
        }
        #expect(
            shared.map(\.definition.kind).sorted() == [
                "class-statistics", "class-statistics", "extract-features", "extract-features",
            ])
    }

    /// The initial head and PET are those of the shared stage, which has the same seed and PET.
    @Test func aSlotStartsFromTheOneBeforeAndMergesWithAll() throws {
        let graph = try graph("photo_folder.yaml", ["tasks": "3"])
        let third = try #require(graph.unit(named: "hide/train[3]"))
        let roles = third.definition.inputs.map { "\($0.role)=\(graph[$0.unit].name)" }
        #expect(
            Set(roles) == [
                "backbone=backbone/load", "data=data/split", "initial=shared/initial",
                "start=hide/train[2]", "previous[0]=hide/train[1]", "previous[1]=hide/train[2]",
                "memory[0]=hide/statistics[1]", "memory[1]=hide/statistics[2]",
            ])
    }

    /// The published recipe (Reference 14.3): rates in effect, per epoch (Reference 5.4).
    @Test func theImageNetRRecipeCarriesThePublishedValues() throws {
        let graph = try graph("imr_hidelora.yaml")
        let hide = try #require(graph.unit(named: "hide/train[2]{seed=42}")).definition.parameters
        let text = hide.canonicalJSON
        for part in [
            #""blocks":[0,1,2,3,4],"rank":5"#, #""epochs":50"#, #""replicas":8,"size":24"#,
            #""clipNorm":2"#, #""rate":0.01"#, #""warmUp":5"#, #""merge":0.1"#,
            #""weight":0.001"#, #""centroids":10"#,
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        let shared = try #require(graph.unit(named: "shared/train[2]{seed=42}"))
        #expect(shared.definition.parameters.canonicalJSON.contains(#""petFactor":0.1"#))
        #expect(shared.definition.parameters.canonicalJSON.contains(#""rate":0.03"#))
    }
}
