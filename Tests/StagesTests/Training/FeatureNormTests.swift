import Foundation
import Pipeline
import Testing

/// The trainable norm before the head of a model whose features are not normalised (Reference 3.3).
@Suite struct FeatureNormTests {
    private static func stages(_ pet: String, training: String = "") -> String {
        TinyLab.rawBackbone + """
              shared:
                uses: train-shared-pet
                needs: {backbone: raw, data: data}
                with: {seed: 1, pet: \(pet), \(TinyLab.training)\(training)}
              statistics: {uses: class-statistics, needs: {model: shared}, with: {variance: }}
              head: {uses: recover-classifier, needs: {model: shared, statistics: statistics}, with: {epochs: 3}}
              scores: {uses: evaluate, needs: {model: shared, head: head}}
              plain: {uses: evaluate, needs: {model: shared}}

            """
    }

    @Test(arguments: ["none", "{lora: {rank: 2, blocks: [0, 1]}}"])
    func theNormGoesFromTaskToTaskAndIsRecovered(pet: String) throws {
        let lab = try TinyLab(Self.stages(pet))
        func norm(_ group: String, _ unit: String) throws -> [Float] {
            try lab.floats("\(group)-mapping/fc_norm.weight", of: unit)
        }
        let first = try norm("head", "shared/initial")
        #expect(first == [Float](repeating: 1, count: 16))
        let trained = try (1...4).map { try norm("rows", "shared/train[\($0)]") }
        for (before, after) in zip([first] + trained, trained) { #expect(before != after) }
        let third = try #require(lab.file.graph.unit(named: "shared/train[3]"))
        #expect(
            third.definition.inputs.first { $0.role == "start" }
                .map { lab.file.graph[$0.unit].name } == "shared/train[2]")
        #expect(try norm("before", "head/recover[3]") == trained[2])
        #expect(try norm("head", "head/recover[3]") != trained[2])
        #expect(try norm("head", "head/recover[1]") == trained[0])
        // Before recovery the figures are those of the model without one: same rows and norm, but for the
        // rows that earlier recoveries left.
        #expect(
            try lab.doubles("accuracy", of: "scores/evaluate[1]")
                == lab.doubles("accuracy", of: "plain/evaluate[1]"))
    }

    /// As in the reference (Reference B-21): the next task goes on from what recovery left.
    @Test(arguments: ["none", "{lora: {rank: 2, blocks: [0, 1]}}"])
    func aRecoveredNormGoesOn(pet: String) throws {
        // At a rate of zero for the head nothing but recovery moves the norm.
        let chain =
            ", rates: {pet: 1, head: 0}, norm-recovery: {epochs: 3, statistics: {variance: }}"
        let lab = try TinyLab(Self.stages(pet, training: chain))
        func norm(_ group: String, _ unit: String) throws -> [Float] {
            try lab.floats("\(group)-mapping/fc_norm.weight", of: unit)
        }
        #expect(try norm("head", "shared/recover[2]") != norm("rows", "shared/train[1]"))
        for task in 2...4 {
            #expect(
                try norm("rows", "shared/train[\(task)]")
                    == norm("head", "shared/recover[\(task - 1)]"))
        }
        // The stage that recovers with the same settings has no unit of its own.
        #expect(lab.file.graph.unit(named: "head/recover[2]") == nil)
    }

    @Test func theChainIsForModelsWithSuchANorm() throws {
        let text = Self.stages("none", training: ", norm-recovery: {epochs: 3}")
            .replacing(", final-norm: false", with: "")
        let error = #expect(throws: (any Error).self) { try TinyLab.read(text) }
        #expect(
            try "\(#require(error))".contains(
                "parameter 'norm-recovery' is about models whose features are not normalised"))
    }

    @Test func aModelWithAFinalNormHasNone() throws {
        let text = Self.stages("none").replacing(", final-norm: false", with: "")
        let lab = try TinyLab(text)
        #expect(try lab["shared/train[2]"].arrays.keys.allSatisfy { !$0.contains("fc_norm") })
    }
}
