import Foundation
import Pipeline
import TestSupport
import Testing

/// L2P, DualPrompt and S-Prompt as settings of one stage (Reference 11).
@Suite struct PromptPoolStageTests {
    static let l2p = "pool: {size: 5, length: 2, top-k: 2, blocks: [0], insertion: tokens}"
    static let dualPrompt =
        "pool: {size: 4, length: 3, top-k: 1, blocks: [1]}, shared-prompt: {length: 2, blocks: [0]}, "
        + "prompt-mask: true, warm-start: true, pull: 1"
    static let sPrompt =
        "pool: {size: 4, length: 2, top-k: 1, blocks: [0, 1]}, prompt-mask: true, warm-start: true, pull: 1"

    static func stage(
        _ settings: String, training: String = TinyLab.training, evaluation: String = ""
    ) -> String {
        """
          pool:
            uses: train-prompt-pool
            needs: {backbone: backbone, data: data}
            with: {seed: 1, \(settings), clip-norm: 1, \(training)}
          scores: {uses: evaluate, needs: {model: pool}, with: {\(evaluation)}}

        """
    }

    private static func lab(_ settings: String, _ training: String = TinyLab.training) throws
        -> TinyLab
    {
        try TinyLab(stage(settings, training: training))
    }

    private func message(_ settings: String, _ evaluation: String = "") -> String {
        do {
            _ = try TinyLab.read(Self.stage(settings, evaluation: evaluation))
            return ""
        } catch { return "\(error)" }
    }

    /// What task t leaves of the pool, by entry: width 16, of each block keys and values of a length.
    private func entries(_ lab: TinyLab, _ unit: String, count: Int) throws -> [[Float]] {
        let values = try lab.floats("pet/e_prompt.prompt", of: unit)
        let size = values.count / count
        return (0..<count).map { Array(values[$0 * size..<($0 + 1) * size]) }
    }

    private func keys(_ lab: TinyLab, _ unit: String) throws -> [[Float]] {
        let values = try lab.floats("pet/e_prompt.prompt_key", of: unit)
        return stride(from: 0, to: values.count, by: 16).map { Array(values[$0..<$0 + 16]) }
    }

    @Test(arguments: [
        l2p, l2p + ", prompt-select: batch", dualPrompt, sPrompt,
        sPrompt + ", kv-layout: legacy-reshape, prompt-select: batch",
    ])
    func everyMethodLearnsAndIsMeasured(settings: String) throws {
        let lab = try Self.lab(settings)
        for task in 1...4 {
            let unit = "pool/train[\(task)]"
            let before = task == 1 ? "pool/initial" : "pool/train[\(task - 1)]"
            let (pool, earlier) = (try lab.group("pet", of: unit), try lab.group("pet", of: before))
            for name in pool.keys { #expect(pool[name] != earlier[name], "\(name), task \(task)") }
            #expect(try lab.doubles("losses", of: unit).allSatisfy(\.isFinite))
            let accuracy = try lab.doubles("accuracy", of: "scores/evaluate[\(task)]")
            #expect(accuracy.count == task && accuracy.allSatisfy { (0...100).contains($0) })
        }
        // Nothing is recovered.
        #expect(
            try lab.doubles("accuracy", of: "scores/evaluate[4]")
                == lab.doubles("accuracy-before-recovery", of: "scores/evaluate[4]"))
        let metrics = try lab["scores/summary"].attributes
        #expect(metrics["metric.faa"] != nil && metrics["metric.ffm"] != nil)
    }

    /// Under a mask task t reads entry t: others get no gradient, neither do their keys.
    @Test func aMaskTrainsTheEntriesOfItsTaskAlone() throws {
        let lab = try Self.lab(Self.dualPrompt)
        let initial = try entries(lab, "pool/initial", count: 4)
        let (two, three) = (
            try entries(lab, "pool/train[2]", count: 4), try entries(lab, "pool/train[3]", count: 4)
        )
        #expect(three[0] == two[0] && three[1] == two[1])
        #expect(three[2] != initial[2] && three[3] == initial[3])
        let (twoKeys, threeKeys) = (
            try keys(lab, "pool/train[2]"), try keys(lab, "pool/train[3]")
        )
        #expect([0, 1, 3].allSatisfy { twoKeys[$0] == threeKeys[$0] })
        #expect(twoKeys[2] != threeKeys[2])
    }

