import ArgumentParser

// pipeline-bench [--cells N,N,…] [--repetitions N]
//
// What it costs to read a pipeline file: a sweep of seeds and ranks, for several sizes of the matrix.
// The growth between two sizes is 1 where the time follows the number of units, and 2 where it follows
// its square.

try Options.parseOrExit().run()
