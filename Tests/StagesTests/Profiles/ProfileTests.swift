import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Which defaults a profile chooses, and what results say of deviations (Reference 16).
@Suite struct ProfileTests {
    private func hide(_ settings: String = "") -> String {
        """
          hide:
            uses: train-hide-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: {lora: {rank: 2, blocks: [0, 1]}}, merge: 0.5, \(TinyLab.training)\(settings)}
          hide-statistics: {uses: class-statistics, needs: {model: hide}, with: {prototype: {count: 2}}}

        """
    }

    private func documents(_ file: PipelineFile) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: file.graph.units.map {
                ($0.name, "\($0.definition.kind) \($0.definition.parameters.canonicalJSON)")
            })
    }

    private func deviations(_ file: PipelineFile, behind stage: String) -> [String] {
        file.profileReport.deviations(behind: stage, in: file.cells[0]).map {
            "\($0.stage).\($0.setting)=\($0.value) (\($0.standard))"
        }
    }

    @Test func theProfileItselfEntersNoKey() throws {
        let settings = ", statistics: after-merge, first-task-pet-factor: 1"
        let data = ", resize: bilinear, augment: none"
        let files = try ["reference", "corrected", "legacy-hideprompt"].map {
            try TinyLab.read(hide(settings), profile: $0, data: data)
        }
        #expect(documents(files[0]) == documents(files[1]))
        #expect(documents(files[0]) == documents(files[2]))
        #expect(!documents(files[0]).values.contains { $0.contains("profile") })
    }

    @Test func deviationsAreThoseOfTheStagesBehindAResult() throws {
        let file = try TinyLab.read(hide(", statistics: before-merge"))
        #expect(
            deviations(file, behind: "hide-statistics") == [
                "base-data.normalize=symmetric (unit)", "base-data.augment=none (standard)",
                "data.normalize=symmetric (unit)",
                "hide.statistics=before-merge (after-merge)",
            ])
        #expect(deviations(file, behind: "data") == ["data.normalize=symmetric (unit)"])
    }

    /// Tasks before the second have nothing to merge with. Training of task 2 does not see the merge of
    /// its own end, so features before the merge are those of a run without one.
    @Test func statisticsBeforeTheMergeAreThoseOfTheTrainedPET() throws {
        let before = try TinyLab(hide(", statistics: before-merge"))
        let after = try TinyLab(hide(", statistics: after-merge"))
        let never = try TinyLab(hide().replacing("merge: 0.5", with: "merge: 0"))
        func features(_ lab: TinyLab, _ task: Int) throws -> [Float] {
            try lab.floats("features", of: "hide-statistics/features[\(task)]")
        }
        #expect(try features(before, 1) == features(after, 1))
        #expect(try features(before, 2) == features(never, 2))
        #expect(try features(before, 2) != features(after, 2))
        // The slot that is used afterwards is the merged one either way.
        #expect(
            try before.group("pet", of: "hide/train[4]")
                == after.group("pet", of: "hide/train[4]"))
        #expect(
            try before.group("unmerged", of: "hide/train[2]")
                == never.group("pet", of: "hide/train[2]"))
        #expect(try after[("hide/train[2]")].arrays.keys.allSatisfy { !$0.contains("unmerged") })
    }

    @Test func theOlderCodeCropsMoreAndResamplesFiner() throws {
        func training(_ profile: String) throws -> String {
            let unit = try TinyLab.read(hide(), profile: profile).graph.unit(named: "hide/train[1]")
            return try #require(unit).definition.parameters.canonicalJSON
        }
        #expect(try training("reference").contains(#""minimumArea":0.08"#))
        #expect(try training("legacy-hideprompt").contains(#""minimumArea":0.05"#))
        func features(_ profile: String) throws -> String {
            let unit = try TinyLab.read(hide(), profile: profile).graph
                .unit(named: "hide-statistics/features[1]")
            return try #require(unit).definition.parameters.canonicalJSON
        }
        #expect(try features("reference").contains(#""interpolation":"bilinear""#))
        #expect(try features("legacy-hideprompt").contains(#""interpolation":"bicubic""#))
    }

    @Test func normalisationOfTheCheckpointMustBeKnown() throws {
        let stages = """
              unnamed: {uses: checkpoint, with: {model: vit-base-patch16-224, path: w}}
              photos: {uses: dataset, with: {name: image-folder, root: d, tasks: 2}}
              shared:
                uses: train-shared-pet
                needs: {backbone: unnamed, data: photos}
                with: {seed: 1, pet: none, \(TinyLab.training)}
            """
        #expect {
            try TinyLab.read(stages, profile: "corrected")
        } throws: {
            "\($0)".contains("'normalize: checkpoint' needs weights that are known by name")
        }
        #expect(try !TinyLab.read(stages).graph.units.isEmpty)
    }

    /// A backbone that was pre-trained here is fed as it was trained.
    @Test func aPreTrainedBackboneBringsItsNormalisation() throws {
        let stages =
            hide().replacing("data: data}", with: "data: plain}") + """
                  plain: {uses: dataset, with: {name: embedded, classes: continual, train-per-class: 1, test-per-class: 1, tasks: 4}}
                """
        let file = try TinyLab.read(stages, profile: "corrected")
        let unit = try #require(file.graph.unit(named: "hide/train[1]"))
        #expect(unit.definition.parameters.canonicalJSON.contains(#""mean":[0.5,0.5,0.5]"#))
        #expect(
            deviations(file, behind: "hide") == [
                "base-data.normalize=symmetric (checkpoint)", "base-data.augment=none (standard)",
            ])
    }
}
