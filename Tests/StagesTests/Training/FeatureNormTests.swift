import Foundation
import Pipeline
import Testing

/// The trainable norm before the head of a model whose features are not normalised (spec section 5.3).
@Suite struct FeatureNormTests {
    private static func stages(_ pet: String) -> String {
        """
          raw:
            uses: pretrain
            needs: {data: base-data}
            with:
              model: {vit: {image-size: 32, patch-size: 16, width: 16, depth: 2, heads: 2, final-norm: false}}
              seed: 7
              epochs: 1
              batch: {size: 10}
              optimizer: {adam: {lr: 0.01}}
          shared:
            uses: train-shared-pet
            needs: {backbone: raw, data: data}
            with: {seed: 1, pet: \(pet), \(TinyLab.training)}
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

    @Test func aModelWithAFinalNormHasNone() throws {
        let text = Self.stages("none").replacing(", final-norm: false", with: "")
        let lab = try TinyLab(text)
        #expect(try lab["shared/train[2]"].arrays.keys.allSatisfy { !$0.contains("fc_norm") })
    }
}
