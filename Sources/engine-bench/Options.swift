import Foundation

/// What the command line asks for.
struct Options {
    var threads = ProcessInfo.processInfo.activeProcessorCount
    var repetitions = 3
    var batch = 24
    /// A model of the quickstart's size instead of ViT-B/16.
    var isTiny = false
    /// The one subject to measure; nil for all.
    var only: String?

    /// Reads the arguments; ends the program where one is not understood.
    init(_ arguments: ArraySlice<String>) {
        var rest = arguments
        func number() -> Int {
            guard let value = rest.popFirst().flatMap({ Int($0) }), value > 0 else {
                Self.fail("a positive number is missing")
            }
            return value
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--threads": threads = number()
            case "--repetitions": repetitions = number()
            case "--batch": batch = number()
            case "--tiny": isTiny = true
            case "--only":
                guard let name = rest.popFirst() else { Self.fail("a name is missing") }
                only = name
            default: Self.fail("unknown argument '\(argument)'")
            }
        }
    }

    private static func fail(_ problem: String) -> Never {
        let usage = """
            usage: engine-bench [--threads N] [--repetitions N] [--batch N] [--tiny] [--only NAME]
            """
        FileHandle.standardError.write(Data("\(problem)\n\(usage)\n".utf8))
        exit(64)
    }
}
