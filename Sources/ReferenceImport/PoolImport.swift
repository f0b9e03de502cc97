import Pipeline

/// L2P, DualPrompt and S-Prompt, as text (Reference 11).
struct PoolImport {
    private let command: ReferenceCommand
    private var notes: ImportNotes

    init(_ command: ReferenceCommand, notes: ImportNotes) {
        self.command = command
        self.notes = notes
    }

    /// The text of the pipeline file.
    ///
    /// - Throws: `UsageError` for a setting that has no counterpart.
    mutating func text() throws(UsageError) -> String {
        try check()
        let isPrefix = command.isTrue("use_prefix_tune_for_e_prompt")
        addNotes(isPrefix: isPrefix)
        let setting = try ImportedStages.setting(command, &notes)
        let training = try ImportedStages.training(command, &notes)
        let blocks = ReferenceCommand.list(command.integers("e_prompt_layer_idx") ?? [])
        let pull =
            command.isTrue("pull_constraint") ? command.written("pull_constraint_coeff") : "0"
        var options = ""
        if command.isTrue("use_g_prompt") {
            let blocks = ReferenceCommand.list(command.integers("g_prompt_layer_idx") ?? [])
            options +=
                "      shared-prompt: {length: \(command.count("g_prompt_length")), "
                + "blocks: \(blocks)}\n"
        }
        if command.isTrue("use_prompt_mask") { options += "      prompt-mask: true\n" }
        if command.isTrue("shared_prompt_pool") { options += "      warm-start: true\n" }
        let body = """
              pool:
                uses: train-prompt-pool
                needs: {backbone: backbone, data: data}
                with:
                  seed: "${seed}"
                  pool: {size: \(command.count("size")), length: \(command.count("length")), \
            top-k: \(command.count("top_k")), blocks: \(blocks), \
            insertion: \(isPrefix ? "prefix" : "tokens")}
            \(options)      prompt-select: \(command.isTrue("batchwise_prompt") ? "batch" : "instance")
                  pull: \(pull)
            \(training)
              scores:
                uses: evaluate
                needs: {model: pool}

            """
        return notes.comment + ReferenceImport.heading(command) + setting + "\n" + body
            + ImportedStages.evaluation(command)
    }

    private func check() throws(UsageError) {
        guard !command.isTrue("use_g_prompt") || command.isTrue("use_prefix_tune_for_g_prompt")
        else {
            throw UsageError(
                problem: "a G-prompt without prefix tuning has no counterpart here",
                hint: "'--use_prefix_tune_for_g_prompt True' makes it a prefix")
        }
        guard command.isTrue("prompt_key") else {
            throw UsageError(
                problem: "'--prompt_key' without a value has no counterpart here",
                hint: "keys of the pool are learned here")
        }
    }

    private mutating func addNotes(isPrefix: Bool) {
        if command.isTrue("batchwise_prompt") {
            notes.add(
                "'batchwise_prompt': a batch votes for its prompts, at test too, where all pictures "
                    + "of a batch are of one task. 'prompt-select: instance' does without.")
        }
        if isPrefix {
            notes.add(
                "The reference mixes up keys and values of prefixes, and pictures of a batch; "
                    + "'kv-layout: legacy-reshape' does what it did, this file what was meant.")
        }
        if command.text("sched") != "constant" {
            notes.add(
                "The reference schedules the rate in the first task alone; 'schedule-per-task: false' "
                    + "does what it did, this file what was meant.")
        }
        notes.addUnused(
            of: command,
            reads: ImportedStages.common + [
                "size", "length", "top_k", "e_prompt_layer_idx", "g_prompt_layer_idx",
                "g_prompt_length", "use_g_prompt", "use_prefix_tune_for_g_prompt",
                "use_prefix_tune_for_e_prompt", "use_prompt_mask", "shared_prompt_pool",
                "batchwise_prompt", "pull_constraint", "pull_constraint_coeff", "prompt_key",
            ])
    }
}
