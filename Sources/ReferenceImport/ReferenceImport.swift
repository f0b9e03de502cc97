public import Pipeline

/// Turns launch commands of the reference into a pipeline file.
public struct ReferenceImport {
    private let shared: ReferenceCommand?
    /// The older first stage: a classifier on bare features.
    private let identity: ReferenceCommand?
    private let hide: ReferenceCommand?
    private let pool: ReferenceCommand?
    /// Those of the few-shot script.
    private let fewShot: [ReferenceCommand]
    /// What the reader of the file should know, each a line of comment.
    private var notes = ImportNotes()

    /// Reads one command, or a first stage and a second one with `&&` between them.
    ///
    /// - Parameter words: the words of the command line, as a shell divides them.
    /// - Throws: `UsageError`.
    public init(words: [String]) throws(UsageError) {
        let parts = words.split { $0 == "&&" || $0 == ";" }
        var commands: [ReferenceCommand] = []
        for part in parts { commands.append(try ReferenceCommand(words: Array(part))) }
        for command in commands { try Self.checkFewShot(command) }
        var (shared, hide, pool): (ReferenceCommand?, ReferenceCommand?, ReferenceCommand?)
        var identity: ReferenceCommand?
        for command in commands {
            switch command.role {
            case .identity where identity == nil && shared == nil: identity = command
            case .shared where shared == nil && identity == nil: shared = command
            case .hide where hide == nil: hide = command
            case .pool where commands.count == 1: pool = command
            case .fewShot where commands.allSatisfy { $0.config == command.config }: continue
            default: throw Self.tooMany
            }
        }
        guard !commands.isEmpty else {
            throw UsageError(
                problem: "no command of the reference is given",
                hint: "hide-pipeline import -- python main.py imr_hidelora --epochs 50 …")
        }
        (self.shared, self.identity, self.hide, self.pool) = (shared, identity, hide, pool)
        fewShot = commands.filter { $0.role == .fewShot }
        for command in commands { try notes.addOptions(of: command) }
        if let first = shared ?? identity, let hide { try Self.check(first, fits: hide) }
    }

    private static let tooMany = UsageError(
        problem: "these commands do not belong into one file",
        hint: "give one command, or a first stage (…_continual_…) && a second one (…_hide…)")

    private static func checkFewShot(_ command: ReferenceCommand) throws(UsageError) {
        guard command.isFewShot == (command.role == .fewShot) else {
            throw UsageError(
                problem: "configuration '\(command.config)' is not one of "
                    + (command.isFewShot ? "fsl.py" : "main.py"),
                hint: "few-shot configurations belong to fsl.py, all others to main.py")
        }
    }

    private static func check(
        _ shared: ReferenceCommand, fits hide: ReferenceCommand
    ) throws(UsageError) {
        // A classifier on bare features has no PET.
        guard shared.method == hide.method || shared.role == .identity else {
            throw UsageError(
                problem: "'\(shared.config)' is no first stage of '\(hide.config)'",
                hint: "the same PET belongs into both")
        }
        for name in ["dataset", "num_tasks", "model", "seed", "data-path", "shuffle"]
        where shared[name] != hide[name] {
            throw UsageError(
                problem: "the commands differ in '--\(name)': "
                    + "\(shared[name]?.written ?? "none") and \(hide[name]?.written ?? "none")",
                hint: "both stages need the same")
        }
    }

    /// The text of the pipeline file.
    ///
    /// - Throws: `UsageError` for a setting that has no counterpart.
    public mutating func pipelineFile() throws(UsageError) -> String {
        if let pool {
            var file = PoolImport(pool, notes: notes)
            return try file.text()
        }
        if !fewShot.isEmpty {
            var file = try FewShotImport(fewShot, notes: notes)
            return try file.text()
        }
        guard let main = hide ?? shared ?? identity else {
            preconditionFailure("a command was read")
        }
        var parts = [try ImportedStages.setting(main, &notes)]
        if let identity {
            parts.append(try ImportedStages.identity(identity, &notes))
            if let hide { parts.append(try ImportedStages.hide(hide, identity, &notes)) }
            return notes.comment + Self.heading(main) + parts.joined(separator: "\n")
        }
        let first = if let shared { shared } else { try assumedFirstStage(of: main) }
        parts.append(try ImportedStages.shared(first, &notes))
        if first.isTrue("use_mlp_head") || hide?.isTrue("use_mlp_head") == true {
            parts.append(try ImportedStages.taskHead(first))
        }
        if let hide {
            if shared == nil {
                notes.add(
                    "The command names checkpoints of a first stage, not how they were made: stage "
                        + "'shared' is the reference's own for ImageNet-R, with the PET, epochs and "
                        + "batch of this command. 'import -- FIRST '&&' SECOND' takes it from its "
                        + "command.")
            }
            parts.append(try ImportedStages.hide(hide, first, &notes))
        }
        return notes.comment + Self.heading(main) + parts.joined(separator: "\n")
    }

    /// The keys above the variables.
    static func heading(_ command: ReferenceCommand) -> String {
        """
        pipeline: \(command.config.replacing(#/_5e$/#, with: ""))
        about: As imported from the reference's command '\(command.config)'
        profile: reference

        """
    }

    /// The first stage of the reference's published recipe (Reference 14.3), for a second stage that
    /// comes alone.
    private func assumedFirstStage(
        of hide: ReferenceCommand
    ) throws(UsageError) -> ReferenceCommand {
        var words = ["main.py", "imr_continual_\(hide.method)", "--lr", "0.03"]
        words += ["--continual_type", "first_sl"]
        words += ["--slow_lr", hide.method == .adapter ? "0.01" : "0.1"]
        if hide.method == .adapter { words += ["--sched", "cosine"] }
        let copied =
            hide.sizeOptions + ["epochs", "batch-size", "crct_epochs", "ca_lr", "n_centroids"]
            + ["ca_storage_efficient_method"]
        for name in copied {
            guard let value = hide[name] else { continue }
            words += ["--\(name)"] + value.written.split(separator: " ").map(String.init)
        }
        return try ReferenceCommand(
            words: ["python", "-m", "torch.distributed.launch"]
                + ["--nproc_per_node=\(hide.processes)"] + words)
    }
}

extension ReferenceCommand {
    /// What the command trains.
    enum Role {
        case shared, identity, hide, pool, fewShot
    }

    /// A PET method.
    enum Method: String {
        case lora, adapter, prompt
    }

    var role: Role {
        if config.contains("few_shot") { return .fewShot }
        if isTrue("train_inference_task_only") { return .identity }
        if config.contains("continual") { return .shared }
        return config.contains("hide") ? .hide : .pool
    }

    /// The PET of a first or second stage.
    var method: Method {
        config.contains("lora") ? .lora : config.contains("adapter") ? .adapter : .prompt
    }

    /// The options that size the PET.
    var sizeOptions: [String] {
        switch method {
        case .lora: ["lora_rank"]
        case .adapter: ["adapter_rank", "adapter_depth"]
        case .prompt: ["length", "e_prompt_layer_idx"]
        }
    }
}
