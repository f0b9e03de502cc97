import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Launch commands of the reference as pipeline files.
@Suite struct ReferenceImportTests {
    private let imports: ImportedCommands

    init() throws { imports = try ImportedCommands() }

    private func text(_ words: [String]) throws -> String { try imports.text(words) }
    private func text(_ command: String) throws -> String { try imports.text(command) }
    private func message(_ command: String) throws -> String { try imports.message(command) }
    private func graph(_ text: String) throws -> UnitGraph { try imports.graph(text) }
    private func work(_ graph: UnitGraph) -> [String: String] { imports.work(graph) }
    private func bundled(_ name: String) throws -> UnitGraph { try BundledRecipe.graph(name) }

    // MARK: The published recipes

    @Test(arguments: ["lora", "adapter", "prompt"])
    func theTwoPublishedCommandsGiveTheUnitsOfTheBundledFile(pet: String) throws {
        let commands = ReadmeCommands.stages(pet)
        let imported = try text(commands.first + ["&&"] + commands.second)
        #expect(try work(graph(imported)) == work(bundled("imr_hide\(pet)")))
    }

    /// The first stage of a second one that comes alone is that of the published recipe.
    @Test(arguments: ["lora", "adapter", "prompt"])
    func theSecondPublishedCommandAloneGivesTheSame(pet: String) throws {
        let imported = try text(ReadmeCommands.stages(pet).second)
        #expect(try work(graph(imported)) == work(bundled("imr_hide\(pet)")))
        #expect(imported.contains("# The command names checkpoints of a first stage"))
    }

    @Test(arguments: ["lora", "adapter", "prompt"])
    func theFirstPublishedCommandAloneGivesTheFirstStage(pet: String) throws {
        let imported = try work(graph(text(ReadmeCommands.stages(pet).first)))
        let whole = try work(bundled("imr_hide\(pet)"))
        #expect(imported.keys.contains("shared-scores/summary"))
        #expect(imported.allSatisfy { whole[$0.key] == $0.value })
    }

    /// The bundled baselines have the values of the reference's configurations.
    @Test(
        arguments: ["imr", "cifar100", "cub", "five_datasets"],
        ["l2p", "dualprompt", "sprompt_5e"])
    func aConfigurationGivesTheUnitsOfTheBundledBaseline(data: String, method: String) throws {
        let imported = try text(
            "torchrun --nproc_per_node 8 main.py \(data)_\(method) --data-path ./datasets")
        let name = "\(data)_\(method)".replacing("_5e", with: "")
        #expect(try work(graph(imported)) == work(bundled(name)))
    }

    @Test func whatAPromptPoolDoesOtherwiseIsNamed() throws {
        let imported = try text(
            "main.py cub_dualprompt --batchwise_prompt True --pull_constraint ''")
        for line in [
            "# 'batchwise_prompt': a batch votes", "# The reference mixes up keys and values",
            "# The reference schedules the rate in the first task alone", "prompt-select: batch",
            "pull: 0\n",
        ] {
            #expect(imported.contains(line), "\(line)\n\(imported)")
        }
        #expect(try !graph(imported).units.isEmpty)
    }

    // MARK: Other ways to name the task

    /// The predecessor's first stage (Reference 9.2), alone and before a second one.
    @Test func aClassifierOnBareFeaturesIsAFirstStage() throws {
        let first = "main.py imr_hideprompt_5e --train_inference_task_only --lr 0.0005 --epochs 20"
        let alone = try text(first)
        let units = try work(graph(alone))
        #expect(units.keys.contains("identity-scores/summary"))
        #expect(units.keys.contains("identity/recover[10]"))
        #expect(!units.keys.contains { $0.hasPrefix("hide") || $0.hasPrefix("shared") })
        let training = try #require(units["identity/train[2]"])
        #expect(training.contains(#""structure":[2]"#) && training.contains(#""rate":0.0005"#))
        let both = try text("\(first) && main.py imr_hideprompt_5e --epochs 3")
        #expect(both.contains("needs: {model: hide, head: hide-head, task-identity: identity}"))
        let joined = try work(graph(both))
        #expect(units.allSatisfy { joined[$0.key] == $0.value })
        let evaluation = try #require(joined["scores/evaluate[3]"])
        #expect(evaluation.contains(#""kind":"mlp""#))
    }

