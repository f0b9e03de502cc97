import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Several datasets one after the other, through pipeline files.
@Suite struct DatasetSequenceTests {
    private let folder: TemporaryFolder
    private let store = InMemoryArtifactStore()

    init() throws { folder = try TemporaryFolder() }

    private var root: String { folder.url.path }

    /// The fixtures of these datasets below the root, as `five-datasets` looks for them.
    private func download(_ names: [String]) throws {
        let archive = SharedData.packageRoot
            .appending(path: "Tests/StagesTests/Fixtures/datasets.tar.gz")
        try ArchiveUnpacker(archive: archive.path, into: root, items: names).unpack()
        for name in names where !["svhn", "mnist", "fashion-mnist"].contains(name) {
            for file in try FileManager.default.contentsOfDirectory(atPath: folder.path(name)) {
                try FileManager.default.moveItem(
                    atPath: folder.path("\(name)/\(file)"), toPath: folder.path(file))
            }
        }
    }

    private func graph(_ data: String, _ stages: String = "") throws -> UnitGraph {
        let text = """
            pipeline: p
            stages:
              backbone: {uses: checkpoint, with: {model: vit-base-patch16-224, path: w}}
              data: {uses: dataset, with: {\(data)}}
              probe: {uses: linear-probe, needs: {data: data}, with: {image-size: 4, steps: 2}}
            \(stages)
            """
        let path = try folder.write(Array(text.utf8), to: "p.yaml")
        return try PipelineFile.read(path, registry: Catalog.registry).graph
    }

    private func message(_ data: String) -> String? {
        let error = #expect(throws: SpecError.self) { _ = try graph(data) }
        return error.map {
            $0.description.replacingOccurrences(of: folder.path("p.yaml"), with: "p")
        }
    }

