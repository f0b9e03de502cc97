import Pipeline

/// The stages of an imported file, as text.
enum ImportedStages {
    /// The variables and the backbone.
    static func backbone(
        _ command: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) -> String {
        let weights = try command.weightsName()
        if command.isTrue("eval") {
            notes.add(
                "'--eval': 'hide-pipeline results' shows what is computed; nothing runs twice.")
        }
        return """
            variables:
              data: \(quoted(command.text("data-path") ?? "./datasets"))
              seed: \(command.count("seed"))
            stages:
              backbone: {uses: checkpoint, with: {weights: \(weights)}}

            """
    }

    /// The variables, the backbone and the dataset.
    static func setting(
        _ command: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) -> String {
        let backbone = try backbone(command, &notes)
        if command.processes == 1, command.role != .pool {
            notes.add(
                "One process. The reference needs its launcher even for one (its statistics are "
                    + "collective calls); this file does not.")
        }
        return backbone + "  data: {uses: dataset, with: \(try command.dataset())}\n"
    }

    /// The first stage: one PET through all tasks, its statistics, its recovered classifier, its scores.
    static func shared(
        _ command: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) -> String {
        try command.requirePlainPrompts()
        noteUnused(
            command,
            reads: ["continual_type", "slow_lr", "fix_epochs", "use_mlp_head", "mlp_ca_lr"],
            &notes)
        let training = try training(command, &notes)
        return """
              # First stage: one PET learned through all tasks.
              shared:
                uses: train-shared-pet
                needs: {backbone: backbone, data: data}
                with:
                  seed: "${seed}"
                  pet: \(command.pet())
                  strategy: \(try command.strategy(&notes))
            \(training)
            """ + (try recovery(of: "shared", command, &notes)) + """
                  shared-scores:
                    uses: evaluate
                    needs: \(needs("shared", command))
                \(evaluation(command))
                """
    }

    /// The older first stage: a mapping and a classifier on bare features, and its scores.
    static func identity(
        _ command: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) -> String {
        if command.isTrue("not_train_ca") {
            throw UsageError(
                problem: "'--not_train_ca' has no counterpart beside '--train_inference_task_only'",
                hint: "a classifier on bare features is recovered after each task")
        }
        noteUnused(command, reads: ["original_model_mlp_structure"], &notes)
        let training = try training(command, &notes)
        let structure = ReferenceCommand.list(
            command.integers("original_model_mlp_structure") ?? [])
        return """
              # First stage of the predecessor: a mapping and a classifier on bare features.
              identity:
                uses: train-identity-mlp
                needs: {backbone: backbone, data: data}
                with:
                  seed: "${seed}"
                  structure: \(structure)
            \(training)
                  statistics: \(try command.statistics())
                  recovery: {epochs: \(command.count("crct_epochs")), lr: \(command.written("ca_lr"))}
              identity-scores:
                uses: evaluate
                needs: {model: identity}
            \(evaluation(command))
            """
    }

    /// A head that names the task, on the features of the first stage.
    static func taskHead(_ first: ReferenceCommand) throws(UsageError) -> String {
        if first.isTrue("not_train_ca") {
            throw UsageError(
                problem: "'--use_mlp_head' needs the class statistics that '--not_train_ca' of the "
                    + "first stage leaves out",
                hint: "leave one of the two out")
        }
        let rate = first["mlp_ca_lr"]?.written ?? "0.0005"
        return """
              task-head:
                uses: train-task-head
                needs: {model: shared, statistics: shared-statistics}
                with: {epochs: \(first.count("crct_epochs")), lr: \(rate)}

            """
    }

    /// The second stage: a PET a task, its statistics, its recovered classifier, its scores.
    static func hide(
        _ command: ReferenceCommand, _ first: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) -> String {
        try command.requirePlainPrompts()
        try checkPool(command, &notes)
        noteUnused(
            command,
            reads: [
                "\(command.method)_momentum", "reg", "larger_prompt_lr", "size", "use_mlp_head",
                "trained_original_model", "trained_backbone_and_pet", "batchwise_prompt",
            ], &notes)
        let training = try training(command, &notes)
        var options = ""
        let weight = command.number("reg") ?? 0
        if weight != 0 {
            options +=
                "      contrastive: {weight: \(command.written("reg")), "
                + "memory: \(try command.statistics())}\n"
            if command.method == .prompt {
                notes.add(
                    "'reg' (contrastive.weight): inert for prompts in the reference, and under "
                        + "'profile: reference' here.")
            }
        }
        if command.isTrue("larger_prompt_lr") { options += "      rates: {pet: 1, head: 0.1}\n" }
        let identity = try identityNeed(command, first)
        return """
              # Second stage: one PET a task.
              hide:
                uses: train-hide-pet
                needs: {backbone: backbone, data: data}
                with:
                  seed: "${seed}"
                  pet: \(command.pet())
            \(options)      merge: \(merge(command, &notes))
            \(training)
            """ + (try recovery(of: "hide", command, &notes)) + """
                  scores:
                    uses: evaluate
                    needs: \(needs("hide", command, identity: identity))
                \(evaluation(command))
                """
    }