    /// The head that names the task (Reference 9.3), which the reference never makes.
    @Test func aTaskHeadIsAskedForByTheSecondStage() throws {
        let imported = try text(
            "main.py imr_continual_prompt --mlp_ca_lr 0.002 && main.py imr_hideprompt_5e --use_mlp_head"
        )
        #expect(imported.contains("with: {epochs: 30, lr: 0.002}"))
        let units = try work(graph(imported))
        #expect(units["task-head/train[1]"] != nil)
        let evaluation = try #require(units["scores/evaluate[3]"])
        #expect(evaluation.contains(#""kind":"task-head""#))
        let alone = try text("main.py imr_hideprompt_5e --use_mlp_head")
        #expect(alone.contains("task-identity: task-head"))
    }

    // MARK: Launchers

    @Test(arguments: [
        ("main.py", 1), ("python main.py", 1), ("CUDA_VISIBLE_DEVICES=0,1 python3 -u main.py", 1),
        ("torchrun --nproc_per_node 4 --master_port 3 main.py", 4),
        ("torchrun --nproc-per-node=4 --nnodes=2 --standalone HiDe/main.py", 8),
        ("/usr/bin/python -m torch.distributed.run --nproc_per_node=2 --use_env main.py", 2),
    ])
    func theProcessesOfTheLauncherAreReplicas(launch: String, replicas: Int) throws {
        let imported = try text("\(launch) imr_hidelora --num_tasks 2 --size 2")
        #expect(imported.contains("batch: {size: 24, replicas: \(replicas)}"))
    }

    // MARK: What does not do what it seems to

    @Test func optionsWithoutEffectAreNamed() throws {
        let imported = try text(
            "main.py imr_hidelora --smoothing 0.2 --reprob=0.5 --num_workers 8 --warmup-epochs 3 "
                + "--task_inc False --momentum 0.5 --lora_type continual --sched cosin "
                + "--evaluate_type tii+tap")
        for line in [
            "# '--smoothing 0.2': the reference parses it and never reads it.",
            "# '--reprob 0.5': the reference parses it and never reads it.",
            "# '--evaluate_type tii+tap': the reference parses it and never reads it.",
            "# '--num_workers 8': no effect on a result.",
            "# '--momentum 0.5': Adam does not use it.",
            "# '--warmup-epochs 3': no effect with a constant rate.",
            "# '--sched cosin': no schedule of that name; the reference then keeps the rate constant",
            "# '--task_inc False': the reference takes any text for true, 'False' too.",
            "# 'lora_type continual': has no PET a task",
        ] {
            #expect(imported.contains(line), "\(line)\n\(imported)")
        }
        #expect(imported.contains("with: {task-incremental: true}"))
        #expect(imported.contains("schedule: constant"))
        #expect(try !graph(imported).units.isEmpty)
    }

    @Test func anUnknownStrategyIsNoneAndSaysSo() throws {
        let imported = try text(
            "main.py imr_continual_lora --continual_type frist_sl --slow_lr 0.1")
        #expect(imported.contains("# '--continual_type frist_sl': no strategy of that name"))
        #expect(imported.contains("strategy: sequential"))
        let known = [
            ("slow_learner", "{slow-learner: {slow-factor: 0.1}}"),
            ("first_sl", "{first-session-slow: {slow-factor: 0.1}}"),
            ("first_adapt", "first-session-adaptation"),
            ("fix_and_tuning", "{fix-and-tuning: {fixed-epochs: 10}}"),
        ]
        for (name, strategy) in known {
            let imported = try text(
                "main.py imr_continual_lora --continual_type \(name) --slow_lr 0.1")
            #expect(imported.contains("strategy: \(strategy)\n"))
            #expect(try !graph(imported).units.isEmpty)
        }
    }

    @Test func aCommentHoldsWhateverTheCommandHolds() throws {
        let imported = try text([
            "main.py", "imr_continual_lora", "--output_dir", "a\nstages: {}",
            "--data-path", "my \"data\": \\here",
        ])
        #expect(try graph(imported).units.contains { $0.name == "shared-scores/summary" })
        #expect(imported.contains("data: \"my \\\"data\\\": \\\\here\"\n"))
    }

