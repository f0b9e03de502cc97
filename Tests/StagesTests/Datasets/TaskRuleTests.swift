import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

@Suite struct TaskRuleTests {
    /// The graph of a file with one dataset of twenty classes, or what is wrong with the file.
    private func read(_ tasks: String, stages: String = "") throws -> Result<UnitGraph, SpecError> {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "p.yaml")
        let text = """
            pipeline: p
            stages:
              data: {uses: dataset, with: {name: embedded, classes: continual, train-per-class: 1, test-per-class: 1, \(tasks)}}
              probe: {uses: linear-probe, needs: {data: data}, with: {image-size: 32}}
            \(stages)
            """
        try Data(text.utf8).write(to: file)
        do {
            return .success(try PipelineFile.read(file.path, registry: Catalog.registry).graph)
        } catch let error as SpecError {
            return .failure(error)
        }
    }

    private func message(_ tasks: String) throws -> String? {
        guard case .failure(let error) = try read(tasks) else { return nil }
        return error.description.components(separatedBy: "stage 'data': ").last
    }

    private func split(_ tasks: String) throws -> (parameters: String, manifest: DatasetManifest) {
        let unit = try #require(try read(tasks).get().unit(named: "data/split"))
        let artifact = try unit.definition.run(UnitContext(threads: 1, inputs: [:], digests: [:]))
        return (
            unit.definition.parameters.canonicalJSON, try DatasetManifest(artifact: artifact)
        )
    }

    @Test func equalTasksHaveTheKeyAndArtifactThatTheyHad() throws {
        let (parameters, manifest) = try split("tasks: 5")
        #expect(parameters == #"{"tasks":5}"#)
        #expect(manifest.tasks.map(\.count) == [4, 4, 4, 4, 4])
        #expect(
            manifest.artifact.arrays.keys.filter { $0.hasPrefix("tasks/") }.sorted()
                == ["tasks/classes", "tasks/sizes"])
    }

    @Test(arguments: [
        "tasks: [10, 5, 5]", "tasks: {base: 10, step: 5}", "tasks: {base: 10, step: 5, steps: 2}",
    ])
    func unequalTasksAreSlicesInOrder(tasks: String) throws {
        let (parameters, manifest) = try split(tasks)
        #expect(parameters == #"{"tasks":[10,5,5]}"#)
        #expect(manifest.tasks == [Array(0..<10), Array(10..<15), Array(15..<20)])
        #expect(manifest.task(of: 12) == 1 && !manifest.repeatsClasses)
    }

    @Test(arguments: [
        (
            "tasks: [10, 5]",
            "parameter 'tasks' is wrong: its tasks have 15 classes together, and there are 20"
        ),
        (
            "tasks: [20, 0]",
            "parameter 'tasks' must be a list of integers from 1 to 1000000, found the number '0' in it"
        ),
        (
            "tasks: {base: 10, step: 4}",
            "parameter 'tasks' has steps of 4, which do not divide the 10 classes after the base of 10"
        ),
        (
            "tasks: {base: 30, step: 4}",
            "parameter 'tasks' has a base of 30, and there are 20 classes"
        ),
        (
            "tasks: {base: 10, step: 5, steps: 3}",
            "parameter 'tasks' is wrong: its tasks have 25 classes together, and there are 20"
        ),
        ("tasks: domains", "parameter 'tasks' is 'domains', and dataset 'embedded' has none"),
        ("tasks: []", "parameter 'tasks' must be an integer from 1 to 10000, found a list"),
        ("tasks: 21", "parameter 'tasks' is 21, and 20 classes do not fill 21 equal tasks"),
    ])
    func aMistakeIsToldWhenTheFileIsRead(tasks: String, problem: String) throws {
        let message = try message(tasks)
        #expect(message?.hasPrefix(problem) == true, "\(message ?? "none")")
    }

    /// Only the files tell how many classes a folder has.
    @Test func sizesThatDoNotFillAFolderAreToldByThePlan() throws {
        let source = DatasetSource(ImageFolder(root: "x"))
        let error = #expect(throws: UnreadableInput.self) {
            try source.check(tasks: .sizes([2, 2]), order: .natural, ["classes": 5])
        }
        #expect(
            error?.problem
                == "the tasks of parameter 'tasks' have 4 classes together, and there are 5")
    }

    @Test func partsOfTasksSurviveTheArtifactAndEnterTheDigest() throws {
        let entries = (0..<8).map { index in
            DatasetManifest.Entry(
                path: "\(index)", label: index % 2, split: index < 4 ? .train : .test, byteCount: 1,
                sha256: "\(index)", part: index / 2 % 2)
        }
        let domains = DatasetManifest(
            classNames: ["a", "b"],
            divisions: [0, 1].map { DatasetTask(labels: [0, 1], parts: [$0]) }, entries: entries)
        #expect(try DatasetManifest(artifact: domains.artifact) == domains)
        #expect(domains.repeatsClasses && domains.classes(ofFirst: 2) == [0, 1])
        #expect(domains.entries(split: .test, task: 1).map(\.path) == ["6", "7"])
        let swapped = DatasetManifest(
            classNames: ["a", "b"],
            divisions: [1, 0].map { DatasetTask(labels: [0, 1], parts: [$0]) }, entries: entries)
        #expect(swapped.split.taskDigest != domains.split.taskDigest)
        // Tasks that would share a picture are no manifest.
        var damaged = domains.artifact
        damaged.arrays["tasks/parts"] = TypedArray(shape: [2], .int64([0, 0]))
        #expect(throws: ManifestError.self) { try DatasetManifest(artifact: damaged) }
        damaged.arrays["tasks/part-counts"] = TypedArray(shape: [2], .int64([1, 2]))
        #expect(throws: ManifestError.self) { try DatasetManifest(artifact: damaged) }
    }

    @Test(arguments: ["train-hide-pet", "class-statistics"])
    func whatTellsTasksByClassesRefusesDomains(stage: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "p.yaml")
        let training =
            "{seed: 1, pet: {lora: {rank: 2, blocks: [0]}}, epochs: 1, batch: {size: 4}, optimizer: {adam: {lr: 0.1}}}"
        let own =
            stage == "class-statistics"
            ? "{uses: class-statistics, needs: {model: shared}, with: {multi-centroid: {centroids: 1}}}"
            : "{uses: train-hide-pet, needs: {backbone: backbone, data: data}, with: \(training)}"
        let text = """
            pipeline: p
            stages:
              backbone: {uses: checkpoint, with: {model: vit-base-patch16-224, path: w}}
              data: {uses: dataset, with: {name: domainnet, root: d}}
              shared: {uses: train-shared-pet, needs: {backbone: backbone, data: data}, with: \(training)}
              own: \(own)
            """
        try Data(text.utf8).write(to: file)
        let error = #expect(throws: SpecError.self) {
            try PipelineFile.read(file.path, registry: Catalog.registry)
        }
        #expect(
            error?.description.contains(
                "stage 'own': \(stage) needs tasks with classes of their own, and the tasks here are "
                    + "domains with the same classes") == true, "\(error?.description ?? "")")
    }
}
