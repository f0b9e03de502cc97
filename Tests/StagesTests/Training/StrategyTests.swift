import Foundation
import Pipeline
import Testing

/// What becomes of a shared PET and of the head from task to task (Reference 5.5, Reference 6 and Reference 6.3).
@Suite struct StrategyTests {
    private func stage(_ settings: String, pet: String = "{lora: {rank: 2, blocks: [0, 1]}}")
        -> String
    {
        """
          shared:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: \(pet), \(TinyLab.training), \(settings)}

        """
    }

    private func pets(_ settings: String) throws -> [[String: TypedArray]] {
        let lab = try TinyLab(stage(settings))
        return try [lab.group("pet", of: "shared/initial")]
            + (1...4).map { try lab.group("pet", of: "shared/train[\($0)]") }
    }

    @Test func sequentialTrainingMovesThePETInEveryTask() throws {
        let pets = try pets("strategy: sequential")
        for (before, after) in zip(pets, pets.dropFirst()) { #expect(before != after) }
    }

    @Test func firstSessionAdaptationFreezesThePETAfterTheFirstTask() throws {
        let pets = try pets("strategy: first-session-adaptation")
        #expect(pets[0] != pets[1])
        #expect(pets[2...].allSatisfy { $0 == pets[1] })
    }

    @Test func aFixedPETStaysAsLongAsItIsFixed() throws {
        let never = try pets("strategy: {fix-and-tuning: {fixed-epochs: 2}}")
        #expect(never.dropFirst().allSatisfy { $0 == never[0] })
        let late = try pets("strategy: {fix-and-tuning: {fixed-epochs: 1}}")
        for (before, after) in zip(late, late.dropFirst()) { #expect(before != after) }
        let always = try pets("strategy: {fix-and-tuning: {fixed-epochs: 0}}")
        #expect(try always == pets("strategy: sequential"))
    }

    @Test func factorsOfZeroLeaveTheirGroupAlone() throws {
        let still = try TinyLab(stage("rates: {pet: 0}"))
        for task in 1...4 {
            #expect(
                try still.group("pet", of: "shared/train[\(task)]")
                    == still.group("pet", of: "shared/initial"))
        }
        let headless = try TinyLab(stage("rates: {head: 0}"))
        let initial = try headless.floats("head/weight", of: "shared/initial")
        let rows = try headless.floats("rows/weight", of: "shared/train[2]")
        // Task 2 has classes 5 to 9, of 16 features each.
        #expect(rows == Array(initial[5 * 16..<10 * 16]))
        #expect(
            try headless.group("pet", of: "shared/train[2]")
                != headless.group("pet", of: "shared/initial"))
    }

    @Test func theFirstTaskHasAFactorOfItsOwn() throws {
        let pets = try pets("first-task-pet-factor: 0")
        #expect(pets[0] == pets[1])
        #expect(pets[1] != pets[2])
    }

    @Test func theShadowFollowsThePET() throws {
        let lab = try TinyLab(stage("strategy: {momentum: {decay: 0.75}}"))
        let plain = try TinyLab(stage("strategy: sequential"))
        for task in 1...4 {
            let unit = "shared/train[\(task)]"
            // The shadow changes nothing of the training.
            #expect(try lab.group("pet", of: unit) == plain.group("pet", of: unit))
            let name = "lora_layer.k_lora_A"
            let (current, shadow) = (
                try lab.floats("pet/\(name)", of: unit), try lab.floats("shadow/\(name)", of: unit)
            )
            if task == 1 {
                #expect(shadow == current)
            } else {
                let last = try lab.floats("shadow/\(name)", of: "shared/train[\(task - 1)]")
                #expect(shadow == zip(last, current).map { 0.75 * $0 + 0.25 * $1 })
            }
        }
    }

    @Test func fullFineTuningGoesOnWithAllWeights() throws {
        let lab = try TinyLab(stage("clip-norm: 1", pet: "full"))
        let units = ["backbone/train"] + (1...4).map { "shared/train[\($0)]" }
        let weights = try units.map { try lab.group("backbone", of: $0) }
        for (before, after) in zip(weights, weights.dropFirst()) {
            #expect(Set(before.keys) == Set(after.keys))
            #expect(before.allSatisfy { after[$0.key] != $0.value })
        }
        let graph = lab.file.graph
        let third = try #require(graph.unit(named: "shared/train[3]"))
        let backbone = third.definition.inputs.first { $0.role == "backbone" }
        #expect(backbone.map { graph[$0.unit].name } == "shared/train[2]")
        let still = try TinyLab(stage("rates: {pet: 0}", pet: "full"))
        #expect(
            try still.group("backbone", of: "shared/train[4]")
                == still.group("backbone", of: "backbone/train"))
    }

    @Test func withoutAPETTasksDoNotWaitForEachOther() throws {
        let graph = try TinyLab.read(stage("clip-norm: 1", pet: "none")).graph
        let third = try #require(graph.unit(named: "shared/train[3]"))
        #expect(
            third.definition.inputs.map { graph[$0.unit].name } == [
                "backbone/train", "data/split", "shared/initial",
            ])
    }

    @Test func aShadowNeedsAPET() throws {
        #expect {
            try TinyLab.read(stage("strategy: {momentum: {decay: 0.9}}", pet: "none"))
        } throws: {
            "\($0)".contains("parameter 'strategy' keeps a shadow of a PET, and 'pet' is 'none'")
        }
    }

    /// Plain settings stand in no key, so that artifacts of earlier versions stay valid.
    @Test func plainSettingsEnterNoKey() throws {
        func document(_ settings: String) throws -> String {
            let unit = try TinyLab.read(stage(settings)).graph.unit(named: "shared/train[2]")
            return try #require(unit).definition.parameters.canonicalJSON
        }
        let plain = try document("clip-norm: 1")
        #expect(
            try document(
                "clip-norm: 1, rates: {pet: 1, head: 1}, strategy: sequential, order-of-pictures: random"
            ) == plain)
        for part in ["headFactor", "fixedEpochs", "isPETFrozen", "shadowDecay", "order"] {
            #expect(!plain.contains(part))
        }
        #expect(
            try document("clip-norm: 1, order-of-pictures: sequential").contains(
                #""order":"sequential""#))
    }

    /// In the order of the dataset and unchanged pictures, the seed decides nothing but initial values.
    @Test func aSequentialOrderDoesNotDependOnTheSeed() throws {
        func losses(_ seed: Int, _ order: String) throws -> [Double] {
            let text = stage("rates: {pet: 0, head: 0}, order-of-pictures: \(order)", pet: "none")
                .replacing("seed: 1", with: "seed: \(seed)")
            let lab = try TinyLab(text, data: ", augment: none")
            return try lab.doubles("losses", of: "shared/train[1]")
        }
        // Nothing is learned, so every epoch in the same order has the same loss to the bit.
        let fixed = try losses(1, "sequential")
        #expect(fixed[0] == fixed[1])
        let drawn = try losses(1, "random")
        #expect(abs(drawn[0] - fixed[0]) < 1)
    }
}
