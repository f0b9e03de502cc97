import Pipeline
import TestSupport
import Testing

@Suite struct VariableTests {
    let toy: ToyFile

    init() throws {
        toy = try ToyFile()
    }

    private func filled(_ text: String, _ values: [String: String]) throws -> Value {
        let problems = ProblemList()
        var variables = Variables(
            try values.mapValues { text in
                try #require(
                    try YAMLComposer.documents(
                        Array(text.utf8), file: "v", problems: problems
                    ).first)
            }, problems: problems)
        let place = Place(file: "some/folder/f.yaml", line: 1, column: 1)
        let node = SpecNode(place: place, content: .scalar(.string(text), text: text))
        let value = variables.filled(node).value
        try problems.throwIfAny()
        return value
    }

    @Test func aVariableAloneKeepsItsType() throws {
        let values = ["i": "3", "r": "1e-3", "t": "'3'", "b": "true", "l": "[1, x]"]
        #expect(try filled("${i}", values) == .integer(3))
        #expect(try filled("${r}", values) == .real(0.001))
        #expect(try filled("${t}", values) == .string("3"))
        #expect(try filled("${b}", values) == .bool(true))
        #expect(try filled("${l}", values) == .array([.integer(1), .string("x")]))
    }

    @Test func insideTextAVariableIsInsertedAsWritten() throws {
        let values = ["i": "3", "r": "1e-3", "p": "${i}/x"]
        #expect(try filled("a${i}b${r}", values) == .string("a3b1e-3"))
        #expect(try filled("${p}/y", values) == .string("3/x/y"))
        #expect(try filled("$${i} $", values) == .string("${i} $"))
        #expect(try filled("${here}/data", values) == .string("some/folder/data"))
    }

    private static let text = """
        pipeline: toy
        variables: {seed: 1, value: 5}
        stages:
          start: {uses: toy-number, with: {value: "${value}"}}
          hide: {uses: toy-chain, needs: {start: start}, with: {seed: "${seed}"}}
        matrix: {seed: [42, 40, 44]}
        """

    @Test func aSettingReplacesTheDeclaredValue() throws {
        let file = try toy.read(Self.text, "value=7")
        #expect(file.graph.units[0].definition.parameters == .object(["value": .integer(7)]))
    }

    @Test func aSettingOnAnAxisReducesIt() throws {
        #expect(
            try toy.read(Self.text).cells.map(\.description) == [
                "{seed=42}", "{seed=40}", "{seed=44}",
            ])
        let file = try toy.read(Self.text, "seed=9")
        #expect(file.cells.map(\.description) == ["{seed=9}"])
        #expect(file.graph.units.map(\.name) == ["start/number", "hide/train[1]", "hide/train[2]"])
        #expect(file.graph.units[1].definition.seed == 9)
    }

    @Test func anUndeclaredSettingIsAUsageError() throws {
        try toy.write(Self.text)
        #expect(
            throws: UsageError(
                problem: "--set 'vlaue': the file declares no such variable",
                hint: "did you mean 'value'?")
        ) { try toy.read(Self.text, "vlaue=7") }
        #expect(throws: UsageError(problem: "--set 'value' is not NAME=VALUE")) {
            try Setting(parsing: "value")
        }
    }

    @Test func aSettingOfTheWrongTypeIsNamedWhereItIsUsed() throws {
        #expect(
            try toy.message(Self.text, "value=no") == """
                f.yaml:4:43: stage 'start': parameter 'value' must be an integer from 0 to 1000, \
                found the text 'no'
                """)
    }

    @Test func includedVariablesGiveWayAndStagesAreMerged() throws {
        try toy.write(
            """
            pipeline: base
            variables: {value: 3, seed: 2}
            stages:
              start: {uses: toy-number, with: {value: "${value}"}}
            matrix: {seed: [1, 2]}
            """, to: "base.yaml")
        let text = """
            pipeline: toy
            include: "${here}/base.yaml"
            variables: {value: 4}
            stages:
              hide: {uses: toy-chain, needs: {start: start}, with: {seed: "${seed}"}}
            """
        let file = try toy.read(text, "seed=2")
        #expect(file.graph.units.map(\.name) == ["start/number", "hide/train[1]", "hide/train[2]"])
        #expect(file.graph.units[0].definition.parameters == .object(["value": .integer(4)]))
        #expect(file.graph.units[1].definition.seed == 2)
    }

    /// Of the including file and those it includes, the last that gives a matrix or tables counts.
    @Test(arguments: [
        ("", ["{seed=1}", "{seed=2}"], "Base"), ("matrix: {seed: [5]}\n", ["{seed=5}"], "Base"),
        ("matrix: {}\ntables: []\n", [""], nil),
    ])
    func matrixAndTablesAreInheritedUnlessGiven(
        rest: String, cells: [String], title: String?
    ) throws {
        try toy.write(
            """
            variables: {seed: 0}
            matrix: {seed: [1, 2]}
            tables: [{title: Base, rows: {a: start}, columns: [faa]}]
            """, to: "base.yaml")
        let file = try toy.read(
            """
            pipeline: toy
            include: "${here}/base.yaml"
            stages: {start: {uses: toy-number, with: {value: 1}}}

            """ + rest)
        #expect(file.cells.map(\.description) == cells)
        #expect(file.tables.map(\.title) == (title.map { [$0] } ?? []))
    }

    @Test func aVariableMayStandForAllParameters() throws {
        let text = """
            pipeline: toy
            variables: {number: {value: "${five}"}, five: 5, none: null}
            stages:
              a: {uses: toy-number, with: "${number}"}
              b: {uses: toy-number, with: "${five}"}
              c: {uses: toy-number, with: "${nubmer}"}
              d: {uses: toy-number, with: "${none}"}
              e: {uses: toy-number, with: "x ${five}"}
            """
        #expect(
            try toy.message(text) == """
                f.yaml:5:31: stage 'b': 'with' must be a mapping, found the number '5'
                f.yaml:6:31: unknown variable 'nubmer'
                  hint: did you mean 'number'?
                f.yaml:7:31: stage 'd': parameter 'value' is missing
                f.yaml:8:3: stage 'e': parameter 'value' is missing
                f.yaml:8:31: stage 'e': 'with' must be a mapping, found the text 'x ${five}'
                """)
        let sound = text.split(separator: "\n").prefix(4).joined(separator: "\n")
        let file = try toy.read(sound)
        #expect(file.graph.units[0].definition.parameters == .object(["value": .integer(5)]))
    }

    @Test func aFileOfSettingsSetsItsVariables() throws {
        try toy.write("value: 3\nseed: 8   # the axis\n", to: "s.yaml")
        let path = toy.folder.path("s.yaml")
        let settings = try Setting.list(parsing: "@\(path)")
        #expect(settings.map(\.name) == ["value", "seed"])
        #expect(try Setting.list(parsing: "a=1").map(\.name) == ["a"])
        try toy.write(Self.text)
        let file = try PipelineFile.read(
            toy.folder.path("f.yaml"), settings: settings, registry: .toys)
        #expect(file.cells.map(\.description) == ["{seed=8}"])
        #expect(file.graph.units[0].definition.parameters == .object(["value": .integer(3)]))

        try toy.write("vlaue: 3\n", to: "s.yaml")
        #expect(
            throws: UsageError(
                problem: "\(path):1:1: variable 'vlaue': the file declares no such variable",
                hint: "did you mean 'value'?")
        ) {
            try PipelineFile.read(
                toy.folder.path("f.yaml"), settings: try Setting.list(parsing: "@\(path)"),
                registry: .toys)
        }
        for (text, message) in [
            ("- 1\n", "1:1: a file of settings is one mapping of variables to values"),
            ("a: 1\na: 2\n", "2:1: duplicate key 'a', first given in line 1"),
            ("a: [\n", "2:1: "),
        ] {
            try toy.write(text, to: "s.yaml")
            let error = #expect(throws: SpecError.self) { try Setting.list(parsing: "@\(path)") }
            #expect("\(try #require(error))".hasPrefix("\(path):\(message)"), "\(error as Any)")
        }
        #expect(
            throws: UnreadableInput(
                path: "none.yaml", problem: "the file of settings cannot be read: no such file")
        ) { try Setting.list(parsing: "@none.yaml") }
    }

    @Test func includedFilesThatClashLoopOrLackAreNamed() throws {
        try toy.write("stages: {a: {uses: toy-number, with: {vlaue: 1}}}\n", to: "b.yaml")
        let text = """
            pipeline: toy
            include: ["${here}/b.yaml", "${here}/f.yaml", "${here}/none.yaml"]
            stages: {a: {uses: toy-number, with: {value: 1}}}
            """
        #expect(
            try toy.message(text)
                == """
                f.yaml:2:29: file 'f.yaml' includes itself
                f.yaml:2:47: included file 'none.yaml' cannot be read: no such file
                f.yaml:3:10: stage 'a' is already declared in b.yaml:1:10
                b.yaml:1:38: stage 'a': parameter 'value' is missing
                b.yaml:1:39: stage 'a': unknown parameter 'vlaue'
                  hint: did you mean 'value'?
                """)
    }
}
