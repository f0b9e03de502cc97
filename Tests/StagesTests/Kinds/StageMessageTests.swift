import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// What stages say of mistakes in a pipeline file.
@Suite struct StageMessageTests {
    private func message(_ stages: String) throws -> String {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "p.yaml")
        let text = """
            pipeline: p
            stages:
              backbone: {uses: checkpoint, with: {model: vit-base-patch16-224, path: w}}
              data: {uses: dataset, with: {name: image-folder, root: d, tasks: 2}}
            \(stages)
            """
        try Data(text.utf8).write(to: file)
        do {
            _ = try PipelineFile.read(file.path, registry: Catalog.registry)
            return "no mistake"
        } catch let error as SpecError {
            return error.description.replacingOccurrences(of: file.path, with: "p.yaml")
        }
    }

    private let training = "epochs: 1, batch: {size: 4}, optimizer: {adam: {lr: 0.1}}"

    @Test func aBlockThatTheModelLacksIsNamed() throws {
        #expect(
            try message(
                """
                  shared:
                    uses: train-shared-pet
                    needs: {backbone: backbone, data: data}
                    with: {seed: 1, pet: {lora: {rank: 2, blocks: [0, 12]}}, \(training)}
                """)
                    == """
                    p.yaml:6:11: stage 'shared': parameter 'pet' does not fit the backbone: \
                    block 12 does not exist in a model of 12 blocks, 0 to 11
                    """)
    }

    @Test func aHideModelCannotBeEvaluatedWithoutTaskIdentity() throws {
        #expect(
            try message(
                """
                  hide:
                    uses: train-hide-pet
                    needs: {backbone: backbone, data: data}
                    with: {seed: 1, pet: {lora: {rank: 2, blocks: [0]}}, \(training)}
                  scores: {uses: evaluate, needs: {model: hide}}
                """)
                    == """
                    p.yaml:9:18: stage 'scores': need 'task-identity' is missing
                      hint: a model with a PET a task needs a shared model, or its recovered \
                    classifier, to tell the task of a picture
                    """)
    }

    @Test func preTrainingTakesOneTask() throws {
        #expect(
            try message(
                """
                  base:
                    uses: pretrain
                    needs: {data: data}
                    with: {model: vit-base-patch16-224, seed: 1, \(training)}
                """)
                    == """
                    p.yaml:7:19: stage 'base': need 'data' has 2 tasks, pre-training takes one
                      hint: give that dataset 'tasks: 1'
                    """)
    }

    @Test func sizesThatDoNotFitAreReported() throws {
        let stage = """
              small:
                uses: checkpoint
                with: {path: w, model: {vit: {image-size: 30, patch-size: 8, width: 8, depth: 1, heads: 2}}}
            """
        let text = try message(stage)
        #expect(text.hasSuffix("image size 30 is not a multiple of patch size 8"), "\(text)")
    }
}