    // MARK: What cannot be imported

    @Test(arguments: [
        ("", "no command of the reference is given"),
        ("ls -l", "'ls' does not start a launch command of the reference"),
        ("python", "the command names no script"),
        ("python -m torch main.py x", "'-m torch' is no launcher that is known"),
        ("python train.py imr_hidelora", "'train.py' is no script of the reference"),
        (
            "torchrun --nproc_per_node=gpu main.py x",
            "'--nproc_per_node gpu' is no number of processes"
        ),
        ("main.py", "no configuration behind 'main.py'"),
        (
            "main.py imr_hidelor",
            "the reference has no configuration 'imr_hidelor'\n  hint: did you mean 'imr_hidelora'?"
        ),
        (
            "main.py imr_hidelora --epoch_s 5",
            "unknown option '--epoch_s' of 'imr_hidelora'\n  hint: did you mean '--epochs'?"
        ),
        (
            "main.py imr_hidelora --batch_size 5",
            "unknown option '--batch_size' of 'imr_hidelora'\n  hint: did you mean '--batch-size'?"
        ),
        (
            "main.py imr_hidelora --num 5",
            "option '--num' is short for several\n  hint: one of --num_tasks, --num_workers"
        ),
        (
            "main.py imr_l2p --original_model x",
            "option '--original_model' is unknown to 'imr_l2p', in the reference too"
        ),
        ("main.py imr_hidelora --epochs", "option '--epochs' takes one value, found none"),
        ("main.py imr_hidelora --epochs many", "option '--epochs' takes one value, found 'many'"),
        (
            "main.py imr_hidelora --epochs 1 2",
            "'2' stands where an option of 'imr_hidelora' is expected"
        ),
        ("main.py imr_hidelora --eval=1", "option '--eval' takes no value, found '1'"),
        (
            "main.py imr_hidelora --drop 0.1",
            "'--drop 0.1' has an effect in the reference and no counterpart here\n"
                + "  hint: without it: 0"
        ),
        (
            "main.py imr_hidelora --freeze blocks",
            "'--freeze blocks': the reference divides these words into letters"
        ),
        ("main.py imr_hidelora --opt sgd", "'--opt sgd' has no counterpart here"),
        (
            "main.py imr_hidelora --model vit_base_patch16_224_dina",
            "the reference has no model 'vit_base_patch16_224_dina'\n"
                + "  hint: did you mean 'vit_base_patch16_224_dino'?"
        ),
        (
            "main.py imr_hidelora --original_model vit_base_patch16_224_dino",
            "'--original_model vit_base_patch16_224_dino' differs from '--model vit_base_patch16_224'"
        ),
        ("main.py imr_hidelora --dataset Split-X", "dataset 'Split-X' has no counterpart here"),
        (
            "main.py imr_continual_prompt --not_train_ca && main.py imr_hideprompt_5e --use_mlp_head",
            "'--use_mlp_head' needs the class statistics that '--not_train_ca' of the first stage"
        ),
        (
            "main.py imr_hideprompt_5e --train_inference_task_only --not_train_ca",
            "'--not_train_ca' has no counterpart beside '--train_inference_task_only'"
        ),
        (
            "main.py imr_hideprompt_5e --train_inference_task_only && main.py imr_hideprompt_5e "
                + "--use_mlp_head",
            "'--use_mlp_head' needs a first stage with a PET"
        ),
        ("fsl.py imr_hidelora", "configuration 'imr_hidelora' is not one of fsl.py"),
        ("main.py imr_few_shot_lora", "configuration 'imr_few_shot_lora' is not one of main.py"),
        (
            "main.py imr_continual_lora && main.py imr_hideadapter",
            "'imr_continual_lora' is no first stage of 'imr_hideadapter'"
        ),
        (
            "main.py imr_continual_lora --seed 1 && main.py imr_hidelora",
            "the commands differ in '--seed': 1 and 42"
        ),
        (
            "main.py imr_hidelora && main.py imr_hidelora",
            "these commands do not belong into one file"
        ),
    ])
    func mistakesAreNamed(command: String, expected: String) throws {
        let message = try message(command)
        #expect(message.hasPrefix(expected), "\(message)")
    }
}
