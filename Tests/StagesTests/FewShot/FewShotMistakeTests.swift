import Foundation
import Pipeline
import Testing

/// What `few-shot` says of mistakes.
@Suite struct FewShotMistakeTests {
    /// Settings, needs, and what is said of them.
    private static let mistakes: [(String, String, String)] = [
        ("classes: [0, 3, 0]", "", "parameter 'classes' names class 0 twice"),
        ("classes: []", "", "parameter 'classes' names no class"),
        ("classes: {first: 3}", "", "parameter 'classes.count' is missing"),
        ("classes: [-1]", "", "parameter 'classes' must be a list of integers from 0"),
        ("protocol: full", "", "parameter 'classes' is missing"),
        (
            "classes: [0, 1], protocol: {episodes: {ways: 3}}", "",
            "parameter 'protocol.episodes.ways' is 3, and 'classes' names 2"
        ),
        (
            "classes: {first: 0, count: 20}, protocol: {episodes: {ways: 20, shots: 300}}", "",
            "'protocol.episodes.shots' makes an episode of 6000 training pictures"
        ),
        (
            "classes: [0, 1], batch: 4, protocol: {episodes: {ways: 2}}", "",
            "parameter 'batch' is of 'protocol: full' alone"
        ),
        ("classes: [0], protocol: some", "", "parameter 'protocol' has no choice 'some'"),
        ("classes: [0], ways: 5", "", "unknown parameter 'ways'"),
        ("classes: [0], slot: 0", "", "parameter 'slot' is about models with a PET a dataset"),
        (
            "classes: [0], slot: 0", ", model: vanilla",
            "parameter 'slot' is about models with a PET a dataset"
        ),
        (
            "classes: [0]", ", router: vanilla-head",
            "need 'router' is about models with a PET a dataset"
        ),
        (
            "classes: [0]", ", model: shared",
            "a model with a PET a dataset needs need 'router' or parameter 'slot'"
        ),
        (
            "classes: [0], slot: 1", ", model: shared, router: vanilla-head",
            "needs either need 'router' or parameter 'slot', not both"
        ),
        (
            "classes: [0], slot: 2", ", model: shared",
            "parameter 'slot' is 2, and need 'model' has 2 datasets\n  hint: they are counted from 0, to 1"
        ),
        (
            "classes: [0]", ", model: shared, router: shared-head",
            "need 'router' must be recovered classifiers of a model with 'pet: none'"
        ),
        (
            "classes: [0]", ", model: shared, router: vanilla",
            "need 'router' cannot be filled by stage 'vanilla' (train-shared-pet)"
        ),
        (
            "classes: [0]", ", model: shared, router: other-head",
            "need 'router' was trained on other tasks than need 'model'"
        ),
        (
            "classes: [0]", ", model: hide",
            "few-shot learning needs one PET, or one a dataset; need 'model' has one a task"
        ),
    ]

    @Test(arguments: mistakes)
    func mistakesAreNamed(settings: String, needs: String, problem: String) {
        let others = """
              other:
                uses: train-shared-pet
                needs: {backbone: backbone, data: data}
                with: {seed: 1, pet: none, \(TinyLab.training)}
              other-statistics: {uses: class-statistics, needs: {model: other}, with: {variance: }}
              other-head: {uses: recover-classifier, needs: {model: other, statistics: other-statistics}}
              hide:
                uses: train-hide-pet
                needs: {backbone: backbone, data: data}
                with: {seed: 1, pet: \(DatasetSlotTests.pet), \(TinyLab.training)}

            """
        do {
            _ = try TinyLab.read(
                FewShotStageTests.novel() + FewShotStageTests.several + others
                    + FewShotStageTests.stage(settings, needs: needs))
            Issue.record("no mistake")
        } catch {
            #expect("\(error)".contains(problem), "\(error)")
        }
    }

    @Test func aModelOnAnotherBackboneIsNamed() throws {
        let stages = """
              other-backbone:
                uses: pretrain
                needs: {data: base-data}
                with:
                  model: {vit: {image-size: 32, patch-size: 16, width: 16, depth: 2, heads: 2}}
                  seed: 8
                  epochs: 1
                  batch: {size: 10}
                  optimizer: {adam: {lr: 0.01}}

            """
        #expect {
            try TinyLab.read(
                FewShotStageTests.novel() + stages
                    + FewShotStageTests.one.replacing(
                        "backbone: backbone", with: "backbone: other-backbone")
                    + FewShotStageTests.stage("classes: [0]", needs: ", model: shared"))
        } throws: {
            "\($0)".contains("need 'model' stands on another backbone than need 'backbone'")
        }
    }

    /// Only the pictures tell which classes there are.
    @Test func unknownClassesFailTheUnit() throws {
        let lab = {
            try TinyLab(FewShotStageTests.novel() + FewShotStageTests.stage("classes: [19, 20]"))
        }
        #expect {
            _ = try lab()
        } throws: {
            "\($0)".hasPrefix("'classes' names 20, and the dataset has 20 classes")
        }
    }
}
