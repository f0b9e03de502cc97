import ArgumentParser
import Engine

// engine-bench [--threads N] [--repetitions N] [--batch N] [--tiny] [--only NAME]
//
// Raw sgemm, feature extraction and training steps, interleaved, because the machine may be shared:
// a ratio compares a measurement with the raw products just before and after it.

LinearAlgebra.useFittingKernels()
let options = Options.parseOrExit()
let bench = Bench(options)
bench.run()
