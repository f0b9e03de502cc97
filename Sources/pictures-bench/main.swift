import ArgumentParser
import Stages

// pictures-bench [--threads N] [--repetitions N] [--batch N] [--files N] [--only NAME] [--tiny]
//
// What pictures cost: decoding, a training step with loading against one without in the same run,
// and opening a dataset for the second time. All pictures are made here.

MatrixKernels.choose()
let options = Options.parseOrExit()
if options.asks(for: .decoding) { try benchDecoding(repetitions: options.repetitions) }
if options.asks(for: .opening) {
    try benchOpening(fileCount: options.files, repetitions: options.repetitions)
}
if options.asks(for: .loading) {
    try LoadingBench(
        threads: options.threads, batch: options.batch, repetitions: options.repetitions,
        configuration: options.configuration
    ).run()
}
