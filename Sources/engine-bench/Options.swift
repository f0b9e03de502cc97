import ArgumentParser
import Foundation

/// What the command line asks for.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine-bench",
        abstract:
            "Times features and training steps between runs of the bare products of their layers.")

    @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "Repetitions, of which the median counts.") var repetitions = 3
    @Option(help: "Pictures of a batch.") var batch = 24
    @Flag(name: .customLong("tiny"), help: "A model of the quickstart's size, not ViT-B/16.")
    var isTiny = false
    @Option(help: "The one subject to measure.") var only: String?

    func validate() throws {
        guard threads > 0, repetitions > 0, batch > 0 else {
            throw ValidationError("numbers must be positive")
        }
    }
}
