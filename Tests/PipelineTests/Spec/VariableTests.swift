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
        let file = try toy.read(text)
        #expect(file.graph.units.map(\.name) == ["start/number", "hide/train[1]", "hide/train[2]"])
        #expect(file.graph.units[0].definition.parameters == .object(["value": .integer(4)]))
        #expect(file.graph.units[1].definition.seed == 2)
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
