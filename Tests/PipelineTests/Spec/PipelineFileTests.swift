import Foundation
import Pipeline
import TestSupport
import Testing

/// Reads pipeline text with the toy stages; messages name the file as `f.yaml`.
struct ToyFile {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    func write(_ text: String, to name: String = "f.yaml") throws {
        try text.write(toFile: folder.path(name), atomically: true, encoding: .utf8)
    }

    func read(_ text: String, _ settings: String...) throws -> PipelineFile {
        try write(text)
        return try PipelineFile.read(
            folder.path("f.yaml"), settings: try settings.map { try Setting(parsing: $0) },
            registry: .toys)
    }

    /// The whole message of a file with mistakes; nil when it has none.
    func message(_ text: String, _ settings: String...) throws -> String? {
        try write(text)
        do {
            _ = try PipelineFile.read(
                folder.path("f.yaml"), settings: try settings.map { try Setting(parsing: $0) },
                registry: .toys)
            return nil
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }
}

@Suite struct PipelineFileTests {
    let toy: ToyFile

    init() throws {
        toy = try ToyFile()
    }

    private static let start = """
        pipeline: toy
        variables: {seed: 1, tasks: 2}
        stages:
          start: {uses: toy-number, with: {value: 5}}

        """

    @Test func unknownKeysSuggestTheNearest() throws {
        let text = """
            pipeline: toy
            stagse: {}
            stages:
              a:
                use: toy-number
                uses: toy-number
                with: {value: 1, vlaue: 2}
              b: {uses: toy-chain, needs: {start: a}, with: {schedule: {cosine: {warmup: 3}}}}
            """
        #expect(
            try toy.message(text) == """
                f.yaml:2:1: unknown key 'stagse'
                  hint: did you mean 'stages'?
                f.yaml:5:5: stage 'a': unknown key 'use'
                  hint: did you mean 'uses'?
                f.yaml:7:22: stage 'a': unknown parameter 'vlaue'
                  hint: did you mean 'value'?
                f.yaml:8:70: stage 'b': unknown parameter 'schedule.cosine.warmup'
                  hint: did you mean 'warm-up'?
                """)
    }