    /// The stage that names the task for a second stage.
    private static func identityNeed(
        _ hide: ReferenceCommand, _ first: ReferenceCommand
    ) throws(UsageError) -> String {
        guard first.role == .identity else {
            if hide.isTrue("use_mlp_head") { return "task-head" }
            return first.isTrue("not_train_ca") ? "shared" : "shared-head"
        }
        guard !hide.isTrue("use_mlp_head") else {
            throw UsageError(
                problem: "'--use_mlp_head' needs a first stage with a PET",
                hint: "'--train_inference_task_only' trains a classifier on bare features, which "
                    + "names the task itself")
        }
        return "identity"
    }

    // MARK: Parts

    /// The training parameters.
    ///
    /// - Parameter optimizer: in place of the command's own.
    static func training(
        _ command: ReferenceCommand, optimizer: String? = nil, _ notes: inout ImportNotes
    ) throws(UsageError) -> String {
        let own = if let optimizer { optimizer } else { try command.optimizer() }
        return """
                  epochs: \(command.count("epochs"))
                  batch: {size: \(command.count("batch-size")), replicas: \(command.processes)}
                  optimizer: \(own)
                  schedule: \(try command.schedule(&notes))
                  clip-norm: \(command.written("clip-grad"))
            """
    }

    /// The stages that recover a classifier; none where the command says so.
    private static func recovery(
        of stage: String, _ command: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) -> String {
        if command.isTrue("not_train_ca") { return "\n" }
        return recovery(
            of: stage, statistics: try command.statistics(),
            epochs: command.count("crct_epochs"), lr: command.written("ca_lr"))
    }

    /// The stages that recover a classifier.
    static func recovery(of stage: String, statistics: String, epochs: Int, lr: String) -> String {
        """

          \(stage)-statistics:
            uses: class-statistics
            needs: {model: \(stage)}
            with: \(statistics)
          \(stage)-head:
            uses: recover-classifier
            needs: {model: \(stage), statistics: \(stage)-statistics}
            with: {epochs: \(epochs), lr: \(lr)}

        """
    }

    private static func needs(
        _ stage: String, _ command: ReferenceCommand, identity: String? = nil
    ) -> String {
        var needs = "model: \(stage)"
        if !command.isTrue("not_train_ca") { needs += ", head: \(stage)-head" }
        if let identity { needs += ", task-identity: \(identity)" }
        return "{\(needs)}"
    }

    static func evaluation(_ command: ReferenceCommand) -> String {
        command.isTrue("task_inc") ? "    with: {task-incremental: true}\n" : ""
    }

    /// The share of earlier PETs in a merged one.
    private static func merge(_ command: ReferenceCommand, _ notes: inout ImportNotes) -> String {
        let name = "\(command.method)_momentum"
        if let share = command[name] { return share.written }
        notes.add(
            "'\(command.config)' defines no \(name) (the reference stops at it): the one of the "
                + "published ImageNet-R recipe is taken, 0.1.")
        return "0.1"
    }

    private static func checkPool(
        _ command: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) {
        if let type = command.text("\(command.method)_type"), type != "hide" {
            notes.add(
                "'\(command.method)_type \(type)': has no PET a task, so the second stage cannot have "
                    + "been run with it; 'hide' is what this file does.")
        }
        if command.count("size") < command.count("num_tasks") {
            throw UsageError(
                problem: "'--size \(command.count("size"))' is smaller than the number of tasks",
                hint: "each task has a PET of its own here")
        }
        if command.isTrue("trained_backbone_and_pet") {
            notes.add("'--trained_backbone_and_pet': the store keeps what is trained.")
        }
        if command.isTrue("batchwise_prompt") {
            notes.add(
                "'batchwise_prompt': the reference then lets a test batch vote on the task of its "
                    + "pictures, which are all of one task; this file infers it picture by picture."
            )
        }
    }

    /// Names the options that a stage of the reference does not read.
    private static func noteUnused(
        _ command: ReferenceCommand, reads own: [String], _ notes: inout ImportNotes
    ) {
        notes.addUnused(
            of: command, reads: common + command.sizeOptions + ["\(command.method)_type"] + own)
        if command.text("opt") == "adam",
            let momentum = command.given.last(where: {
                $0.option.name == "momentum"
            })
        {
            notes.add("'\(momentum.words)': Adam does not use it.")
        }
    }

    static let common = [
        "batch-size", "epochs", "model", "original_model", "opt", "momentum", "clip-grad", "sched",
        "lr", "decay-epochs", "decay-rate", "warmup-epochs", "data-path", "dataset", "shuffle",
        "seed", "eval", "num_tasks", "task_inc", "crct_epochs", "ca_lr", "n_centroids",
        "ca_storage_efficient_method", "not_train_ca", "train_inference_task_only",
    ]

    /// Text as YAML: in quotes where it could be read as something else.
    static func quoted(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: #/[A-Za-z.\/][A-Za-z0-9_.\/-]*/#) != nil
        let reserved = ["true", "false", "null", "~", "."]
        if isPlain, !reserved.contains(text.lowercased()) { return text }
        // What JSON escapes YAML reads alike.
        return Value.string(text).standardJSON
    }
}
