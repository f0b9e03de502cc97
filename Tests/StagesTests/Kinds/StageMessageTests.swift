import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// What stages say of mistakes in a pipeline file.
@Suite struct StageMessageTests {
    private func message(_ stages: String) throws -> String {
        let text = """
            pipeline: p
            stages:
              backbone: {uses: checkpoint, with: {model: vit-base-patch16-224, path: w}}
              data: {uses: dataset, with: {name: image-folder, root: d, tasks: 2}}
            \(stages)
            """
        return try PipelineFile.mistakes(in: text) ?? "no mistake"
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

    @Test func tasksThatAKnownNumberOfClassesCannotFillAreReported() throws {
        let hint = "\n  hint: every task has a class, and all but the last have equally many"
        for (name, tasks, classes) in [
            ("embedded, classes: base, train-per-class: 1, test-per-class: 1", 31, 48),
            ("cifar10, root: d", 7, 10), ("svhn, root: d", 11, 10),
            ("cub200, root: d", 201, 200),
        ] {
            #expect(
                try message("  more: {uses: dataset, with: {name: \(name), tasks: \(tasks)}}")
                    == "p.yaml:5:\(47 + name.count): stage 'more': parameter 'tasks' is \(tasks), and "
                    + "\(classes) classes do not fill \(tasks) equal tasks" + hint)
        }
        // Only the files tell how many classes of their own there are.
        #expect(
            try message("  more: {uses: dataset, with: {name: image-folder, root: d, tasks: 999}}")
                == "no mistake")
    }

    @Test func pathsMayBeginWithTheHomeFolder() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "p.yaml")
        for (root, expected) in [
            ("~/d", "/d"), ("$HOME/d e", "/d e"), ("\"${home}/d\"", "/x/d"),
        ] {
            let text =
                "pipeline: p\nvariables: {home: ~/x}\nstages: {data: {uses: dataset, "
                + "with: {name: image-folder, root: \(root), tasks: 2}}}\n"
            try Data(text.utf8).write(to: file)
            let read = try PipelineFile.read(file.path, registry: Catalog.registry)
            let home = try #require(ProcessInfo.processInfo.environment["HOME"], "no home folder")
            #expect(
                read.graph.units[0].definition.sources.map(\.source.location)
                    == ["image-folder \(home)\(expected)"])
        }
    }

    @Test func otherVariablesOfTheEnvironmentAreExplained() throws {
        #expect(
            try message("  more: {uses: dataset, with: {name: cub200, root: $DATA/d, tasks: 2}}")
                == """
                p.yaml:5:52: stage 'more': parameter 'root' begins with '$DATA', which nothing fills in
                  hint: "${name}" is a variable of the file and '~' the home folder; a folder of \
                that name is './$DATA'
                """)
        #expect(
            try message(
                "  more: {uses: dataset, with: {name: cub200, root: \"${HOME}/d\", tasks: 2}}")
                    == """
                    p.yaml:5:52: unknown variable 'HOME'
                      hint: '~' at the start of a path is the home folder
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