    /// At a rate of zero all that happens is the copy.
    @Test func aWarmStartCopiesPromptsButNotKeys() throws {
        let still = "epochs: 1, batch: {size: 6}, optimizer: {adam: {lr: 0}}"
        let lab = try Self.lab(Self.sPrompt, still)
        let initial = try entries(lab, "pool/initial", count: 4)
        #expect(Set(initial).count == 4)
        for task in 1...4 {
            let unit = "pool/train[\(task)]"
            let expected = (0..<4).map { $0 < task ? initial[0] : initial[$0] }
            #expect(try entries(lab, unit, count: 4) == expected)
            #expect(try keys(lab, unit) == keys(lab, "pool/initial"))
        }
        let cold = try Self.lab(Self.sPrompt.replacing("warm-start: true, ", with: ""), still)
        #expect(try entries(cold, "pool/train[4]", count: 4) == initial)
    }

    @Test func aWarmStartOfSeveralEntriesCopiesThemInOrder() throws {
        let lab = try Self.lab(
            "pool: {size: 8, length: 1, top-k: 2, blocks: [1]}, prompt-mask: true, warm-start: true",
            "epochs: 1, batch: {size: 6}, optimizer: {adam: {lr: 0}}")
        let initial = try entries(lab, "pool/initial", count: 8)
        let second = try entries(lab, "pool/train[2]", count: 8)
        #expect(second == [0, 1, 0, 1, 4, 5, 6, 7].map { initial[$0] })
    }

