import Engine
import Foundation
import Stages

/// What the command line asks for.
struct Options {
    /// What can be measured alone.
    private static let names = ["decoding", "opening", "loading"]

    var threads = ProcessInfo.processInfo.activeProcessorCount
    var repetitions = 3
    var batch = 24
    var files = 24_000
    /// The one subject to measure; nil for all.
    var only: String?
    /// ViT-B/16, or with `--tiny` the quickstart's model.
    var configuration = ViTConfiguration.base16

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
            case "--files": files = number()
            case "--tiny": configuration = .quickstart
            case "--only":
                guard let name = rest.popFirst(), Self.names.contains(name) else {
                    Self.fail("a name is missing: \(Self.names.joined(separator: ", "))")
                }
                only = name
            default: Self.fail("unknown argument '\(argument)'")
            }
        }
    }

    /// Whether to measure a subject.
    func asks(for name: String) -> Bool { only ?? name == name }

    private static func fail(_ problem: String) -> Never {
        let usage = """
            usage: pictures-bench [--threads N] [--repetitions N] [--batch N] [--files N] [--tiny]
                                  [--only decoding|opening|loading]
            """
        FileHandle.standardError.write(Data("\(problem)\n\(usage)\n".utf8))
        exit(64)
    }
}
