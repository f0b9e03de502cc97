import Foundation
import Pipeline
import Testing

/// What `evaluate` measures of a model with a PET a task and of a shared one.
@Suite struct EvaluateTests {
    private static let pet = "{lora: {rank: 2, blocks: [0, 1]}}"
    private static let stages = """
          shared:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: \(pet), \(TinyLab.training)}
          shared-statistics: {uses: class-statistics, needs: {model: shared}, with: {variance: }}
          shared-head: {uses: recover-classifier, needs: {model: shared, statistics: shared-statistics}, with: {epochs: 3}}
          hide:
            uses: train-hide-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: \(pet), merge: 0.1, \(TinyLab.training)}
          hide-statistics: {uses: class-statistics, needs: {model: hide}, with: {variance: }}
          hide-head: {uses: recover-classifier, needs: {model: hide, statistics: hide-statistics}, with: {epochs: 3}}

        """

    /// Runs the model, and evaluations of it with these settings.
    private func lab(_ evaluations: [String: String]) throws -> TinyLab {
        let text = evaluations.sorted { $0.key < $1.key }.map { name, settings in
            "  \(name): {uses: evaluate, needs: {model: hide, head: hide-head, task-identity: shared-head}, with: {\(settings)}}\n"
        }
        return try TinyLab(Self.stages + text.joined())
    }

    private let rows = [
        "accuracy", "accuracy-masked", "accuracy-top-5", "accuracy-before-recovery",
        "accuracy-masked-before-recovery", "accuracy-top-5-before-recovery",
    ]

