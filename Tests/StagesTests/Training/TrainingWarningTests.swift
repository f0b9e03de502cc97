import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// What training says when its course is odd, and that it says nothing of others.
@Suite struct TrainingWarningTests {
    private func stages(_ training: String, data: String = "data", pet: String = "none") -> String {
        """
          model:
            uses: train-shared-pet
            needs: {backbone: backbone, data: \(data)}
            with: {seed: 1, pet: \(pet), \(training)}

        """
    }

    private static let lora = "{lora: {rank: 2, blocks: [1]}}"

    @Test(arguments: ["none", lora])
    func anOrdinaryTrainingSaysNothing(pet: String) throws {
        #expect(try TinyLab(stages(TinyLab.training, pet: pet)).warnings.isEmpty)
    }

    @Test(arguments: ["none", lora, "full"])
    func aTaskOfOneClassTeachesNothing(pet: String) throws {
        let data = """
              alone: {uses: dataset, with: {name: embedded, classes: continual, train-per-class: 1, test-per-class: 1, tasks: 20, normalize: symmetric}}

            """
        let training = "epochs: 1, batch: {size: 6}, optimizer: {adam: {lr: 1}}"
        let lab = try TinyLab(data + stages(training, data: "alone", pet: pet))
        #expect(
            lab.warnings
                == (1...20).map {
                    "model/train[\($0)]: one class takes part in the loss, which is then 0 whatever the "
                        + "weights: the classifier learns nothing of it"
                })
        #expect(try lab.doubles("losses", of: "model/train[1]") == [0])
    }

    @Test(arguments: ["none", lora, "full"])
    func aRateOfZeroChangesNothing(pet: String) throws {
        let training = "epochs: 1, batch: {size: 6}, optimizer: {adam: {lr: 0}}"
        let lab = try TinyLab(stages(training, pet: pet))
        #expect(
            lab.warnings
                == (1...4).map {
                    "model/train[\($0)]: training changed no parameter, as without pictures, or with a "
                        + "learning rate of 0 or too small a one"
                })
    }

    @Test func aLossBeyondReasonIsNamed() throws {
        let training = "epochs: 3, batch: {size: 6}, optimizer: {sgd: {lr: 60000, momentum: 0.9}}"
        let lab = try TinyLab(stages(training))
        let warning = try #require(lab.warnings.first)
        #expect(
            warning.wholeMatch(
                of:
                    #/model/train\[1\]: the loss is [0-9.e+]+ in the last epoch and was [0-9.e+]+ in the first; guessing among 5 classes has 1.61; a lower learning rate or a 'clip-norm' usually helps/#
            ) != nil, "\(lab.warnings)")
    }

    /// The bounds, on both sides of each: tenfold and three times guessing, or a hundred times guessing.
    @Test(arguments: [
        (0.1, 4.9, 5, true), (0.1, 4.7, 5, false), (0.6, 5.9, 5, false), (100, 162, 5, true),
        (100, 160, 5, false), (0, 0, 5, false), (0.001, 1.6, 5, false), (2.3, 0.1, 10, false),
        (0, 3, 1, true), (0, 0, 1, false),
    ])
    func theBoundsAreWide(first: Double, last: Double, classes: Int, isBeyond: Bool) {
        #expect(
            TrainingWarnings.isBeyondReason(first: first, last: last, classes: classes) == isBeyond)
    }
}
