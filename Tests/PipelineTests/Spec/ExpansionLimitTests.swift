import Foundation
import Pipeline
import TestSupport
import Testing

/// No file, and no setting, makes more than a file may hold: one line says so.
@Suite(.timeLimit(.minutes(2))) struct ExpansionLimitTests {
    let toy: ToyFile

    init() throws { toy = try ToyFile() }

    /// A chain of variables, each made of the one before it.
    private func chain(_ first: String, _ count: Int, _ link: (String) -> String) -> String {
        let links = (1...count).map { "  v\($0): \(link("${v\($0 - 1)}"))\n" }.joined()
        return "pipeline: toy\nvariables:\n  v0: \(first)\n\(links)"
            + "stages: {a: {uses: toy-number, with: {value: \"${v\(count)}\"}}}\n"
    }

    @Test func chainsOfVariablesEnd() throws {
        let values = "more than 100000 values, variables filled in"
        let bombs = [
            chain("aaaaaaaaaa", 30) { "\"\($0)\($0)\"" },
            chain("\"\"", 30) { "\"\($0)\($0)\"" },
            chain("[a, b]", 30) { "[\"\($0)\", \"\($0)\", \"\($0)\"]" },
            chain("{a: 1}", 30) { "{a: \"\($0)\", b: \"\($0)\"}" },
        ]
        for text in bombs {
            let line = text.split(separator: "\n").count
            #expect(try toy.message(text) == "f.yaml:\(line):38: \(values)")
        }
    }

    @Test func longTextEnds() throws {
        let text = chain(String(repeating: "a", count: 3000), 12) { "\"\($0)\($0)\"" }
        #expect(
            try toy.message(text)
                == "f.yaml:16:38: more than 4 MiB of text, variables filled in")
    }

    @Test func deepChainsAndDeepNestingEnd() throws {
        #expect(
            try toy.message(chain("1", 20_000) { "\"\($0)\"" })
                == "f.yaml:20004:38: more than 64 variables lead to one another")
        let nested = chain("[1]", 10) {
            String(repeating: "[", count: 10) + "\"\($0)\"" + String(repeating: "]", count: 10)
        }
        #expect(
            try toy.message(nested)
                == "f.yaml:14:38: nested more than 64 levels deep, variables filled in")
    }

    /// What the command line makes too large is a mistake of the command line.
    @Test func aSettingThatMakesTooMuchIsNamed() throws {
        try toy.write(
            "pipeline: toy\nvariables: {a: 1, b: 1}\n"
                + "stages: {a: {uses: toy-number, with: {value: \"${a}\"}}}\n")
        let list = "[" + Array(repeating: "'${b}'", count: 400).joined(separator: ",") + "]"
        let settings = try ["a=\(list)", "b=\(Array(repeating: 1, count: 400))"].map {
            try Setting(parsing: $0)
        }
        let error = #expect(throws: SpecError.self) {
            try PipelineFile.read(toy.folder.path("f.yaml"), settings: settings, registry: .toys)
        }
        #expect(
            error?.description == "--set a:1:1: more than 100000 values, variables filled in")
        #expect(error?.problems.allSatisfy(\.isOfCommandLine) == true)
    }

    @Test func includedFilesAreFew() throws {
        for level in 1...12 {
            try toy.write(
                "include: [\"${here}/n\(level + 1).yaml\", \"${here}/n\(level + 1).yaml\"]\n",
                to: "n\(level).yaml")
        }
        try toy.write("variables: {x: 1}\n", to: "n13.yaml")
        let text =
            "pipeline: toy\ninclude: \"${here}/n1.yaml\"\n"
            + "stages: {a: {uses: toy-number, with: {value: 1}}}\n"
        let message = try #require(try toy.message(text))
        #expect(
            message.hasSuffix(
                ": more than 256 files are included, those that are included twice counted twice"))
        #expect(message.split(separator: "\n").count == 1)
    }

    @Test func includedFilesAreSmallTogether() throws {
        let values = "variables: {x: [" + String(repeating: "1,", count: 60_000) + "1]}\n"
        try toy.write(values, to: "a.yaml")
        try toy.write(values, to: "b.yaml")
        let start = "pipeline: toy\nstages: {a: {uses: toy-number, with: {value: 1}}}\n"
        #expect(
            try toy.message(start + "include: [\"${here}/a.yaml\", \"${here}/b.yaml\"]\n")
                == "f.yaml:3:29: the files that are included hold together more than 100000 values")
        let long = "variables: {x: " + String(repeating: "a", count: 3 << 20) + "}\n"
        try toy.write(long, to: "a.yaml")
        try toy.write(long, to: "b.yaml")
        #expect(
            try toy.message(start + "include: [\"${here}/a.yaml\", \"${here}/b.yaml\"]\n")
                == "f.yaml:3:29: the file and those it includes are together larger than 4 MiB")
    }

    private func matrix(_ axes: [String], values: Int) -> String {
        let list = (0..<values).map(String.init).joined(separator: ",")
        return "matrix: {" + axes.map { "\($0): [\(list)]" }.joined(separator: ", ") + "}\n"
    }

    @Test func manyCellsOfManyValuesEnd() throws {
        let list = Array(repeating: "1", count: 5000).joined(separator: ",")
        let text =
            "pipeline: toy\nvariables: {a: 1, b: 1, l: [\(list)]}\n"
            + matrix(["a", "b"], values: 100)
            + "stages: {a: {uses: toy-number, with: {value: \"${l}\"}}}\n"
        let message = try #require(try toy.message(text))
        #expect(
            message.hasPrefix(
                "f.yaml:3:10: the cells of the matrix make more than 20000000 values, "
                    + "variables filled in"), "\(message)")
    }

    /// The first cell shows what ten thousand will come to.
    @Test func manyCellsOfManyUnitsEnd() throws {
        let chains = (0..<9).map {
            "  c\($0): {uses: toy-chain, needs: {start: s}, "
                + "with: {tasks: 100, seed: \"${a}\", step: \($0)}}\n"
        }
        let text =
            "pipeline: toy\nvariables: {a: 1, b: 1}\n" + matrix(["a", "b"], values: 100)
            + "stages:\n  s: {uses: toy-number, with: {value: 1}}\n" + chains.joined()
        #expect(
            try toy.message(text) == """
                f.yaml:3:10: in 10000 cells of about 901 units each, the file makes more than \
                2000000 units, those of each cell counted, or more than 20000000 inputs and \
                parameters of them
                  hint: fewer tasks, episodes or cells; a sweep may be several files
                """)
    }

    /// Ten times the units take about ten times as long; a hundred times where adding one copies all.
    @Test func timeFollowsTheNumberOfUnits() throws {
        func seconds(seeds: Int) throws -> Double {
            let text =
                "pipeline: toy\nvariables: {a: 1}\n" + matrix(["a"], values: seeds)
                + "stages:\n  s: {uses: toy-number, with: {value: 1}}\n"
                + "  c: {uses: toy-chain, needs: {start: s}, with: {tasks: 20, seed: \"${a}\"}}\n"
            let start = ContinuousClock.now
            let file = try toy.read(text)
            #expect(file.graph.units.count == 20 * seeds + 1)
            return (ContinuousClock.now - start) / .seconds(1)
        }
        let (small, large) = (try seconds(seeds: 100), try seconds(seeds: 1000))
        #expect(large < 40 * small, "\(small) s, then \(large) s")
    }

    /// Chains of stages as long as a file can hold are walked without the thread's stack.
    @Test func aLongChainOfStagesIsOrdered() throws {
        let count = 6000
        let chains = (1...count).map {
            "  c\($0): {uses: toy-chain, needs: {start: \($0 == count ? "s" : "c\($0 + 1)")}, "
                + "with: {tasks: 1}}\n"
        }
        let text =
            "pipeline: toy\nstages:\n" + chains.joined()
            + "  s: {uses: toy-number, with: {value: 1}}\n"
        #expect(try toy.read(text).graph.units.count == count + 1)
        let cycle = text.replacing("start: s}", with: "start: c1}")
        let message = try #require(try toy.message(cycle))
        #expect(message.hasPrefix("f.yaml:3:3: dependency cycle: c1 -> c2 -> "))
        #expect(message.hasSuffix(" -> … (6000 stages)"))
    }
}
