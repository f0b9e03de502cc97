import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

@Suite struct DataSplitTests {
    private static func entry(
        _ path: String, _ label: Int, _ split: Split, _ digest: String
    ) -> DatasetManifest.Entry {
        DatasetManifest.Entry(path: path, label: label, split: split, byteCount: 1, sha256: digest)
    }

    private static let entries = [
        entry("a", 0, .train, "1"), entry("b", 1, .train, "2"), entry("c", 0, .test, "3"),
        entry("d", 1, .test, "4"),
    ]

    private func split(
        _ entries: [DatasetManifest.Entry], tasks: [[Int]] = [[0], [1]]
    ) -> DataSplit {
        DatasetManifest(classNames: ["x", "y", "z"], tasks: tasks, entries: entries).split
    }

    @Test func contentsAndLabelsTellASplitAndNothingElse() {
        let base = split(Self.entries)
        #expect(split(Self.entries.reversed()) == base)
        #expect(split([Self.entry("other", 0, .train, "1")] + Self.entries.dropFirst()) == base)
        for changed in [
            Self.entry("a", 1, .train, "1"), Self.entry("a", 0, .test, "1"),
            Self.entry("a", 0, .train, "5"),
        ] {
            #expect(split([changed] + Self.entries.dropFirst()).digest != base.digest)
        }
        #expect(split(Array(Self.entries.dropLast())).digest != base.digest)
    }

    @Test func tasksStandApart() {
        let base = split(Self.entries)
        #expect(base.tasks == "2 of 1 classes")
        for (tasks, words) in [
            ([[1], [0]], "2 of 1 classes"), ([[0, 1]], "1 of 2 classes"),
            ([[0, 1], [2]], "2 of 2, 1 classes"),
        ] {
            let other = split(Self.entries, tasks: tasks)
            #expect(other.digest == base.digest && other.taskDigest != base.taskDigest)
            #expect(other.tasks == words)
        }
    }

    /// Two probes on two datasets: one run, results of two splits.
    @Test func resultsCarryTheSplitOfTheirDataset() async throws {
        let folder = try TemporaryFolder()
        let data =
            "uses: dataset, with: {name: embedded, classes: continual, train-per-class: 2, test-per-class: 1, tasks:"
        let probe = "uses: linear-probe, with: {image-size: 4, steps: 2}, needs: {data:"
        let text = """
            pipeline: p
            stages:
              five: {\(data) 5}}
              one: {\(data) 1}}
              other: {\(data) 5, seed: 2}}
              a: {\(probe) five}}
              b: {\(probe) one}}
              c: {\(probe) other}}
            tables:
              - {title: same, rows: {a: a, b: b}, columns: [faa]}
            """
        let path = try folder.write(Array(text.utf8), to: "p.yaml")
        let file = try PipelineFile.read(path, registry: Catalog.registry)
        let store = InMemoryArtifactStore()
        #expect(
            await Runner().run(file.graph, in: store, options: RunOptions()) { _ in }.exitCode == 0)
        let records = Dictionary(
            store.records().map { ($0.name.unit, $0) }, uniquingKeysWith: { $1 })
        func results(_ file: PipelineFile) throws -> ResultSet {
            try ResultSet(of: file.graph) { unit in
                try records[unit.name].map { try store.artifact(of: $0) }
            }
        }
        let splits = try results(file).entries.map(\.split)
        #expect(splits.count == 3 && !splits.contains(nil))
        #expect(splits[0]?.digest == splits[1]?.digest)
        #expect(splits[0]?.digest != splits[2]?.digest)
        #expect(
            splits.map { $0?.tasks } == ["5 of 4 classes", "1 of 20 classes", "5 of 4 classes"])
        #expect(splits[0]?.taskDigest == splits[2]?.taskDigest)
        _ = try ResultTable(results(file), of: file).text
        let wrong = try folder.write(
            Array(text.replacing("b: b}", with: "c: c}").utf8), to: "q.yaml")
        let error = #expect(throws: SpecError.self) {
            try PipelineFile.read(wrong, registry: Catalog.registry)
        }
        #expect(
            error?.description.contains(
                "table 'same': 'a' (a) and 'c' (c) are results of different splits of pictures, ")
                == true)
    }
}