    /// Runs up to the manifest, or further.
    private func manifest(
        _ data: String, until stage: String = "data"
    ) async throws -> (manifest: DatasetManifest, log: [String]) {
        var options = RunOptions()
        options.until = stage
        let summary = await Runner().run(try graph(data), in: store, options: options) { _ in }
        #expect(summary.exitCode == 0)
        let record = try #require(
            store.records().filter { $0.name.unit == "data/split" }
                .max { $0.finished < $1.finished })
        return (
            try DatasetManifest(artifact: store.artifact(of: record)),
            try store.unitProtocol(of: record).log
        )
    }

    private func training(_ data: String) throws -> String {
        let graph = try graph(
            data,
            """
              shared:
                uses: train-shared-pet
                needs: {backbone: backbone, data: data}
                with: {seed: 1, pet: {lora: {rank: 2, blocks: [0]}}, epochs: 1, batch: {size: 4}, optimizer: {adam: {lr: 0.1}}}
            """)
        return try #require(graph.unit(named: "shared/train[5]")).definition.parameters
            .canonicalJSON
    }

    @Test func fiveDatasetsFollowEachOther() async throws {
        try download(["svhn", "mnist", "cifar10", "not-mnist", "fashion-mnist"])
        let (manifest, log) = try await manifest(
            "name: five-datasets, root: \(root), counts: any", until: "probe")
        #expect(manifest.tasks == (0..<5).map { Array(10 * $0..<10 * $0 + 10) })
        #expect(
            [0, 10, 20, 30, 40].map { manifest.classNames[$0] } == [
                "svhn: 0", "mnist: 0", "cifar10: kind0", "not-mnist: A",
                "fashion-mnist: T-shirt/top",
            ])
        #expect(
            (0..<5).map { manifest.entries(split: .test, task: $0).first?.path } == [
                "1-svhn/test_32x32.mat#0", "2-mnist/t10k-images-idx3-ubyte#0",
                "3-cifar10/cifar-10-batches-py/test_batch#0", "4-not-mnist/notMNIST_small/A/a0.png",
                "5-fashion-mnist/t10k-images-idx3-ubyte#0",
            ])
        #expect(manifest.entries(split: .train, task: 2).map(\.label).prefix(2) == [21, 28])
        #expect(manifest.entries.allSatisfy { $0.part == $0.label / 10 })
        #expect(try DatasetManifest(artifact: manifest.artifact) == manifest)
        #expect(log.contains { $0.hasSuffix("/cifar-10-python.tar.gz") })
        #expect(
            log.contains(
                "warning: not as published: cifar10: 10 training pictures instead of 50000"))
        #expect(log.count { $0.hasPrefix("left out, no picture: 4-not-mnist/") } == 2)
        #expect(log.last?.hasPrefix("50 classes, ") == true)
    }

    /// What a training unit does with the pictures of each dataset: whether it treats them as CIFAR's.
    private func areCIFAR(_ parameters: String) -> [Bool] {
        parameters.components(separatedBy: #""train":"#).dropFirst()
            .map { $0.contains("bicubic") && $0.contains("0.507") }
    }

    @Test func onlyCIFARIsTransformedAsCIFAR() throws {
        let base = "name: five-datasets, root: d"
        #expect(areCIFAR(try training(base)) == [false, false, true, false, false])
        #expect(
            areCIFAR(try training("\(base), transforms: sticky"))
                == [false, false, true, true, true])
    }

    /// Where all datasets are treated alike, nothing in the parameters tells that there are several.
    @Test func equalTransformsAreOne() throws {
        let two = "{name: svhn, root: d, tasks: 3}, {name: mnist, root: d, tasks: 2}"
        let sequence = try training("name: sequence, datasets: [\(two)]")
        let single = try training("name: svhn, root: d, tasks: 5")
        #expect(sequence == single)
        let whole = "normalize: symmetric, augment: none"
        #expect(
            areCIFAR(try training("name: five-datasets, root: d, \(whole)")) == [])
    }

    /// Reference 2.4: 12, 10, 20 and 20 classes a task, and the order that seed 42 gives.
    @Test func tasksOfSeveralDatasetsAreShuffledAsInPython() async throws {
        try download(["cifar100"])
        let datasets = [60, 50, 100, 100].map {
            "{name: cifar100, root: \(root), tasks: 5, first-classes: \($0), counts: any}"
        }
        let data = "name: sequence, datasets: [\(datasets.joined(separator: ", "))]"
        let (plain, _) = try await manifest(data)
        #expect(plain.classNames.count == 310)
        #expect(
            plain.tasks.map(\.count)
                == [12, 10, 20, 20].flatMap { [Int](repeating: $0, count: 5) })
        #expect([0, 5, 10, 15].map { plain.tasks[$0][0] } == [0, 60, 110, 210])
        #expect(plain.tasks.flatMap { $0 } == Array(0..<310))
        // Of the classes 99, 0, 42 and 7, 99 the first 60 (50) are asked for.
        #expect(plain.entries.count { $0.part == 0 } == 3)
        #expect(plain.entries.count { $0.part == 3 } == 5)
        let (shuffled, _) = try await manifest(data + ", task-order: {shuffled: {seed: 42}}")
        let original = shuffled.tasks.map { task in plain.tasks.firstIndex(of: task) }
        #expect(
            original
                == [19, 5, 14, 4, 9, 13, 15, 18, 6, 12, 17, 10, 1, 11, 2, 16, 7, 8, 0, 3])
        let datasetOfTask = shuffled.tasks.map { task in
            [0, 60, 110, 210].lastIndex { $0 <= task[0] }
        }
        #expect(
            datasetOfTask == [3, 1, 2, 0, 1, 2, 3, 3, 1, 2, 3, 2, 0, 2, 0, 3, 1, 1, 0, 0])
    }

    @Test func eachDatasetHasItsOwnOrderAndAShortLastTask() async throws {
        try download(["svhn", "mnist"])
        let (manifest, _) = try await manifest(
            """
            name: sequence, datasets: [{name: svhn, root: \(root), tasks: 3, counts: any}, \
            {name: mnist, root: \(root), tasks: 2, order: {shuffled: {seed: 42}}, first-classes: 5, counts: any}]
            """)
        // Python's shuffle of five after seed 42 is 3, 1, 2, 4, 0.
        let tasks = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], [13, 11, 12], [14, 10]]
        #expect(manifest.tasks == tasks)
    }

    @Test func mistakesAreNamed() async throws {
        #expect(
            message("name: sequence")
                == "p:4:31: stage 'data': parameter 'datasets' is missing")
        #expect(
            message("name: sequence, datasets: []")
                == "p:4:58: stage 'data': parameter 'datasets' must be a list of mappings, "
                + "found a list")
        #expect(
            message("name: sequence, datasets: [{name: mnst, root: d}, 3]") == """
                p:4:66: stage 'data': parameter 'datasets[1].name' has no choice 'mnst'
                  hint: did you mean 'mnist'?
                p:4:82: stage 'data': parameter 'datasets[2]' must be a mapping, found the number '3'
                """)
        #expect(
            message("name: five-datasets, root: d, augment: some")?
                .components(separatedBy: "augment").count == 2)
        try download(["mnist"])
        var options = RunOptions()
        options.until = "data"
        let few =
            "name: sequence, datasets: [{name: mnist, root: \(root), counts: any, first-classes: 11}]"
        let summary = await Runner().run(try graph(few), in: store, options: options) {
            guard case .unitFinished(let finish) = $0 else { return }
            let text = finish.failure?.description ?? ""
            #expect(
                text.contains("has 10 classes, of which 'first-classes' takes 11"), "\(text)")
        }
        #expect(summary.exitCode == 66)
        #expect(
            message("name: sequence, datasets: [{name: mnist, root: d, tasks: 6}]") == """
                p:4:89: stage 'data': parameter 'datasets[1].tasks' is 6, and 10 classes do not \
                fill 6 equal tasks
                  hint: every task has a class, and all but the last have equally many
                """)
    }
}