    @Test func duplicateKeysNameTheFirst() throws {
        let text = """
            pipeline: toy
            stages:
              a: {uses: toy-number, with: {value: 1}}
              a: {uses: toy-number, with: {value: 2}}
            pipeline: again
            """
        #expect(
            try toy.message(text) == """
                f.yaml:4:3: duplicate key 'a', first given in line 3
                f.yaml:5:1: duplicate key 'pipeline', first given in line 1
                """)
    }

    @Test func wrongTypesAndMissingParametersAreNamed() throws {
        let text = """
            pipeline: [toy]
            profile: refrence
            stages:
              a: {uses: toy-number, with: {value: many}}
              b: {uses: toy-number}
              c: {uses: toy-number, with: {value: 1001}}
              d:
                uses: toy-chain
                needs: {start: a}
                with: {rate: "0.1", tasks: 1.5, schedule: {cosine: 3}}
              e: {uses: toy-chain, needs: {start: a}, with: {schedule: cosin}}
              f: {uses: toy-chain, needs: {start: a}, with: [1]}
            """
        #expect(
            try toy.message(text) == """
                f.yaml:1:11: 'pipeline' must be text, found a list
                f.yaml:2:10: unknown profile 'refrence'
                  hint: did you mean 'reference'?
                f.yaml:4:39: stage 'a': parameter 'value' must be an integer from 0 to 1000, \
                found the text 'many'
                f.yaml:5:3: stage 'b': parameter 'value' is missing
                f.yaml:6:39: stage 'c': parameter 'value' must be an integer from 0 to 1000, \
                found the number '1001'
                f.yaml:10:18: stage 'd': parameter 'rate' must be a number from 0.0 to 10.0, \
                found the text '0.1'
                f.yaml:10:32: stage 'd': parameter 'tasks' must be an integer from 1 to 100, \
                found the number '1.5'
                f.yaml:10:56: stage 'd': parameter 'schedule.cosine' must be a mapping, \
                found the number '3'
                f.yaml:11:60: stage 'e': parameter 'schedule' has no choice 'cosin'
                  hint: did you mean 'cosine'?
                f.yaml:12:49: stage 'f': 'with' must be a mapping, found a list
                """)
    }

    @Test func wiringMistakesAreNamed() throws {
        let text = """
            pipeline: toy
            stages:
              start: {uses: toy-nunber, with: {value: 1}}
              a: {uses: toy-chain, needs: {strat: start}}
              b: {uses: toy-chain, needs: {start: strat}}
              c: {uses: "", needs: [start]}
              d: 3
              e: {with: {}}
              f g: {uses: toy-number, with: {value: 1}}
            """
        #expect(
            try toy.message(text) == """
                f.yaml:3:17: stage 'start': unknown stage kind 'toy-nunber'
                  hint: did you mean 'toy-number'?
                f.yaml:4:3: stage 'a': need 'start' is missing
                  hint: it takes an integer
                f.yaml:4:32: stage 'a': unknown need 'strat'
                  hint: did you mean 'start'?
                f.yaml:5:39: stage 'b': need 'start' names unknown stage 'strat'
                  hint: did you mean 'start'?
                f.yaml:6:13: stage 'c': 'uses' must be text, found the text ''
                f.yaml:6:24: stage 'c': 'needs' must be a mapping, found a list
                f.yaml:7:6: stage 'd': must be a mapping, found the number '3'
                f.yaml:8:3: stage 'e': key 'uses' is missing
                f.yaml:9:3: stage name 'f g' may only hold letters, digits and hyphens
                """)
    }

    @Test func aCycleIsPrintedAsAPath() throws {
        let text = """
            pipeline: toy
            stages:
              a: {uses: toy-chain, needs: {start: c}}
              b: {uses: toy-chain, needs: {start: a}}
              c: {uses: toy-chain, needs: {start: b}}
              d: {uses: toy-chain, needs: {start: d}}
            """
        #expect(
            try toy.message(text) == """
                f.yaml:3:3: dependency cycle: a -> c -> b -> a
                f.yaml:6:3: dependency cycle: d -> d
                """)
    }

    @Test func unknownVariablesAreNamedOnce() throws {
        let text = """
            pipeline: toy
            variables: {seed: 1, loop: "${pool}", pool: "x${loop}", list: [1]}
            stages:
              a: {uses: toy-number, with: {value: "${sed}"}}
              b: {uses: toy-number, with: {value: "${loop}"}}
              c: {uses: toy-number, with: {value: "${list}0"}}
              d: {uses: toy-number, with: {value: "${seed"}}
            matrix: {seed: [1, 2]}
            """
        #expect(
            try toy.message(text)
                == """
                f.yaml:2:28: variable cycle: loop -> pool -> loop
                f.yaml:4:39: unknown variable 'sed'
                  hint: did you mean 'seed'?
                f.yaml:6:39: variable 'list' is a list and cannot stand inside text
                f.yaml:7:39: '${' without '}' in '${seed'
                  hint: write '$${' for a plain '${'
                """)
    }

    @Test func aMissingFileIsNotASpecError() throws {
        let path = toy.folder.path("none.yaml")
        #expect(
            throws: UnreadableInput(
                path: path, problem: "the pipeline file cannot be read: no such file")
        ) { try PipelineFile.read(path, registry: .toys) }
        #expect(
            throws: UnreadableInput(
                path: toy.folder.path, problem: "the pipeline file cannot be read: it is a folder")
        ) { try PipelineFile.read(toy.folder.path, registry: .toys) }
    }

    @Test func emptyAndOddFilesAreRefused() throws {
        #expect(try toy.message("") == "f.yaml:1:1: the file is empty")
        #expect(try toy.message("- a\n") == "f.yaml:1:1: the file must be a mapping, found a list")
        #expect(
            try toy.message("about: x\n") == """
                f.yaml:1:1: key 'pipeline' is missing
                f.yaml:1:1: key 'stages' is missing
                """)
        #expect(
            try toy.message(Self.start + "---\na: 1\n")
                == "f.yaml:6:1: a pipeline file is one YAML document")
    }

    @Test func aStageThatOffersSomethingElseIsNamed() throws {
        let text = """
            pipeline: toy
            stages:
              odd: {uses: toy-other}
              a: {uses: toy-chain, needs: {start: odd}}
              b: {uses: toy-chain, needs: {start: a}}
            """
        #expect(
            try toy.message(text)
                == "f.yaml:4:39: stage 'a': need 'start' cannot be filled by stage 'odd' (toy-other)"
        )
    }

    @Test func tablesAreChecked() throws {
        let text =
            Self.start + """
                tables:
                  - {title: T, rows: {x: strat}, columns: [fa, faa], over: sed}
                  - {rows: {}, colums: []}
                  - {title: M, matrix: start, rows: {}}
                """
        #expect(
            try toy.message(text) == """
                f.yaml:6:5: table 1: unknown matrix axis 'sed'
                f.yaml:6:26: table 1: unknown stage 'strat'
                  hint: did you mean 'start'?
                f.yaml:6:44: table 1: unknown metric 'fa'
                  hint: did you mean 'faa'?
                f.yaml:7:5: table 2: key 'title' is missing
                f.yaml:7:5: table 2: needs 'rows' and 'columns', or 'matrix'
                f.yaml:7:16: table 2: unknown key 'colums'
                  hint: did you mean 'columns'?
                f.yaml:8:37: table 3: 'matrix' stands alone, without 'rows' and 'columns'
                """)
    }

    @Test func matrixMistakesAreNamed() throws {
        let text =
            Self.start + "matrix: {sed: [1], seed: [1, 1, [2]], tasks: 3}\n"
        #expect(
            try toy.message(text) == """
                f.yaml:5:10: matrix axis 'sed' is not a declared variable
                  hint: did you mean 'seed'?
                f.yaml:5:30: matrix axis 'seed' has the value '1' twice
                f.yaml:5:33: matrix axis 'seed' must be a list of values, found a list in it
                f.yaml:5:46: matrix axis 'tasks' must be a list of values, found the number '3'
                """)
    }
}
