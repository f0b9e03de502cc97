import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// A PET for each dataset of a sequence (Reference 5.5, Reference 12.1 and Reference 12.2).
@Suite struct DatasetSlotTests {
    /// Two datasets of four classes in `tasks` tasks each.
    static func sequence(_ order: String = "natural", tasks: Int = 2) -> String {
        let parts = [1, 2].map {
            "{name: embedded, classes: continual, seed: \($0), train-per-class: 3, test-per-class: 4, "
                + "tasks: \(tasks), first-classes: 4, normalize: symmetric}"
        }
        return """
              sequence:
                uses: dataset
                with: {name: sequence, datasets: [\(parts.joined(separator: ", "))], task-order: \(order)}

            """
    }

    /// Python's shuffle with seed 2 leaves four tasks as 1, 2, 3, 0: of datasets 0, 1, 1, 0.
    static let shuffled = "{shuffled: {seed: 2}}"
    static let pet = "{lora: {rank: 2, blocks: [0, 1]}}"

    static func shared(_ settings: String, pet: String = pet, data: String = "sequence") -> String {
        """
          shared:
            uses: train-shared-pet
            needs: {backbone: backbone, data: \(data)}
            with: {seed: 1, pet: \(pet), \(TinyLab.training), \(settings)}

        """
    }

    static let perDataset = "slots: per-dataset"
    /// A head on the bare backbone, recovered, and what recovers the shared model.
    static let heads = """
          vanilla:
            uses: train-shared-pet
            needs: {backbone: backbone, data: sequence}
            with: {seed: 1, pet: none, \(TinyLab.training)}
          vanilla-statistics: {uses: class-statistics, needs: {model: vanilla}, with: {variance: }}
          vanilla-head: {uses: recover-classifier, needs: {model: vanilla, statistics: vanilla-statistics}, with: {epochs: 4}}
          shared-statistics: {uses: class-statistics, needs: {model: shared}, with: {variance: }}
          shared-head: {uses: recover-classifier, needs: {model: shared, statistics: shared-statistics}, with: {epochs: 4}}

        """

    static func scores(_ needs: String, _ settings: String = "", name: String = "scores") -> String
    {
        "  \(name): {uses: evaluate, needs: {\(needs)}, with: {\(settings)}}\n"
    }

    private func message(_ stages: String) -> String {
        do {
            _ = try TinyLab.read(stages)
            return ""
        } catch { return "\(error)" }
    }

    /// The unit that fills a role.
    private func input(_ role: String, of name: String, _ graph: UnitGraph) throws -> String? {
        try #require(graph.unit(named: name), "\(name)").definition.inputs
            .first { $0.role == role }.map { graph[$0.unit].name }
    }

