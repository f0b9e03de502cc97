import Foundation
import TestSupport
import Testing

/// Examples in documentation compile, run and are true: `DocumentedExampleRuns.swift` is made of
/// them, and this suite fails when it is not. With `HIDE_WRITE_EXAMPLES=1` the suite writes that file
/// anew.
@Suite struct DocumentedExampleTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "DocumentedExampleRuns.swift")

    @Test func theTestsAreThoseOfTheDocumentation() throws {
        let documented = try DocumentedExamples(modules: ["Data", "Engine", "Pipeline"])
        #expect(documented.examples.count >= 20)
        #expect(documented.examples.allSatisfy { !$0.lines.isEmpty })
        if ProcessInfo.processInfo.environment["HIDE_WRITE_EXAMPLES"] == "1" {
            try documented.tests.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.file, encoding: .utf8)
        #expect(
            written == documented.tests,
            "run this test with HIDE_WRITE_EXAMPLES=1, then all tests of the new file")
    }

    @Test func everyExampleClaimsSomething() throws {
        for example in try DocumentedExamples(modules: ["Data", "Engine", "Pipeline"]).examples {
            let claims = example.lines.filter { DocumentedExamples.statement($0) != $0 }
            #expect(!claims.isEmpty, "\(example.type)")
        }
    }

    @Test func anExampleIsFoundAndItsClaimsBecomeExpectations() {
        let source = """
            /// A pair.
            ///
            /// ```swift
            /// let pair = Pair(1, 2)
            /// // The larger one.
            /// pair.larger  // 2
            ///
            /// ```
            public struct Pair {}
            """
        let examples = DocumentedExamples.examples(in: source, of: "Pairs")
        #expect(examples.map(\.type) == ["Pair"])
        #expect(
            examples.first?.lines.map(DocumentedExamples.statement)
                == ["let pair = Pair(1, 2)", "// The larger one.", "#expect(pair.larger == 2)", ""])
    }
}