    /// The one batch of a step has the keys of other pictures for values, and the other way round.
    @Test func theLegacyReshapeLearnsSomethingElse() throws {
        let correct = try Self.lab(Self.sPrompt)
        let legacy = try Self.lab(Self.sPrompt + ", kv-layout: legacy-reshape")
        #expect(
            try correct.group("pet", of: "pool/train[1]")
                != legacy.group("pet", of: "pool/train[1]"))
        #expect(
            try correct.doubles("losses", of: "pool/train[1]")
                != legacy.doubles("losses", of: "pool/train[1]"))
    }

    /// Without a pull keys have no gradient; with it the loss is lower by what similarities give.
    @Test func thePullAloneMovesKeys() throws {
        let pulled = try Self.lab(Self.sPrompt)
        let free = try Self.lab(Self.sPrompt.replacing("pull: 1", with: "pull: 0"))
        #expect(try keys(free, "pool/train[4]") == keys(free, "pool/initial"))
        #expect(try keys(pulled, "pool/train[1]")[0] != keys(pulled, "pool/initial")[0])
    }

    /// The entry says which task is inferred. With the keys of tasks to come masked there is but one in
    /// task 1.
    @Test func aMaskedPoolNamesTheTaskByItsEntries() throws {
        let lab = try Self.lab(Self.sPrompt + ", future-keys: masked")
        #expect(try lab.doubles("task-identity", of: "scores/evaluate[1]") == [100])
        // A pool whose keys never move answers as at random, the same in every task.
        let fixed = "epochs: 1, batch: {size: 6}, optimizer: {adam: {lr: 0}}"
        let competing = try Self.lab(Self.sPrompt, fixed)
        let last = try competing.doubles("task-identity", of: "scores/evaluate[4]")
        for task in 1...3 {
            let row = try competing.doubles("task-identity", of: "scores/evaluate[\(task)]")
            #expect(row == Array(last.prefix(task)))
        }
        // A picture reads one entry, so at most one task is right for all its pictures in the same way.
        #expect(last.reduce(0, +) < 400)
    }

    /// A batch of one picture votes for what the picture would choose. Of one entry: a vote lists several
    /// by index, not by similarity, and another order of tokens has other last bits.
    @Test func aVoteOfOneIsThePicturesOwnChoice() throws {
        let single = "epochs: 1, batch: {size: 1}, optimizer: {adam: {lr: 1}}"
        let settings = Self.l2p.replacing("top-k: 2", with: "top-k: 1")
        let instance = try Self.lab(settings, single)
        let batch = try Self.lab(settings + ", prompt-select: batch", single)
        for task in 1...4 {
            #expect(
                try instance.group("pet", of: "pool/train[\(task)]")
                    == batch.group("pet", of: "pool/train[\(task)]"))
            for figure in ["accuracy", "task-identity", "accuracy-top-5"] {
                #expect(
                    try instance.doubles(figure, of: "scores/evaluate[\(task)]")
                        == batch.doubles(figure, of: "scores/evaluate[\(task)]"))
            }
        }
    }

    /// Batch-wise choice makes features depend on the batch, so evaluation depends on its size.
    @Test func theSizeOfABatchEntersEvaluationOnlyWherePicturesSeeEachOther() throws {
        func document(_ settings: String, _ size: Int) throws -> String {
            let training = TinyLab.training.replacing("size: 6", with: "size: \(size)")
            let graph = try TinyLab.read(Self.stage(settings, training: training)).graph
            return try #require(graph.unit(named: "scores/evaluate[2]")).definition.parameters
                .canonicalJSON
        }
        #expect(try document(Self.l2p, 6) == document(Self.l2p, 7))
        for setting in ["prompt-select: batch", "kv-layout: legacy-reshape"] {
            let text = "\(Self.sPrompt), \(setting)"
            #expect(try document(text, 6) != document(text, 7))
        }
    }

    /// The choice under a mask is made at test alone.
    @Test func theChoiceAtTestEntersNoKeyOfMaskedTraining() throws {
        func document(_ settings: String) throws -> String {
            let graph = try TinyLab.read(Self.stage(settings)).graph
            return try #require(graph.unit(named: "pool/train[2]")).definition.parameters
                .canonicalJSON
        }
        let plain = try document(Self.sPrompt)
        for setting in ["prompt-select: batch", "future-keys: masked"] {
            #expect(try document("\(Self.sPrompt), \(setting)") == plain)
        }
        #expect(try document("\(Self.sPrompt), kv-layout: legacy-reshape") != plain)
        #expect(try document(Self.l2p) != document("\(Self.l2p), prompt-select: batch"))
    }

    @Test func onlyTheFirstTaskHasAScheduleWhereTheFileSaysSo() throws {
        func rates(_ settings: String, task: Int) throws -> [Double?] {
            let graph = try TinyLab.read(
                Self.stage(Self.sPrompt, training: "\(TinyLab.training), \(settings)")
            ).graph
            let unit = try #require(graph.unit(named: "pool/train[\(task)]"))
            return try #require(unit.definition.rates.first).rates
        }
        let schedule = "schedule: {cosine: {warm-up: 1}}"
        let first = try rates(schedule, task: 1)
        #expect(try rates(schedule, task: 2) == first)
        #expect(try rates("\(schedule), schedule-per-task: false", task: 1) == first)
        #expect(
            try rates("\(schedule), schedule-per-task: false", task: 2) == [6.0 / 256, 6.0 / 256])
        #expect(first != [6.0 / 256, 6.0 / 256])
    }

    @Test func resultsNameWhatDeviates() throws {
        let file = try TinyLab.read(
            Self.stage(
                Self.sPrompt + ", kv-layout: legacy-reshape, prompt-select: batch, "
                    + "schedule-per-task: false, future-keys: masked"))
        let deviations = file.profileReport.deviations(behind: "scores", in: file.cells[0])
            .filter { $0.stage == "pool" }.map { "\($0.setting)=\($0.value)" }
        #expect(
            Set(deviations) == [
                "kv-layout=legacy-reshape", "prompt-select=batch", "schedule-per-task=false",
                "future-keys=masked",
            ])
    }

    @Test(arguments: [
        (
            l2p.replacing("top-k: 2", with: "top-k: 6"),
            "'pool.top-k' exceeds the size of the pool, 5"
        ),
        (l2p.replacing("[0]", with: "[0, 1]"), "'pool.blocks' must name one block"),
        (l2p + ", kv-layout: legacy-reshape", "'kv-layout' is about keys and values"),
        (l2p + ", warm-start: true", "'warm-start' needs tasks that own entries"),
        (l2p + ", future-keys: masked", "'future-keys' needs tasks that own entries"),
        (
            sPrompt.replacing("size: 4", with: "size: 3"),
            "a pool of 3 entries is too small for 'prompt-mask': 4 tasks own 1 entries each"
        ),
        (
            sPrompt + ", shared-prompt: {length: 1, blocks: [1]}",
            "parameter 'pool' does not fit the backbone: block 1 has both"
        ),
        (l2p.replacing("blocks: [0]", with: "blocks: [2]"), "block 2 does not exist"),
    ])
    func mistakesAreNamed(settings: String, problem: String) {
        #expect(message(settings).contains(problem), "\(message(settings))")
    }

    @Test func otherStagesDoNotTakeAPoolForOnePET() {
        let statistics =
            "  statistics: {uses: class-statistics, needs: {model: pool}, with: {variance: }}\n"
        #expect {
            try TinyLab.read(Self.stage(Self.l2p) + statistics)
        } throws: {
            "\($0)".contains("need 'model' cannot be filled by stage 'pool' (train-prompt-pool)")
        }
        #expect(message(Self.l2p, "identity: oracle").contains("a task identity is of no use"))
        #expect(message(Self.l2p, "inference: maximum").contains("'inference'"))
    }
}