    /// The order of Reference 2.4, which the reference draws with seed 42.
    @Test func theTasksOfTheReferenceAreOfItsDatasets() throws {
        let parts = [1, 2, 3, 4].map {
            "{name: embedded, classes: continual, seed: \($0), train-per-class: 1, test-per-class: 1, tasks: 5}"
        }
        let data = """
              sequence:
                uses: dataset
                with: {name: sequence, datasets: [\(parts.joined(separator: ", "))], task-order: {shuffled: {seed: 42}}}

            """
        let graph = try TinyLab.read(data + Self.shared(Self.perDataset)).graph
        let expected = [3, 1, 2, 0, 1, 2, 3, 3, 1, 2, 3, 2, 0, 2, 0, 3, 1, 1, 0, 0]
        for task in expected.indices {
            let last = expected[..<task].lastIndex(of: expected[task]) ?? task - 1
            #expect(
                try input("start", of: "shared/train[\(task + 1)]", graph)
                    == (task == 0 ? "shared/initial" : "shared/train[\(last + 1)]"))
        }
    }

    /// A rate of zero after the first visit leaves a PET as it started: as the last task of its dataset left
    /// it, whatever was trained in between.
    @Test func aTaskGoesOnFromThePETOfItsDataset() throws {
        let lab = try TinyLab(
            Self.sequence(Self.shuffled)
                + Self.shared(
                    "\(Self.perDataset), strategy: {first-session-slow: {slow-factor: 0}}"))
        let pets =
            try ["initial"].map { try lab.group("pet", of: "shared/\($0)") }
            + (1...4).map { try lab.group("pet", of: "shared/train[\($0)]") }
        // Datasets 0, 1, 1, 0. The PET of dataset 1 begins as that of dataset 0.
        #expect(pets[1] != pets[0] && pets[2] != pets[1])
        #expect(pets[3] == pets[2] && pets[4] == pets[1])
        let frozen = try TinyLab(
            Self.sequence(Self.shuffled)
                + Self.shared("\(Self.perDataset), strategy: first-session-adaptation"))
        for task in 1...4 {
            let expected = [1, 2, 2, 1][task - 1]
            #expect(
                try frozen.group("pet", of: "shared/train[\(task)]")
                    == frozen.group("pet", of: "shared/train[\(expected)]"))
        }
    }

    /// At a rate of zero every PET is a copy of the initial values.
    @Test func aNewPETIsACopyOfTheOneBefore() throws {
        let still = "epochs: 1, batch: {size: 6}, optimizer: {adam: {lr: 0}}"
        let stages =
            Self.sequence(Self.shuffled)
            + Self.shared(Self.perDataset).replacing(TinyLab.training, with: still)
        let lab = try TinyLab(stages)
        for task in 1...4 {
            #expect(
                try lab.group("pet", of: "shared/train[\(task)]")
                    == lab.group("pet", of: "shared/initial"))
        }
    }

    @Test func theFirstVisitOfEachDatasetHasTheWholeRate() throws {
        let graph = try TinyLab.read(
            Self.sequence(Self.shuffled)
                + Self.shared(
                    "\(Self.perDataset), strategy: {first-session-slow: {slow-factor: 0.1}}, "
                        + "first-task-pet-factor: 0.5")
        ).graph
        let rates = try (1...4).map { task in
            try #require(graph.unit(named: "shared/train[\(task)]")?.definition.rates.first)
                .rates[0].map { Int(($0 * 256 / 6 * 1000).rounded()) }
        }
        // The first task of all has its own factor.
        #expect(rates == [500, 1000, 100, 100])
    }

    /// Settings that say nothing new make no new units.
    @Test func oneSlotIsThePlainModel() throws {
        func units(_ settings: String, _ order: String = "natural") throws -> [String] {
            let graph = try TinyLab.read(Self.sequence(order) + Self.shared(settings)).graph
            return graph.units.filter { $0.stage == "shared" }.map { unit in
                let inputs = unit.definition.inputs.map { "\($0.role)=\(graph[$0.unit].name)" }
                return "\(unit.name) \(unit.definition.parameters.canonicalJSON) \(inputs)"
            }
        }
        let plain = try units("clip-norm: 1")
        #expect(plain.count == 5)
        #expect(try units("clip-norm: 1, slots: one") == plain)
        // Dataset by dataset every task starts from the one before, with slots or without.
        #expect(try units("clip-norm: 1, slots: per-dataset") == plain)
        #expect(
            try units("clip-norm: 1, slots: per-dataset", Self.shuffled)
                != units("clip-norm: 1", Self.shuffled))
    }

    /// Where every dataset has one task, a PET a dataset is a PET a task.
    @Test func withOneTaskADatasetItIsEvaluatedAsAPETATask() throws {
        let hide = """
              hide:
                uses: train-hide-pet
                needs: {backbone: backbone, data: sequence}
                with: {seed: 1, pet: \(Self.pet), \(TinyLab.training)}

            """
        let lab = try TinyLab(
            Self.sequence(tasks: 1) + Self.shared(Self.perDataset) + Self.heads + hide
                + Self.scores("model: shared, task-identity: vanilla-head")
                + Self.scores("model: hide, task-identity: vanilla-head", name: "hide-scores"))
        for task in 1...2 {
            let own = try lab["scores/evaluate[\(task)]"]
            #expect(try own == lab["hide-scores/evaluate[\(task)]"])
        }
    }

    /// Dataset by dataset the plain model is trained alike. After task 2 it has the PET with which the model with
    /// slots sees dataset 0 for ever; among the classes of a picture's own task nothing else differs.
    @Test func everyPictureIsSeenWithThePETOfItsDataset() throws {
        let settings = "identity: oracle, task-incremental: true"
        let stages =
            Self.sequence() + Self.shared(Self.perDataset)
            + Self.shared("slots: one").replacing("shared:", with: "plain:")
            + Self.scores("model: shared", settings)
            + Self.scores("model: plain", "task-incremental: true", name: "plain-scores")
        let lab = try TinyLab(stages.replacing("lr: 1}", with: "lr: 20}"))
        let found = try lab.doubles("accuracy", of: "scores/evaluate[4]")
        let second = try lab.doubles("accuracy", of: "plain-scores/evaluate[2]")
        let fourth = try lab.doubles("accuracy", of: "plain-scores/evaluate[4]")
        #expect(found == second + fourth.dropFirst(2))
        #expect(found != fourth, "the PETs of both datasets see the same in these pictures")
    }

    @Test func theTaskThatIsInferredNamesTheSlot() throws {
        let lab = try TinyLab(
            Self.sequence(Self.shuffled) + Self.shared(Self.perDataset) + Self.heads
                + Self.scores("model: shared, head: shared-head, task-identity: vanilla-head")
                + Self.scores("model: vanilla-head", name: "vanilla-scores"))
        let graph = lab.file.graph
        // Of four classes each: what the file tells of the tasks is what the pictures have.
        let manifest = try DatasetManifest(artifact: lab["sequence/split"])
        #expect(manifest.tasks.map { $0.map { $0 / 4 } } == [[0, 0], [1, 1], [1, 1], [0, 0]])
        // Datasets 0, 1, 1, 0: after task 4 tasks 1 and 4 have the PET that task 4 left.
        for (task, slots) in [(1, [1]), (2, [1, 2]), (3, [1, 3, 3]), (4, [4, 3, 3, 4])] {
            for (index, slot) in slots.enumerated() {
                #expect(
                    try input("slot[\(index)]", of: "scores/evaluate[\(task)]", graph)
                        == "shared/train[\(slot)]")
            }
        }
        // It is the task that is inferred, not the dataset.
        #expect(
            try lab.doubles("task-identity", of: "scores/evaluate[4]")
                == lab.doubles("task-identity", of: "vanilla-scores/evaluate[4]"))
        // Statistics are those of the PET as the task left it.
        for task in 1...4 {
            #expect(
                try input("pet", of: "shared-statistics/features[\(task)]", graph)
                    == "shared/train[\(task)]")
        }
        #expect(try lab["scores/summary"].attributes["metric.faa"] != nil)
    }

    /// Stages, and what is said of them.
    private static let mistakes: [(String, String)] = {
        let model = sequence() + shared(perDataset)
        let whole = model + heads
        var list: [(String, String)] = []
        list.append(
            (
                shared(perDataset, data: "data"),
                "'slots: per-dataset' needs a sequence of datasets, need 'data' is a single one"
            ))
        for pet in ["none", "full"] {
            list.append(
                (
                    sequence() + shared(perDataset, pet: pet),
                    "parameter 'slots' needs a PET for each dataset, and 'pet' is '\(pet)'"
                ))
        }
        list.append(
            (
                sequence() + shared("slots: per-dataset, strategy: {momentum: {decay: 0.9}}"),
                "parameter 'slots' has no shadow for each dataset"
            ))
        list.append(
            (sequence() + shared("slots: two"), "parameter 'slots' has no choice 'two'"))
        list.append(
            (
                model + scores("model: shared"),
                "need 'task-identity' is missing\n"
                    + "  hint: a model with a PET a dataset needs a shared model"
            ))
        list.append(
            (
                whole + scores("model: shared, task-identity: shared-head"),
                "need 'task-identity' must be a shared model over the same tasks"
            ))
        list.append(
            (
                model + "  means: {uses: nearest-class-mean, needs: {model: shared}}\n",
                "class means need one PET for all tasks"
            ))
        let needs = "{model: shared, statistics: shared-statistics}"
        list.append(
            (
                whole + "  tasks: {uses: train-task-head, needs: \(needs)}\n",
                "a task head stands on the features of a model with one PET for all tasks"
            ))
        return list
    }()

    @Test(arguments: mistakes)
    func mistakesAreNamed(stages: String, problem: String) {
        let message = message(stages)
        #expect(message.contains(problem), "\(message)")
    }

    @Test func aTrainedNormBeforeTheHeadIsRefused() {
        let stages = TinyLab.text(Self.sequence() + Self.shared(Self.perDataset))
            .replacing("depth: 2, heads: 2", with: "depth: 2, heads: 2, final-norm: false")
        #expect {
            let folder = try TemporaryFolder()
            let path = try folder.write(Array(stages.utf8), to: "p.yaml")
            _ = try PipelineFile.read(path, registry: Catalog.registry)
        } throws: {
            "\($0)".contains("'slots: per-dataset' needs a model with a final norm")
        }
    }
}
