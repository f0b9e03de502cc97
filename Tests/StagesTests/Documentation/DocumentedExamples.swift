import Foundation
import TestSupport

/// The examples in the documentation of public types: blocks of Swift above their declarations.
/// A line `EXPRESSION  // VALUE` claims that the expression equals the value.
struct DocumentedExamples {
    /// One block and the type that it explains.
    struct Example {
        let module: String
        let type: String
        let lines: [String]
    }

    let examples: [Example]

    /// Reads all sources of the modules.
    init(modules: [String]) throws {
        examples = try modules.flatMap { module in
            let folder = SharedData.packageRoot.appending(path: "Sources/\(module)")
            return try Self.sources(in: folder).flatMap { source in
                Self.examples(in: try String(contentsOf: source, encoding: .utf8), of: module)
            }
        }.sorted { ($0.module, $0.type) < ($1.module, $1.type) }
    }

    private static func sources(in folder: URL) throws -> [URL] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") }.map { folder.appending(path: $0) }
    }

    /// The blocks of one source, each with the first public type declared after it.
    static func examples(in source: String, of module: String) -> [Example] {
        var examples: [Example] = []
        var block: [String]?
        var finished: [String]?
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "/// ```swift" {
                block = []
            } else if line == "/// ```", let lines = block {
                (block, finished) = (nil, lines)
            } else if block != nil {
                block?.append(String(line.dropFirst(line.hasPrefix("/// ") ? 4 : 3)))
            } else if let lines = finished, let type = declaredType(line) {
                examples.append(Example(module: module, type: type, lines: lines))
                finished = nil
            }
        }
        return examples
    }

    private static func declaredType(_ line: Substring) -> String? {
        let declaration = /^public (?:indirect |final )?(?:struct|enum|class|protocol) (\w+)/
        return line.firstMatch(of: declaration).map { String($0.1) }
    }

    /// The source of tests that run the examples.
    var tests: String {
        let modules = Set(examples.map(\.module)).sorted()
        let imports = (modules + ["Testing"]).map { "import \($0)" }.joined(separator: "\n")
        let bodies = examples.map { example in
            let lines = example.lines.map { $0.isEmpty ? "" : "        " + Self.statement($0) }
            return (["    @Test func example\(example.type)() throws {"] + lines + ["    }"])
                .joined(separator: "\n")
        }
        return """
            // swift-format-ignore-file
            // Made of the examples in documentation, line by line; DocumentedExampleTests says how.
            \(imports)

            @Suite struct DocumentedExampleRuns {
            \(bodies.joined(separator: "\n\n"))
            }

            """
    }

    /// A line of an example as a statement; a claim becomes an expectation.
    static func statement(_ line: String) -> String {
        guard !line.hasPrefix("//"), let comment = line.range(of: "  // ") else { return line }
        let claim = (line[..<comment.lowerBound], line[comment.upperBound...])
        return "#expect(\(claim.0) == \(claim.1))"
    }
}
