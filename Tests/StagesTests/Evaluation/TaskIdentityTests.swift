import Foundation
import Pipeline
import Testing

/// What names the task of a picture (Reference 9), and nearest class means.
@Suite struct TaskIdentityTests {
    private static let pet = "{lora: {rank: 2, blocks: [0, 1]}}"
    private static let hide = """
          hide:
            uses: train-hide-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: \(pet), \(TinyLab.training)}

        """
    private static let shared = """
          shared:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: \(pet), \(TinyLab.training)}
          shared-statistics: {uses: class-statistics, needs: {model: shared}, with: {variance: }}

        """
    private static let taskHead = """
          task-head: {uses: train-task-head, needs: {model: shared, statistics: shared-statistics}, with: {epochs: 20, lr: 0.2}}

        """
    private static let mlp = """
          mlp:
            uses: train-identity-mlp
            needs: {backbone: backbone, data: data}
            with: {seed: 1, structure: [2], \(TinyLab.training), statistics: {variance: }, recovery: {epochs: 4, lr: 1}}

        """

    private func deviations(_ lab: TinyLab, _ stage: String) -> [String] {
        lab.file.profileReport.deviations(behind: stage, in: lab.file.cells[0])
            .filter { $0.setting == "task-identity" }.map(\.value)
    }

    @Test func aTaskHeadNamesTasksThatWereSeen() throws {
        let lab = try TinyLab(
            Self.shared + Self.hide + Self.taskHead
                + "  scores: {uses: evaluate, needs: {model: hide, task-identity: task-head}}\n")
        #expect(try lab.doubles("task-identity", of: "scores/evaluate[1]") == [100])
        // A head for each of four tasks, made anew after each.
        #expect(try lab["task-head/train[2]"].arrays["tasks/weight"]?.shape == [4, 32])
        #expect(
            try lab["task-head/train[2]"].arrays["tasks-mapping/mapping.0.weight"]?.shape == [
                32, 16,
            ])
        #expect(deviations(lab, "scores") == ["task-head"])
        // Tasks to come take no part in training: their rows are as they began, with a bias of 0.
        let bias = try lab.floats("tasks/bias", of: "task-head/train[2]")
        #expect(bias[0] != 0 && bias[1] != 0 && bias[2] == 0 && bias[3] == 0)
    }

    @Test func aTaskHeadHasNoLogitsOfClasses() throws {
        let stages =
            Self.shared + Self.hide + Self.taskHead + """
                  scores:
                    uses: evaluate
                    needs: {model: hide, task-identity: task-head}
                    with: {inference: maximum}
                """
        #expect {
            try TinyLab.read(stages)
        } throws: {
            "\($0)".contains("needs logits of classes, a task head has none")
        }
    }

    @Test func theMLPIsOneChainOfTrainingAndRecovery() throws {
        let lab = try TinyLab(
            Self.mlp + Self.hide
                + """
                  scores: {uses: evaluate, needs: {model: hide, task-identity: mlp}}
                  own: {uses: evaluate, needs: {model: mlp}}

                """)
        let graph = lab.file.graph
        let third = try #require(graph.unit(named: "mlp/train[3]"))
        #expect(
            third.definition.inputs.first { $0.role == "start" }.map { graph[$0.unit].name }
                == "mlp/recover[2]")
        let mapping = "mapping/mapping.0.weight"
        func weights(_ group: String, _ unit: String) throws -> [Float] {
            try lab.floats("\(group)-\(mapping)", of: unit)
        }
        // Training moves the mapping, and so does recovery, but after the first task.
        #expect(try weights("rows", "mlp/train[1]") != weights("head", "mlp/initial"))
        #expect(try weights("head", "mlp/recover[1]") == weights("rows", "mlp/train[1]"))
        #expect(try weights("before", "mlp/recover[2]") == weights("rows", "mlp/train[2]"))
        #expect(try weights("head", "mlp/recover[2]") != weights("rows", "mlp/train[2]"))
        // Rows of other classes have no gradient in training: task 2 has classes 5 to 9, of 16 features.
        let before = try lab.floats("head/weight", of: "mlp/recover[1]")
        let after = try lab.floats("before/weight", of: "mlp/recover[2]")
        #expect(before[..<80] == after[..<80] && before[160...] == after[160...])
        #expect(before[80..<160] != after[80..<160])
        #expect(try lab.doubles("task-identity", of: "scores/evaluate[1]") == [100])
        #expect(
            try lab.doubles("task-identity", of: "scores/evaluate[4]")
                == lab.doubles("task-identity", of: "own/evaluate[4]"))
        #expect(deviations(lab, "scores") == ["mlp"])
    }

    /// n is the batch size and the rate is scaled by it, as in the older code alone.
    @Test func theRecoveryOfTheMLPIsScaled() throws {
        let unit = try TinyLab.read(Self.mlp).graph.unit(named: "mlp/recover[2]")
        let text = try #require(unit).definition.parameters.canonicalJSON
        #expect(text.contains(#""samplesPerClass":6"#))
        #expect(text.contains(#""rate":0.0234375"#))
    }

    @Test func featuresOfTheBareBackboneAreOnesForAllSeeds() throws {
        let graph = try TinyLab.read(
            Self.mlp
                + Self.mlp.replacing("mlp:", with: "again:").replacing("seed: 1", with: "seed: 2")
                + "  means: {uses: nearest-class-mean, needs: {backbone: backbone, data: data}}\n"
        ).graph
        let features = graph.units.filter { $0.definition.kind == "extract-features" }
        #expect(features.map(\.name).sorted() == (1...4).map { "mlp/features[\($0)]" })
    }

    @Test(arguments: ["cosine", "euclidean"])
    func theNearestMeanNamesAClassThatWasSeen(distance: String) throws {
        let lab = try TinyLab(
            Self.shared + """
                  bare: {uses: nearest-class-mean, needs: {backbone: backbone, data: data}, with: {distance: \(distance)}}
                  tuned: {uses: nearest-class-mean, needs: {model: shared}, with: {distance: \(distance)}}
                """)
        for stage in ["bare", "tuned"] {
            #expect(try lab.doubles("task-identity", of: "\(stage)/evaluate[1]") == [100])
            #expect(
                try lab.doubles("accuracy", of: "\(stage)/evaluate[3]")
                    == lab.doubles("accuracy-masked", of: "\(stage)/evaluate[3]"))
        }
    }

    @Test func aModelBringsItsBackboneAndData() throws {
        #expect {
            try TinyLab.read(
                Self.shared
                    + "  means: {uses: nearest-class-mean, needs: {model: shared, data: data}}\n")
        } throws: {
            "\($0)".contains(
                "need 'data' stands beside need 'model'\n  hint: the model brings its own")
        }
        #expect {
            try TinyLab.read(
                Self.hide + "  means: {uses: nearest-class-mean, needs: {model: hide}}\n")
        } throws: {
            "\($0)".contains("class means need one PET for all tasks")
        }
    }
}
