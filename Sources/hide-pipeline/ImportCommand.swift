import ArgumentParser
import Pipeline
import ReferenceImport

/// `import -- …`: a launch command of the reference, as a pipeline file.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Prints the pipeline file of a launch command of the HiDe-PET reference.",
        discussion: """
            hide-pipeline import -- python -m torch.distributed.launch --nproc_per_node=8 \\
              main.py imr_hidelora --epochs 50 --lr 0.01 --lora_type hide … > mine.yaml

            A second stage is complete with the command of its first: import -- FIRST '&&' SECOND. Options \
            without effect, and those that did not do what they seem to, are named in the file's comments.
            """)

    @Argument(parsing: .captureForPassthrough, help: "The command, behind '--'.")
    var words: [String] = []

    func run() throws {
        try ErrorReport.reporting {
            let command = words.first == "--" ? Array(words.dropFirst()) : words
            if let word = command.first, ["-h", "--help"].contains(word) {
                Output.line(HidePipeline.helpMessage(for: Self.self))
                return
            }
            var reference = try ReferenceImport(words: command)
            Output.data(try reference.pipelineFile())
        }
    }
}
