import Pipeline

/// L2P, DualPrompt and S-Prompt, as text.
struct PoolImport {
    private let command: ReferenceCommand
    private var notes: ImportNotes

    init(_ command: ReferenceCommand, notes: ImportNotes) {
        self.command = command
        self.notes = notes
    }

    func text() throws(UsageError) -> String {
        throw UsageError(
            problem: "'\(command.config)' cannot be imported: "
                + "there is no stage kind 'train-prompt-pool' yet",
            hint: "configurations with 'hide' or 'continual' in their names can")
    }
}
