import ArgumentParser
import Engine

/// What the command line asks for.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-bench",
        abstract:
            "Times features and training steps between runs of the bare products of their layers.")

    @Option(help: "Threads.") var threads = Workers.coreCount
    @Option(help: "Repetitions, of which the median counts.") var repetitions = 3
    @Option(help: "Pictures of a batch.") var batch = 24
    @Flag(name: .customLong("tiny"), help: "A model of the quickstart's size, not ViT-B/16.")
    var isTiny = false
    @Option(help: "The one subject to measure.") var only: String?

    func validate() throws {
        let counts = 1...10_000
        guard counts.contains(repetitions), counts.contains(batch) else {
            throw ValidationError("--repetitions and --batch must be from 1 to 10000")
        }
        guard (1...Workers.limit).contains(threads) else {
            throw ValidationError("--threads must be from 1 to \(Workers.limit)")
        }
    }
}
