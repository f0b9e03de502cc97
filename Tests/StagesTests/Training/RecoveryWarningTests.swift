import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Classes with few pictures under every way of drawing: as the reference does it, with a warning, and as
/// profile `corrected` does it.
@Suite struct RecoveryWarningTests {
    /// A head on the bare backbone; every class of the data has three training pictures.
    private func stages(
        _ statistics: String, recovery: String = "epochs: 2, lr: 0.5", data: String = "data"
    ) -> String {
        """
          model:
            uses: train-shared-pet
            needs: {backbone: backbone, data: \(data)}
            with: {seed: 1, pet: none, \(TinyLab.training)}
          statistics: {uses: class-statistics, needs: {model: model}, with: {\(statistics)}}
          head: {uses: recover-classifier, needs: {model: model, statistics: statistics}, with: {\(recovery)}}

        """
    }

    private static let single = """
          single: {uses: dataset, with: {name: embedded, classes: continual, train-per-class: 1, test-per-class: 1, tasks: 10, normalize: symmetric}}

        """

    private func isRecovered(_ lab: TinyLab, task: Int = 2) throws -> Bool {
        try lab.group("head", of: "head/recover[\(task)]")
            != lab.group("before", of: "head/recover[\(task)]")
    }

    @Test func theReferenceSaysWhichClassesItDrawsNothingFor() throws {
        let lab = try TinyLab(stages("multi-centroid: {centroids: 3}"))
        let manifest = try lab["data/split"]
        guard case .text(let names)? = manifest.arrays["class-names"]?.elements else {
            Issue.record("no class names")
            return
        }
        let first = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        #expect(try !isRecovered(lab))
        #expect(
            lab.warnings
                == [2, 3, 4].map { task in
                    "head/recover[\(task)]: \(5 * task) of \(5 * task) classes have no more different "
                        + "pictures than centroids, and the recovery draws nothing and leaves the "
                        + "classifier as it is: \(first) and \(5 * task - 5) more; "
                        + "'few-pictures: shared-variance' draws for them"
                })
    }

    @Test func withFewerCentroidsNothingIsSaid() throws {
        let lab = try TinyLab(stages("multi-centroid: {centroids: 1}"))
        #expect(try isRecovered(lab) && lab.warnings.isEmpty)
        #expect(try TinyLab(stages("prototype: {count: 9}")).warnings.isEmpty)
        #expect(try TinyLab(stages("variance: ")).warnings.isEmpty)
    }

    @Test(arguments: ["corrected", "reference"])
    func sharedVarianceDrawsForAllClasses(profile: String) throws {
        let isToggled = profile == "reference"
        let lab = try TinyLab(
            stages(
                "multi-centroid: {centroids: 3}",
                recovery: "epochs: 2, lr: 0.5"
                    + (isToggled ? ", few-pictures: shared-variance" : "")),
            profile: profile)
        #expect(try isRecovered(lab))
        #expect(
            lab.warnings
                == [2, 3, 4].map {
                    "head/recover[\($0)]: no class has a spread that the recovery of the classifier could "
                        + "draw with, each picture being a cluster of its own; it draws with the spread "
                        + "of the centres of a class, divided by their number"
                })
        let deviations = lab.file.profileReport.deviations(behind: "head", in: lab.file.cells[0])
        #expect(
            deviations.contains {
                $0.setting == "few-pictures" && $0.value == "shared-variance"
                    && $0.standard == "skip"
            } == isToggled)
    }

    /// One picture a class: no variance, no covariance.
    @Test(arguments: ["variance: ", "covariance: "])
    func classesOfOnePictureAreNamed(method: String) throws {
        let text = Self.single + stages(method, data: "single")
        let reference = try TinyLab(text)
        let texts = Set(reference.warnings.filter { $0.hasPrefix("head/recover[2]") })
        let text2 = try #require(texts.first)
        #expect(
            text2.hasPrefix(
                "head/recover[2]: 4 of 4 classes have one picture, or equal ones, and no spread; the "
                    + "recovery of the classifier draws for them next to their mean, with a "
                    + "deviation of 0.01: '"), "\(text2)")
        #expect(try isRecovered(reference))
        let corrected = try TinyLab(text, profile: "corrected")
        #expect(
            corrected.warnings.first
                == "head/recover[2]: no class has a spread that the recovery of the classifier could "
                + "draw with, each picture being a cluster of its own; it draws with a deviation of "
                + "0.01 about the mean of each class")
        #expect(try isRecovered(corrected))
        let bias = try reference.floats("head/bias", of: "head/recover[10]")
        #expect(bias.allSatisfy { $0.isFinite })
    }

    @Test func everyStageThatDrawsSaysIt() throws {
        let text = """
              older:
                uses: train-identity-mlp
                needs: {backbone: backbone, data: data}
                with: {seed: 1, statistics: {multi-centroid: {centroids: 5}}, \(TinyLab.training)}
              tasks:
                uses: train-task-head
                needs: {model: model, statistics: statistics}
                with: {epochs: 1}

            """
        let lab = try TinyLab(stages("multi-centroid: {centroids: 5}") + text)
        for (unit, title) in [("older/recover[2]", "classifier"), ("tasks/train[1]", "task head")] {
            #expect(
                lab.warnings.contains {
                    $0.hasPrefix("\(unit): ")
                        && $0.contains("draws nothing and leaves the \(title)")
                }, "\(lab.warnings)")
        }
        let corrected = try TinyLab(
            stages("multi-centroid: {centroids: 5}") + text, profile: "corrected",
            data: ", augment: none")
        #expect(
            try corrected.group("head", of: "older/recover[2]")
                != corrected.group("before", of: "older/recover[2]"))
        #expect(!corrected.warnings.contains { $0.contains("draws nothing") })
    }

    @Test func aRecoveryThatChangesNothingSaysSo() throws {
        let lab = try TinyLab(stages("variance: ", recovery: "epochs: 2, lr: 0"))
        #expect(
            lab.warnings.first
                == "head/recover[2]: the recovery changed nothing of the classifier, as with an 'lr' of "
                + "0 or too small a one")
    }

    /// The choice of the reference stands in no key document, the other one does.
    @Test func theToggleEntersTheKeyWhereItIsNotTheReference() throws {
        func parameters(_ profile: String, _ more: String = "") throws -> String {
            let text = stages("variance: ", recovery: "epochs: 2\(more)")
            let unit = try TinyLab.read(text, profile: profile).graph.unit(named: "head/recover[2]")
            return try #require(unit).definition.parameters.canonicalJSON
        }
        let reference = try parameters("reference")
        #expect(!reference.contains("fewPictures"))
        #expect(try parameters("legacy-hideprompt") == reference)
        #expect(try parameters("reference", ", few-pictures: skip") == reference)
        #expect(try parameters("corrected", ", few-pictures: skip") == reference)
        #expect(try parameters("corrected").contains(#""fewPictures":"shared-variance""#))
    }
}
