import Foundation
import TestSupport
import Testing

/// `plan` shows the learning rate in effect in every epoch (Reference 5.4).
@Suite struct PlanRatesTests {
    private static let stage = """
        pipeline: rates
        stages:
          backbone: {uses: checkpoint, with: {model: vit-base-patch16-224, path: nowhere.npz}}
          data: {uses: dataset, with: {name: image-folder, root: nowhere, tasks: 3}}
          hide:
            uses: train-hide-pet
            needs: {backbone: backbone, data: data}
            with:
              seed: 1
              pet: {lora: {rank: 5, blocks: [0]}}
              epochs: 50
              batch: {size: 24, replicas: 8}
              optimizer: {adam: {lr: 0.01}}
              schedule: {cosine: {warm-up: 5}}
          shared:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with:
              seed: 1
              pet: {lora: {rank: 5, blocks: [0]}}
              strategy: {fix-and-tuning: {fixed-epochs: 2}}
              rates: {pet: 1, head: 0.1}
              epochs: 5
              batch: {size: 24}
              optimizer: {adam: {lr: 0.05}}
        """

    /// The worked values of Reference 5.4: b = 9.375e-4, five epochs of warm-up.
    @Test func theRatesAreThoseOfTheReference() throws {
        let tiny = try TinyPipeline()
        try tiny.write(Self.stage, to: "f.yaml")
        let result = try tiny.command("plan", "f.yaml", "--json")
        let plan = try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        let unit = try #require(plan.first { $0["unit"] as? String == "hide/train[2]" })
        let rates = try #require(unit["rates"] as? [String: [Double]])
        let expected = [
            0: 1e-6, 1: 1e-6, 2: 1.883e-4, 3: 3.756e-4, 4: 5.629e-4, 5: 7.502e-4, 6: 9.148e-4,
            7: 9.049e-4, 10: 8.653e-4, 25: 5.029e-4, 40: 1.164e-4, 49: 1.366e-5,
        ]
        #expect(rates["pet"] == rates["head"])
        let pet = try #require(rates["pet"])
        #expect(pet.count == 50)
        for (epoch, rate) in expected {
            #expect(abs(pet[epoch] - rate) <= 0.0005 * rate, "epoch \(epoch): \(pet[epoch])")
        }
    }

    @Test func theTextJoinsWhatIsEqual() throws {
        let tiny = try TinyPipeline()
        try tiny.write(Self.stage, to: "f.yaml")
        let lines = try tiny.command("plan", "f.yaml").output.split(separator: "\n")
            .filter { $0.hasPrefix("rates of ") }
        #expect(lines[0].hasPrefix("rates of hide, tasks 1-3: pet, head 1e-06 × 2, 0.0001883, "))
        #expect(
            lines.dropFirst() == [
                "rates of shared, tasks 1-3: pet no gradient × 2, 0.004688 × 3",
                "rates of shared, tasks 1-3: head 0.0004688 × 5",
            ])
    }
}
