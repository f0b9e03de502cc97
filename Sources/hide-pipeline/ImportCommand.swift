import ArgumentParser
import Pipeline
import ReferenceImport

/// `import -- …`: a launch command of the reference, as a pipeline file.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Turns a launch command of the HiDe-PET reference code into a pipeline file.",
        discussion: """
              hide-pipeline import -- torchrun --nproc_per_node 8 main.py imr_hidelora \\
                --data-path ./datasets --lr 0.01 > mine.yaml

            A second stage needs the command of its first stage, too: import -- FIRST '&&' SECOND. \
            Comments in the file name the options of the reference that have no effect, or another \
            effect than they seem to have.
            """)

    @Argument(parsing: .captureForPassthrough, help: "The launch command, after '--'.")
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
