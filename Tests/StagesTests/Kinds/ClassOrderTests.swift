import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

@Suite struct ClassOrderTests {
    /// The graph of a pipeline with one dataset, or what is wrong with the file.
    private func read(_ settings: String) throws -> Result<UnitGraph, SpecError> {
        let text = """
            pipeline: p
            stages:
              data: {uses: dataset, with: {name: image-folder, root: d, tasks: 2, \(settings)}}
              probe: {uses: linear-probe, needs: {data: data}, with: {image-size: 8}}
            """
        do {
            return .success(try PipelineFile.reading(text).graph)
        } catch let error as SpecError {
            return .failure(error)
        }
    }

    private func parameters(_ settings: String) throws -> String {
        let unit = try #require(try read(settings).get().unit(named: "data/split"))
        return unit.definition.parameters.canonicalJSON
    }

    private func message(_ settings: String) throws -> String? {
        guard case .failure(let error) = try read(settings) else { return nil }
        let text = error.description
        return text.firstIndex(of: ":").map { String(text[$0...]) }
    }

    private func source(classes: Int) -> DatasetSource {
        DatasetSource(
            EmbeddedDataset(
                classes: classes == 20 ? .continual : .base, seed: 1, size: 8, trainPerClass: 1,
                testPerClass: 1))
    }

    @Test func shuffledClassesAreInTheOrderOfPython() throws {
        let manifest = try source(classes: 20)
            .manifest(taskCount: 3, order: .shuffled(seed: 42))
        #expect(
            manifest.tasks == [
                [19, 5, 14, 4, 9, 13, 15], [18, 6, 12, 17, 10, 1, 11], [2, 16, 7, 8, 0, 3],
            ])
        // Labels stay those of the dataset.
        #expect(manifest.entries.map(\.label) == Array(0..<20) + Array(0..<20))
        #expect(manifest.task(of: 0) == 2 && manifest.task(of: 19) == 0)
        #expect(try DatasetManifest(artifact: manifest.artifact) == manifest)
    }

    @Test func listedClassesAreInTheirOrder() throws {
        let order = Array((0..<20).reversed())
        let manifest = try source(classes: 20)
            .manifest(taskCount: 2, order: .classes(labels: order))
        #expect(manifest.tasks == [Array(order[..<10]), Array(order[10...])])
    }

    @Test(arguments: [[0, 1, 2], Array(1...20), [0] + Array(0..<19)])
    func aListMustNameEveryClassOnce(labels: [Int]) {
        let error = #expect(throws: UnreadableInput.self) {
            try source(classes: 20).manifest(taskCount: 2, order: .classes(labels: labels))
        }
        #expect(
            error?.description == """
                continual classes, seed 1, 8 × 8 pixels, 1 + 1 a class: parameter 'order' does not \
                name each class from 0 to 19 once
                  hint: 'order: {classes: […]}' lists all 20 classes
                """)
    }

    @Test func onlyAnotherOrderEntersTheKey() throws {
        #expect(try parameters("order: natural") == #"{"tasks":2}"#)
        #expect(try parameters("order: ") == #"{"tasks":2}"#)
        #expect(
            try parameters("order: {shuffled: {seed: 42}}")
                == #"{"order":{"shuffled":{"seed":42}},"tasks":2}"#)
        #expect(
            try parameters("order: {classes: [1, 0]}")
                == #"{"order":{"classes":{"labels":[1,0]}},"tasks":2}"#)
    }

    @Test func mistakesAreReportedAtTheirPlace() throws {
        #expect(
            try message("order: {classes: [1, 0, 1]}")
                == ":3:88: stage 'data': parameter 'order.classes' names class 1 twice")
        #expect(
            try message("order: classes") == """
                :3:78: stage 'data': parameter 'order' lists no classes
                  hint: write {classes: [2, 0, 1]}
                """)
        #expect(
            try message("order: {shuffled: {}}")
                == ":3:89: stage 'data': parameter 'order.shuffled.seed' is missing")
        #expect(
            try message("order: shufled") == """
                :3:78: stage 'data': parameter 'order' has no choice 'shufled'
                  hint: did you mean 'shuffled'?
                """)
    }
}
