import ArgumentParser
import Data

/// The process that reads one foreign file for this program (`ForeignFile`). Not for users.
struct ReadForeignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: IsolatedWorker.command,
        abstract: "Reads one file within limits and answers this program.", shouldDisplay: false)

    @Argument var request: String
    @Argument var memoryBytes: Int
    @Argument var seconds: Int
    @Argument var parent: Int32
    @Argument var path: String
    @Argument var names: [String] = []

    func run() {
        IsolatedWorker.run(
            request, path: path, names: names, memoryBytes: memoryBytes, seconds: seconds,
            parent: parent)
    }
}
