import ArgumentParser
import Pipeline
import Stages

/// `inspect`: what is in a file or folder.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what is in a checkpoint, an artifact or a dataset folder.")

    @Argument(help: "A checkpoint file, an artifact of a store, or a dataset folder.")
    var path: String

    func run() throws {
        try ErrorReport.reporting {
            if let text = try Catalog.registry.inspect(path) {
                print(text)
            } else if let text = try ForeignFile(path).description() {
                print(text, terminator: "")
            } else {
                throw UnreadableInput(
                    path: path, problem: "is no checkpoint, HDF5 or MATLAB file, or dataset folder")
            }
        }
    }
}
