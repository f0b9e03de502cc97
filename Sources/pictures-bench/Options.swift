import ArgumentParser
import Engine
import Foundation
import Stages

/// What the command line asks for.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pictures-bench",
        abstract:
            "Times decoding, a training step with loading, and the second opening of a dataset.")

    /// What can be measured alone.
    enum Subject: String, CaseIterable, ExpressibleByArgument {
        case decoding, opening, loading
    }

    @Option(help: "Threads.") var threads = Workers.coreCount
    @Option(help: "Repetitions, of which the median counts.") var repetitions = 3
    @Option(help: "Pictures of a batch.") var batch = 24
    @Option(help: "Files of the folder that is opened.") var files = 24_000
    @Flag(name: .customLong("tiny"), help: "A model of the quickstart's size, not ViT-B/16.")
    var isTiny = false
    @Option(help: "The one subject to measure.") var only: Subject?

    var configuration: ViTConfiguration { isTiny ? .quickstart : .base16 }

    func validate() throws {
        let counts = 1...10_000
        guard counts.contains(repetitions), counts.contains(batch) else {
            throw ValidationError("--repetitions and --batch must be from 1 to 10000")
        }
        guard (1...1_000_000).contains(files) else {
            throw ValidationError("--files must be from 1 to 1000000")
        }
        guard (1...Workers.limit).contains(threads) else {
            throw ValidationError("--threads must be from 1 to \(Workers.limit)")
        }
    }

    /// Whether to measure a subject.
    func asks(for subject: Subject) -> Bool { only ?? subject == subject }
}
