import ArgumentParser

/// What the command line asks for.
struct Options: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline-bench",
        abstract: "Times the expansion of a pipeline file over matrices of several sizes.")

    @Option(help: "Cells of the matrices, smallest first, multiples of 10.")
    var cells = "10,100,500"
    @Option(help: "Repetitions, of which the median counts.") var repetitions = 3

    private var sizes: [Int] { cells.split(separator: ",").compactMap { Int($0) } }

    func validate() throws {
        guard repetitions > 0, !sizes.isEmpty, sizes.allSatisfy({ $0 > 0 && $0 % 10 == 0 }) else {
            throw ValidationError("numbers must be positive, and those of cells multiples of 10")
        }
    }

    func run() throws {
        try ExpansionBench(sizes: sizes, repetitions: repetitions).run()
    }
}
