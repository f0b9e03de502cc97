import Pipeline

/// The commands of the few-shot script, as text: upstream learning and evaluation on held-out classes
/// (Reference 12).
struct FewShotImport {
    /// The command with each of the script's modes; several where they are joined.
    private let commands: [ReferenceCommand]
    var notes: ImportNotes

    /// - Throws: `UsageError` for modes that have no counterpart, and for none.
    init(_ commands: [ReferenceCommand], notes: ImportNotes) throws(UsageError) {
        self.commands = commands
        self.notes = notes
        for command in commands {
            try check(command)
            try check(command, fits: commands[0])
            if command.isTrue("train_ood") {
                self.notes.add(
                    "'--train_ood': the reference saves its result and reads it nowhere.")
            }
            self.notes.addUnused(of: command, reads: Self.read, in: "this file")
        }
        if self.command("train_few_shot") != nil, commands.count == 1, upstreamIsAssumed {
            self.notes.add(
                "The command names checkpoints of upstream stages, not how they were made: here they are "
                    + "trained with the epochs, batch and rates of this command. 'import -- UPSTREAM '&&' "
                    + "FEW-SHOT' takes them from their command.")
        }
    }

    /// Whether few-shot learning stands on upstream stages that no command trains.
    private var upstreamIsAssumed: Bool {
        self.command("train_few_shot")?.text("fs_backbone") == "vanilla+shared"
            && self.command("train_shared") == nil
    }

    /// The options that are read.
    private static let read = [
        "batch-size", "epochs", "model", "original_model", "opt", "clip-grad", "sched", "lr",
        "decay-epochs", "decay-rate", "warmup-epochs", "data-path", "shuffle", "seed", "eval",
        "crct_epochs", "ca_lr", "n_centroids", "ca_storage_efficient_method", "lora_rank",
        "lora_type", "datasets", "continual_classes_per_dataset", "tasks_per_dataset", "cl_lr",
        "few_class_idx", "few_shot_dataset_idx", "fs_backbone", "fs_lr", "num_fs_epochs",
        "num_ways", "num_shots", "num_episodes", "num_queries", "train_vanilla", "train_shared",
        "train_hide", "train_few_shot", "train_ood",
    ]

    /// Checks that two commands are about the same data and backbone.
    private func check(
        _ command: ReferenceCommand, fits first: ReferenceCommand
    ) throws(UsageError) {
        let common = [
            "datasets", "continual_classes_per_dataset", "tasks_per_dataset", "model", "seed",
            "data-path", "shuffle", "lora_rank",
        ]
        for name in common where command[name] != first[name] {
            throw UsageError(
                problem:
                    "the commands differ in '--\(name)': \(first[name]?.written ?? "none") and "
                    + "\(command[name]?.written ?? "none")",
                hint: "upstream and few-shot learning need the same")
        }
    }

    /// The first command with a mode; nil without one.
    private func command(_ mode: String) -> ReferenceCommand? {
        commands.first { $0.isTrue(mode) }
    }

    /// What trains the backbone of few-shot learning.
    private enum Backbone {
        case vanilla, shared, continual
    }

    private func backbone(
        _ command: ReferenceCommand, _ notes: inout ImportNotes
    ) throws(UsageError) -> Backbone {
        switch command.text("fs_backbone") {
        case "vanilla": return .vanilla
        case "vanilla+shared": return .shared
        case "continual": return .continual
        case "shared":
            notes.add(
                "'fs_backbone shared': the reference has no such branch and takes the bare backbone; so "
                    + "does this file. 'vanilla+shared' is what was meant.")
            return .vanilla
        case let other:
            throw UsageError(
                problem: "'--fs_backbone \(other ?? "")' has no counterpart here",
                hint: "vanilla, vanilla+shared or continual")
        }
    }

    private func check(_ command: ReferenceCommand) throws(UsageError) {
        if let optimizer = command.text("opt"), optimizer != "adam" {
            throw UsageError(
                problem: "'--opt \(optimizer)' has no counterpart here", hint: "adam")
        }
        if command.isTrue("train_mixture") {
            throw UsageError(
                problem: "'--train_mixture' has no counterpart here",
                hint: "'--train_shared' learns the PETs that it would mix")
        }
        let modes = [
            "train_vanilla", "train_shared", "train_hide", "train_few_shot", "train_ood",
        ]
        guard let mode = modes.first(where: command.isTrue) else {
            throw UsageError(
                problem: "the command trains nothing",
                hint: "give " + modes.dropLast().map { "--\($0)" }.joined(separator: ", "))
        }
        guard mode != "train_ood" else {
            throw UsageError(
                problem: "'--train_ood' has no counterpart here",
                hint: "the reference saves its result and reads it nowhere")
        }
    }