    @Test func oneVoteIsTheNormalInference() throws {
        let lab = try lab(["normal": "", "best": "inference: {top-k: {k: 1}}"])
        for task in 1...4 {
            for row in rows + ["task-identity"] {
                #expect(
                    try lab.doubles(row, of: "best/evaluate[\(task)]")
                        == lab.doubles(row, of: "normal/evaluate[\(task)]"), "\(row), \(task)")
            }
        }
    }

    @Test func allVotesAreThoseOfAThresholdOfZero() throws {
        let lab = try lab([
            "k": "inference: {top-k: {k: 20}}", "p": "inference: {top-p: {threshold: 0}}",
            "none": "inference: {top-p: {threshold: 1}}",
        ])
        for row in rows {
            #expect(
                try lab.doubles(row, of: "k/evaluate[4]")
                    == lab.doubles(row, of: "p/evaluate[4]"))
        }
        // No class is certain: all logits are 0, and the first class is named, one of five of task 1.
        #expect(try lab.doubles("accuracy", of: "none/evaluate[3]") == [20, 0, 0])
    }

    @Test func theTaskOfASharedModelIsNeverAnUnseenOne() throws {
        let lab = try lab(["normal": ""])
        #expect(try lab.doubles("task-identity", of: "normal/evaluate[1]") == [100])
    }

    @Test func theOracleKnowsTheTask() throws {
        let oracle =
            "  scores: {uses: evaluate, needs: {model: hide, head: hide-head}, with: {identity: oracle}}\n"
        let lab = try TinyLab(Self.stages + oracle)
        #expect(try lab.doubles("task-identity", of: "scores/evaluate[4]") == [100, 100, 100, 100])
        #expect(
            lab.file.profileReport.deviations(behind: "scores", in: lab.file.cells[0]).contains {
                $0.setting == "task-identity" && $0.value == "oracle"
                    && $0.standard == "class-logits"
            })
    }

    @Test func knownTasksLeaveTheirOwnClasses() throws {
        let lab = try lab(["normal": "", "known": "task-incremental: true"])
        for task in 1...4 {
            let known = "known/evaluate[\(task)]"
            #expect(
                try lab.doubles("accuracy", of: known)
                    == lab.doubles("accuracy-masked", of: known))
            // Five classes of a task: the right one is always among the first five.
            #expect(try lab.doubles("accuracy-top-5", of: known).allSatisfy { $0 == 100 })
            let masked = try lab.doubles("accuracy-masked", of: "normal/evaluate[\(task)]")
            #expect(try zip(lab.doubles("accuracy", of: known), masked).allSatisfy { $0 >= $1 })
        }
        // After the first task the classes seen are those of its own.
        #expect(
            try lab.doubles("accuracy", of: "known/evaluate[1]")
                == lab.doubles("accuracy-masked", of: "normal/evaluate[1]"))
    }

    @Test func theSharedModelNamesTheTaskWithBothOfItsClassifiers() throws {
        let stage = "  scores: {uses: evaluate, needs: {model: shared, head: shared-head}}\n"
        let lab = try TinyLab(Self.stages + stage)
        let after = try lab.doubles("task-identity", of: "scores/evaluate[4]")
        let before = try lab.doubles("task-identity-before-recovery", of: "scores/evaluate[4]")
        #expect(after != before)
        let curve = try lab.doubles("metric/task-identity-curve", of: "scores/summary")
        #expect(curve.count == 4 && abs(curve[3] - after.reduce(0, +) / 4) < 1e-9)
        let earlier = try lab.doubles(
            "metric/task-identity-before-recovery-curve", of: "scores/summary")
        #expect(abs(earlier[3] - before.reduce(0, +) / 4) < 1e-9)
    }

    @Test func theFiguresFollowFromTheMatrix() throws {
        let lab = try lab(["normal": ""])
        let artifact = try lab["normal/summary"]
        let columns = try (1...4).map { try lab.doubles("accuracy", of: "normal/evaluate[\($0)]") }
        func metric(_ name: String) -> Double? {
            if case .real(let value)? = artifact.attributes["metric.\(name)"] { value } else { nil }
        }
        let averages = columns.map { $0.reduce(0, +) / Double($0.count) }
        #expect(metric("faa") == averages[3])
        #expect(metric("caa").map { abs($0 - averages.reduce(0, +) / 4) < 1e-9 } == true)
        // Every task has as many pictures, so each counts the same either way.
        #expect(metric("faa-micro").map { abs($0 - averages[3]) < 1e-9 } == true)
        let transfer = (0..<3).map { columns[3][$0] - columns[$0][$0] }.reduce(0, +) / 3
        #expect(metric("bwt").map { abs($0 - transfer) < 1e-9 } == true)
        #expect(try lab.doubles("metric/accuracy-curve", of: "normal/summary") == averages)
        for name in ["faa", "caa", "ffm", "bwt", "faa-micro", "faa-masked", "tii-accuracy"] {
            #expect(metric("\(name)-before-recovery") != nil, "\(name)")
        }
    }

    /// A shadow that keeps nothing of itself is the PET, so the larger of the logits are the PET's.
    @Test func aShadowThatForgetsChangesNothing() throws {
        func stage(_ name: String, _ decay: Double) -> String {
            """
              \(name):
                uses: train-shared-pet
                needs: {backbone: backbone, data: data}
                with: {seed: 1, pet: \(Self.pet), strategy: {momentum: {decay: \(decay)}}, \(TinyLab.training)}
              \(name)-scores: {uses: evaluate, needs: {model: \(name)}}

            """
        }
        let plain = "  plain: {uses: evaluate, needs: {model: shared}}\n"
        let lab = try TinyLab(Self.stages + stage("new", 0) + stage("old", 1) + plain)
        for row in rows + ["task-identity"] {
            #expect(
                try lab.doubles(row, of: "new-scores/evaluate[4]")
                    == lab.doubles(row, of: "plain/evaluate[4]"))
        }
        let old = try rows.map { try lab.doubles($0, of: "old-scores/evaluate[4]") }
        let new = try rows.map { try lab.doubles($0, of: "new-scores/evaluate[4]") }
        #expect(old != new)
    }

    @Test func aSharedModelTakesNoInferenceMode() throws {
        let stage =
            "  scores: {uses: evaluate, needs: {model: shared}, with: {inference: maximum}}\n"
        #expect {
            try TinyLab.read(Self.stages + stage)
        } throws: {
            "\($0)".contains(
                """
                stage 'scores': parameter 'inference' is about models with a PET a task or a dataset
                  hint: leave it out
                """)
        }
    }

    @Test func theHeadMustBeOfTheModel() throws {
        let stage = """
              scores: {uses: evaluate, needs: {model: hide, head: shared-head, task-identity: shared-head}}

            """
        #expect {
            try TinyLab.read(Self.stages + stage)
        } throws: {
            "\($0)".contains("need 'head' is of another model than need 'model'")
        }
    }
}
