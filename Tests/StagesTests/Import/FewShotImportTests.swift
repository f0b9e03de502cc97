import Pipeline
import Stages
import Testing

/// Commands of the reference's few-shot script (Reference 12).
@Suite struct FewShotImportTests {
    private let imports: ImportedCommands

    init() throws { imports = try ImportedCommands() }

    private static let script = "torchrun --nproc_per_node 4 fsl.py cub_cars_few_shot_lora"

    @Test func everyModeHasItsStages() throws {
        let vanilla = try imports.work(
            imports.graph(imports.text("\(Self.script) --train_vanilla --batch-size 48")))
        #expect(vanilla["vanilla-scores/summary"] != nil && vanilla["vanilla/train[20]"] != nil)
        #expect(!vanilla.keys.contains { $0.hasPrefix("shared") || $0.hasPrefix("few-shot") })
        // 0.01 as it stands: 0.0533 · 48 / 256.
        let rate = try #require(vanilla["vanilla/train[1]"])
        #expect(rate.contains(#""rate":0.05333333"#), "\(rate)")

        let shared = try imports.work(
            imports.graph(imports.text("\(Self.script) --train_shared --batch-size 48")))
        #expect(shared["shared-scores/summary"] != nil)
        #expect(vanilla.allSatisfy { shared[$0.key] == $0.value })

        let all = try imports.work(
            imports.graph(
                imports.text(
                    "\(Self.script) --train_shared --batch-size 48 && fsl.py "
                        + "cub_cars_few_shot_lora --train_few_shot --few_shot_dataset_idx 3 "
                        + "--few_class_idx 100 101 102 --fs_lr 0.02")))
        #expect(all.keys.contains { $0.hasPrefix("few-shot/") })
        #expect(shared.allSatisfy { all[$0.key] == $0.value })
    }

    /// The bundled recipe has the values of the published commands.
    @Test func theUpstreamUnitsAreThoseOfTheBundledRecipe() throws {
        let imported = try imports.work(
            imports.graph(
                imports.text(
                    "\(Self.script) --train_vanilla --train_shared --batch-size 48 --epochs 50 "
                        + "--lr 0.01 --lora_rank 5 --data-path ./datasets")))
        let bundled = try imports.work(BundledRecipe.graph("cub_cars_few_shot_lora"))
        let common = imported.keys.filter { bundled[$0] != nil }
        for unit in ["shared-scores/summary", "vanilla-head/recover[20]", "shared/train[20]"] {
            #expect(common.contains(unit))
        }
        for unit in common { #expect(imported[unit] == bundled[unit], "\(unit)") }
    }

    @Test func theTasksOfSeveralDatasetsAreShuffled() throws {
        let text = try imports.text("\(Self.script) --train_vanilla")
        #expect(text.contains("task-order: {shuffled: {seed: \"${seed}\"}}"))
        for part in [
            "{name: stanford-dogs, root: \"${data}\", first-classes: 60, tasks: 5}",
            "{name: cub200, root: \"${data}\", first-classes: 100, tasks: 5}",
        ] {
            #expect(text.contains(part), "\(text)")
        }
        let alone = try imports.text("fsl.py imr_few_shot_lora --train_vanilla")
        #expect(!alone.contains("task-order") && alone.contains("first-classes: 160, tasks: 8"))
        #expect(alone.contains("# 'imr_few_shot_lora' defines no cl_lr"))
    }

    @Test(arguments: [
        ("vanilla", "needs: {backbone: backbone, data: held-out}"),
        (
            "vanilla+shared",
            "needs: {backbone: backbone, data: held-out, model: shared, router: vanilla-head}"
        ), ("continual", "needs: {backbone: backbone, data: held-out, model: continual}"),
        ("shared", "needs: {backbone: backbone, data: held-out}"),
    ])
    func theBackboneOfFewShotLearningIsThatOfTheCommand(backbone: String, needs: String) throws {
        let text = try imports.text("\(Self.script) --train_few_shot --fs_backbone \(backbone)")
        #expect(text.contains(needs), "\(text)")
        #expect(text.contains("protocol: full"))
        #expect(text.contains("{episodes: {count: 100, ways: 5, shots: 5, queries: 100}}"))
        #expect(text.contains("# 'fs_backbone shared'") == (backbone == "shared"))
        #expect(try !imports.graph(text).units.isEmpty)
    }

    @Test func whatHasNoEffectIsNamed() throws {
        let text = try imports.text(
            "\(Self.script) --train_few_shot --cluster_threshold 2 --num_tasks 3 "
                + "--vanilla_model_output_dir ./v --ca_storage_efficient_method variance")
        for words in ["cluster_threshold 2", "num_tasks 3", "vanilla_model_output_dir ./v"] {
            #expect(text.contains("# '--\(words)': not used in this file."), "\(text)")
        }
        #expect(text.contains("# The command names checkpoints of upstream stages"))
        #expect(text.contains("with: {variance: }") && !text.contains("multi-centroid"))
        let both = try imports.text(
            "\(Self.script) --train_shared --train_ood && \(Self.script) --train_few_shot")
        #expect(both.contains("# '--train_ood': the reference saves its result"))
        #expect(!both.contains("# The command names checkpoints"))
    }

    @Test func aPETATaskIsTrainedWhereTheReferenceStops() throws {
        let text = try imports.text("\(Self.script) --train_hide")
        #expect(text.contains("# '--train_hide': the reference stops here"))
        #expect(try imports.work(imports.graph(text))["hide-scores/summary"] != nil)
    }

    @Test(arguments: [
        ("", "the command trains nothing"),
        (" --train_mixture", "'--train_mixture' has no counterpart here"),
        (" --train_ood", "'--train_ood' has no counterpart here"),
        (
            " --train_vanilla --cl_lr 0.1 0.2 0.1 0.1",
            "'--cl_lr 0.1 0.2 0.1 0.1': rates that differ between datasets have no counterpart"
        ),
        (
            " --train_vanilla --tasks_per_dataset 5 5",
            "4 datasets have 4 numbers of classes and 2 of tasks"
        ),
        (
            " --train_few_shot --few_shot_dataset_idx 4",
            "'--few_shot_dataset_idx 4' names no dataset"
        ),
        (
            " --train_few_shot --fs_backbone all",
            "'--fs_backbone all' has no counterpart here"
        ),
        (" --train_vanilla --opt momentum", "'--opt momentum' has no counterpart here"),
        (
            " --train_vanilla && fsl.py cub_cars_few_shot_lora --train_few_shot --seed 1",
            "the commands differ in '--seed': 42 and 1"
        ),
        (
            " --train_vanilla && main.py imr_hidelora",
            "these commands do not belong into one file"
        ),
    ])
    func mistakesAreNamed(options: String, expected: String) throws {
        let message = try imports.message(Self.script + options)
        #expect(message.hasPrefix(expected), "\(message)")
    }
}