    /// The text of the pipeline file.
    ///
    /// - Throws: `UsageError` for a setting that has no counterpart.
    mutating func text() throws(UsageError) -> String {
        let fewShot = command("train_few_shot")
        let own = try fewShot.map { (command) throws(UsageError) in
            try backbone(command, &notes)
        }
        let hide = command("train_hide")
        let hasShared = command("train_shared") != nil || own == .shared
        let hasVanilla = command("train_vanilla") != nil || hasShared || hide != nil
        var body = ""
        let upstream = command("train_vanilla") ?? command("train_shared") ?? hide ?? commands[0]
        if hasVanilla || own == .continual { body += try dataset(upstream) }
        if hasVanilla { body += try vanilla(command("train_vanilla") ?? upstream) }
        if hasShared { body += try shared(command("train_shared") ?? upstream) }
        if let hide { body += try perTask(hide) }
        if let fewShot, let own {
            if own == .continual { body += try continual(fewShot) }
            body += try evaluation(fewShot, own)
        }
        let head = try ImportedStages.backbone(upstream, &notes)
        return notes.comment + ReferenceImport.heading(upstream) + head + body
    }

    // MARK: Data

    private func datasetNames(_ command: ReferenceCommand) throws(UsageError) -> [String] {
        guard case .list(let values)? = command["datasets"] else { return [] }
        var names: [String] = []
        for value in values { names.append(try ReferenceCommand.datasetName(value.written)) }
        return names
    }

    /// The upstream classes: the first of each dataset, in tasks.
    private func dataset(_ command: ReferenceCommand) throws(UsageError) -> String {
        let names = try datasetNames(command)
        let classes = command.integers("continual_classes_per_dataset") ?? []
        let tasks = command.integers("tasks_per_dataset") ?? []
        guard names.count == classes.count, names.count == tasks.count else {
            throw UsageError(
                problem: "\(names.count) datasets have \(classes.count) numbers of classes "
                    + "and \(tasks.count) of tasks",
                hint: "give '--continual_classes_per_dataset' and '--tasks_per_dataset' one each")
        }
        let parts = names.indices.map { index in
            "        - {name: \(names[index]), root: \"${data}\", "
                + "first-classes: \(classes[index]), tasks: \(tasks[index])}\n"
        }
        let order =
            command.isTrue("shuffle") ? "      task-order: {shuffled: {seed: \"${seed}\"}}\n" : ""
        return """
              upstream:
                uses: dataset
                with:
                  name: sequence
                  datasets:
            \(parts.joined())\(order)

            """
    }

    // MARK: Held-out classes

    private mutating func evaluation(
        _ command: ReferenceCommand, _ backbone: Backbone
    ) throws(UsageError) -> String {
        let names = try datasetNames(command)
        let index = command.count("few_shot_dataset_idx")
        guard names.indices.contains(index) else {
            throw UsageError(
                problem: "'--few_shot_dataset_idx \(index)' names no dataset",
                hint: "count from 0: \(names.joined(separator: ", "))")
        }
        let classes = command.integers("few_class_idx") ?? []
        notes.add(
            "'--train_few_shot' trains on all pictures of the classes, whatever its name ('protocol: "
                + "full'). 'protocol: {episodes: {count: \(command.count("num_episodes")), "
                + "ways: \(command.count("num_ways")), shots: \(command.count("num_shots")), "
                + "queries: \(command.count("num_queries"))}}' with 'epochs: "
                + "\(command.count("num_fs_epochs"))' and no 'batch' is what other options ask for."
        )
        let needs =
            switch backbone {
            case .vanilla: ""
            case .shared: ", model: shared, router: vanilla-head"
            case .continual: ", model: continual"
            }
        return """
              held-out: {uses: dataset, with: {name: \(names[index]), root: "${data}", tasks: 1}}
              few-shot:
                uses: few-shot
                needs: {backbone: backbone, data: held-out\(needs)}
                with:
                  seed: "${seed}"
                  classes: \(ReferenceCommand.list(classes))
                  protocol: full
                  epochs: \(command.count("epochs"))
                  lr: \(command.written("fs_lr"))
                  batch: \(command.count("batch-size"))

            """
    }
}
