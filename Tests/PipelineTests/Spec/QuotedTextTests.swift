import Foundation
import Pipeline
import TestSupport
import Testing

/// What messages show of a file: little, on one line, and nothing of files that are none of ours.
@Suite struct QuotedTextTests {
    let toy: ToyFile

    init() throws { toy = try ToyFile() }

    private static let long = String(repeating: "x", count: 900)
    private static let cut = String(repeating: "x", count: 40) + "…"

    @Test func longTextIsCut() throws {
        let text = """
            pipeline: toy
            profile: \(Self.long)
            \(Self.long): 1
            stages:
              a: \(Self.long)
              b: {uses: \(Self.long)}
              c: {uses: toy-number, with: {value: 1, \(Self.long): 2}}
              d: {uses: toy-chain, needs: {start: \(Self.long)}, with: {schedule: \(Self.long)}}
              e: {uses: toy-number, with: {value: "\(Self.long)${\(Self.long)}"}}
            """
        let cut = Self.cut
        let profiles = "one of 'corrected', 'legacy-hideprompt', 'reference'"
        #expect(
            try toy.message(text) == """
                f.yaml:2:10: unknown profile '\(cut)'
                  hint: \(profiles)
                f.yaml:3:1: unknown key '\(cut)'
                  hint: one of 'about', 'include', 'matrix', 'pipeline', 'profile', 'stages', \
                'tables', 'variables'
                f.yaml:5:6: stage 'a': must be a mapping, found the text '\(cut)'
                f.yaml:6:13: stage 'b': unknown stage kind '\(cut)'
                  hint: one of 'toy-chain', 'toy-number', 'toy-other', 'toy-scores'
                f.yaml:7:42: stage 'c': unknown parameter '\(cut)'
                  hint: one of 'value'
                f.yaml:8:39: stage 'd': need 'start' names unknown stage '\(cut)'
                  hint: one of 'a', 'b', 'c', 'd', 'e'
                f.yaml:8:959: stage 'd': parameter 'schedule' has no choice '\(cut)'
                  hint: one of 'constant', 'cosine'
                f.yaml:9:39: unknown variable '\(cut)'
                """)
    }

    @Test func controlCharactersAreShown() throws {
        let text = """
            pipeline: toy
            "\\e[31mred": 1
            stages:
              "a\\nb": {uses: toy-number, with: {value: "\\e]0;title\\a", "\\u202Ek": 1}}
            """
        #expect(
            try toy.message(text) == """
                f.yaml:2:1: unknown key '\\u{1B}[31mred'
                  hint: one of 'about', 'include', 'matrix', 'pipeline', 'profile', 'stages', \
                'tables', 'variables'
                f.yaml:4:3: stage name 'a\\u{A}b' may only hold letters, digits and hyphens
                f.yaml:4:44: stage 'a\\u{A}b': parameter 'value' must be an integer from 0 to \
                1000, found the text '\\u{1B}]0;title\\u{7}'
                f.yaml:4:60: stage 'a\\u{A}b': unknown parameter '\\u{202E}k'
                  hint: one of 'value'
                """)
    }

    /// Whatever the file to include is, a secret in it stays there.
    @Test(arguments: [
        "secret 127.0.0.1 localhost\n", "secret:x:0:0:root\n", "[secret]\nkey = 1\n",
        "{\"secret\": {\"auth\": 1}}\n", "secret: 1\nother: 2\n", "*secret\n", "!secret x\n",
        "- secret\n", "secret: 1\nsecret: 2\n", "key: *secret\n",
    ])
    func filesOfOthersAreNotShown(content: String) throws {
        try toy.write(content, to: "other")
        let text =
            "pipeline: toy\ninclude: [\"${here}/other\"]\n"
            + "stages: {a: {uses: toy-number, with: {value: 1}}}\n"
        #expect(
            try toy.message(text) == """
                f.yaml:2:11: included file 'other' is not a pipeline file
                  hint: a file to include has one of the keys 'include', 'matrix', 'stages', \
                'tables', 'variables'
                """)
    }

    @Test func veryManyMistakesAreCounted() throws {
        let text =
            "pipeline: toy\nstages: {a: {uses: toy-number, with: {value: 1}}}\n"
            + (0..<500).map { "k\($0): 1\n" }.joined()
        let lines = try #require(try toy.message(text)).split(separator: "\n")
        #expect(lines.first == "f.yaml:3:1: unknown key 'k0'")
        #expect(lines.last == "and 400 more mistakes")
        #expect(lines.count == 201)
    }
}
