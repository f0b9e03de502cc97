import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Whatever stands together in a file, and whatever its numbers are, a plan is made or a mistake is
/// named. The kinds come from the registry.
@Suite struct EveryStagePlansTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for split in ["train", "test"] {
            for (index, name) in ["ant", "bee"].enumerated() {
                let rows = [[UInt8]](
                    repeating: [UInt8](repeating: UInt8(index), count: 8), count: 8)
                try folder.write(
                    PNGBuilder.file(width: 8, height: 8, depth: 8, colorType: 0, rows: rows),
                    to: "pictures/\(split)/\(name)/1.png")
            }
        }
    }

    private static let training = "epochs: 2, batch: {size: 4, replicas: 1}, clip-norm: 1, "
    private static let adam = training + "optimizer: {adam: {lr: 0.1}}"
    private static let recovery = "epochs: 2, lr: 0.1, momentum: 0.5, samples-per-class: 3"

    /// Parameters of each kind, with as many numbers as it takes.
    private static let parameters = [
        "checkpoint": "path: none.npz, model: {vit: {image-size: 8, patch-size: 4, width: 8, "
            + "depth: 2, heads: 2, head-width: 4, mlp-width: 8, layer-norm-epsilon: 0.1, channels: 3}}",
        "dataset": "name: embedded, classes: continual, seed: 1, size: 32, train-per-class: 1, "
            + "test-per-class: 1, tasks: 1, augment: {crop: {minimum-area: 0.1}}, "
            + "normalize: {uniform: {mean: 0.5, deviation: 0.5}}, order: {shuffled: {seed: 1}}",
        "pretrain": "model: vit-quickstart, seed: 1, " + training
            + "optimizer: {sgd: {lr: 0.1, momentum: 0.9}}, "
            + "schedule: {step: {every: 3, factor: 0.1, warm-up: 1}}",
        "train-shared-pet": "seed: 1, pet: {lora: {rank: 1, blocks: [0]}}, "
            + "strategy: {fix-and-tuning: {fixed-epochs: 1}}, first-task-pet-factor: 1, "
            + "rates: {pet: 1, head: 1}, schedule: {cosine: {warm-up: 1}}, " + adam,
        "train-hide-pet": "seed: 1, pet: {adapter: {bottleneck: 1, blocks: [0]}}, merge: 0.5, "
            + "contrastive: {weight: 0.1, memory: {multi-centroid: {centroids: 2}}}, "
            + "first-task-pet-factor: 1, rates: {pet: 1, head: 1}, " + adam,
        "train-prompt-pool": "seed: 1, pull: 0.1, shared-prompt: {length: 2, blocks: [1]}, "
            + "pool: {size: 10, length: 1, top-k: 1, blocks: [0]}, " + adam,
        "class-statistics": "prototype: {count: 3}",
        "recover-classifier": recovery,
        "train-task-head": recovery,
        "train-identity-mlp": "seed: 1, structure: [2], statistics: {multi-centroid: "
            + "{centroids: 3}}, recovery: {\(recovery)}, " + adam,
        "evaluate": "",
        "nearest-class-mean": "",
        "linear-probe": "image-size: 8, steps: 3, lr: 0.1, weight-decay: 0.1",
        "few-shot": "seed: 1, classes: [0, 1], epochs: 2, lr: 0.1, "
            + "protocol: {episodes: {count: 3, ways: 2, shots: 1, queries: 1}}",
    ]

    /// A dataset that is there or not, and its tasks.
    private struct Data {
        let root: String
        let tasks: Int
    }

    private var variants: [Data] {
        [
            Data(root: "none", tasks: 2), Data(root: folder.path("pictures"), tasks: 1),
            Data(root: folder.path("pictures"), tasks: 6),
        ]
    }

    /// The stages that can fill every role, around those that are tried.
    private func text(_ data: Data, _ stages: [String]) -> String {
        ([
            "pipeline: p", "stages:",
            "  backbone: {uses: checkpoint, with: {model: vit-quickstart, path: none.npz}}",
            "  data: {uses: dataset, with: {name: image-folder, root: \(data.root), "
                + "tasks: \(data.tasks), normalize: symmetric}}",
            "  model: {uses: train-shared-pet, needs: {backbone: backbone, data: data}, "
                + "with: {seed: 1, pet: none, \(Self.adam)}}",
            "  statistics: {uses: class-statistics, needs: {model: model}}",
        ] + stages).joined(separator: "\n") + "\n"
    }

    private func stage(
        _ name: String, _ kind: String, _ needs: [String: String], with own: String? = nil
    ) throws -> String {
        let own = try own ?? #require(Self.parameters[kind], "no parameters for kind '\(kind)'")
        let filled = needs.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return
            "  \(name): {uses: \(kind), needs: {\(filled.joined(separator: ", "))}, with: {\(own)}}"
    }

    /// The roles of a kind that standard stages fill, once without those that are optional and once with
    /// every choice of them.
    private func fillings(_ kind: any Stage.Type) -> [[String: String]] {
        let standard = ["backbone", "data", "model", "statistics"]
        let required = kind.needs.filter { !$0.isOptional }.map(\.role)
        let optional = kind.needs.filter(\.isOptional).map(\.role).filter(standard.contains)
        return (0..<(1 << optional.count)).map { choice in
            let chosen = optional.enumerated().filter { choice >> $0.offset & 1 == 1 }
            return Dictionary(
                uniqueKeysWithValues: (required + chosen.map(\.element)).map { ($0, $0) })
        }
    }

    /// Plans a file as the command does. Nil for a file with mistakes, which are messages.
    @discardableResult
    private func plan(_ text: String) throws -> RunPlan? {
        let path = try folder.write(Array(text.utf8), to: "f.yaml")
        let file: PipelineFile
        do {
            file = try PipelineFile.read(path, registry: Catalog.registry)
        } catch let error as SpecError {
            #expect(!error.problems.isEmpty)
            return nil
        }
        let plan = try RunPlan(graph: file.graph, store: InMemoryArtifactStore())
        let facts = file.graph.facts(from: plan.facts)
        for unit in file.graph.units {
            guard let cost = unit.definition.estimate(facts[unit.id.index]) else { continue }
            #expect(cost.pictures >= 0 && cost.peakBytes >= 0 && cost.gigaflop.isFinite, "\(text)")
            for series in unit.definition.rates {
                #expect(series.rate(epoch: 0)?.isFinite ?? true, "\(text)")
            }
        }
        return plan
    }

    @Test(arguments: Catalog.registry.stages.keys.sorted())
    func everyKindAlone(name: String) throws {
        let kind = try #require(Catalog.registry.stages[name])
        for needs in fillings(kind) {
            for data in variants {
                try plan(text(data, [stage("tried", name, needs)]))
            }
        }
    }

    /// Each kind in each role of each other.
    @Test(arguments: Catalog.registry.stages.keys.sorted())
    func everyKindAfterEveryOther(name: String) throws {
        let kind = try #require(Catalog.registry.stages[name])
        for (other, otherKind) in Catalog.registry.stages.sorted(by: { $0.key < $1.key }) {
            for filled in fillings(otherKind).prefix(1) {
                let first = try stage("first", other, filled)
                for role in kind.needs.map(\.role) {
                    for var needs in fillings(kind) {
                        needs[role] = "first"
                        try plan(text(variants[1], [first, stage("tried", name, needs)]))
                    }
                }
            }
        }
    }

    /// Six tasks of two classes: told by the plan, before anything runs.
    @Test func moreTasksThanClassesAreToldByThePlan() throws {
        let plan = try #require(try plan(text(variants[2], [])))
        let verdict = try #require(plan.entry(named: "data/split")?.verdict)
        #expect(
            verdict
                == .missingInput(
                    """
                    \(folder.path("pictures")): 2 classes do not fill 6 equal tasks
                      hint: the parameter 'tasks' sets the number of tasks
                    """))
        #expect(plan.entry(named: "model/train[1]")?.verdict.wouldRun == false)
    }

    // MARK: Numbers

    private static let extremes = [
        "0", "-1", "4096", "1000000", "1000000000000000000", "9223372036854775807",
        "-9223372036854775808", "99999999999999999999", "1e308", "1e-320", ".inf", "-.inf", ".nan",
    ]
    /// More than any parameter but a seed may be.
    private static let absurd: Set<String> = [
        "1000000000000000000", "9223372036854775807", "1e308", ".inf", ".nan",
    ]

    /// A rate may be so large that training fails, which is then said; not so large that no number holds it.
    private static let absurdRates: Set<String> = ["1e308", ".inf", ".nan"]
    private static let rates: Set<Substring> = ["lr", "weight", "pull", "weight-decay"]

    /// Every number of every kind, replaced by what no machine can compute: a plan or a mistake, and for
    /// the absurd ones always a mistake.
    @Test(arguments: Catalog.registry.stages.keys.sorted())
    func extremeNumbersNeverEndTheProgram(name: String) throws {
        let kind = try #require(Catalog.registry.stages[name])
        let own = try #require(Self.parameters[name])
        let needs = try #require(fillings(kind).last { $0.count <= 2 })
        for number in own.matches(of: #/([a-z-]+): \[?([0-9.]+)/#) {
            for value in Self.extremes {
                var changed = own
                changed.replaceSubrange(
                    number.output.2.startIndex..<number.output.2.endIndex, with: value)
                let found = try plan(
                    text(variants[1], [stage("tried", name, needs, with: changed)]))
                let absurd = Self.rates.contains(number.output.1) ? Self.absurdRates : Self.absurd
                if number.output.1 != "seed", absurd.contains(value) {
                    let isRefused = found == nil
                    #expect(isRefused, "\(name): \(number.output.1): \(value)")
                }
            }
        }
    }

    /// The largest numbers that are allowed, all at once: no sum overflows.
    @Test func theLargestModelIsCounted() throws {
        let model =
            "{vit: {image-size: 4096, patch-size: 16, width: 16384, depth: 256, heads: 256, "
            + "head-width: 16384, mlp-width: 65536}}"
        let training =
            "epochs: 1000000, batch: {size: 4096, replicas: 4096}, "
            + "optimizer: {adam: {lr: 1000000}}"
        let plan = try plan(
            text(
                variants[1],
                [
                    "  huge: {uses: checkpoint, with: {path: none.npz, model: \(model)}}",
                    "  all: {uses: train-shared-pet, needs: {backbone: huge, data: data}, "
                        + "with: {seed: 1, pet: full, \(training)}}",
                    "  pool: {uses: train-prompt-pool, needs: {backbone: huge, data: data}, with: "
                        + "{seed: 1, pool: {size: 4096, length: 4096, top-k: 4096, blocks: [0, 255]}, "
                        + "\(training)}}",
                    "  scores: {uses: evaluate, needs: {model: pool}}",
                ]))
        #expect(plan != nil)
    }

    /// The tasks of a sequence are bounded together.
    @Test func theTasksOfASequenceAreBounded() throws {
        let part = "{name: image-folder, root: none, tasks: 10000}"
        let many = Array(repeating: part, count: 30).joined(separator: ", ")
        #expect(
            try plan(
                "pipeline: p\nstages: {d: {uses: dataset, "
                    + "with: {name: sequence, datasets: [\(many)]}}}\n") == nil)
    }
}
