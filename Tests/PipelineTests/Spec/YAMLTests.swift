import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct YAMLTests {
    private func nodes(_ text: String) throws -> [SpecNode] {
        let problems = ProblemList()
        let nodes = try YAMLComposer.documents(
            Array(text.utf8), file: "f.yaml", problems: problems)
        try problems.throwIfAny()
        return nodes
    }

    private func message(_ bytes: [UInt8]) -> String? {
        let problems = ProblemList()
        do {
            _ = try YAMLComposer.documents(bytes, file: "f.yaml", problems: problems)
            try problems.throwIfAny()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("1e-3", Value.real(1e-3)), ("no", .string("no")), ("yes", .string("yes")),
        ("on", .string("on")), ("0x1F", .integer(31)), ("0o17", .integer(15)),
        ("017", .integer(17)), ("-12", .integer(-12)), ("+3", .integer(3)), ("1.", .real(1)),
        (".5", .real(0.5)), ("-.5e1", .real(-5)), ("1e3", .real(1000)), ("1_000", .string("1_000")),
        (".inf", .real(.infinity)), ("-.INF", .real(-.infinity)), ("~", .null), ("", .null),
        ("Null", .null), ("True", .bool(true)), ("tRUE", .string("tRUE")),
        ("12:30", .string("12:30")), ("0x", .string("0x")), ("0x-1", .string("0x-1")),
        ("--1", .string("--1")), ("1e", .string("1e")), (".", .string(".")),
        ("99999999999999999999", .real(1e20)), ("2024-01-01", .string("2024-01-01")),
        ("nan", .string("nan")), ("infinity", .string("infinity")),
    ])
    func plainScalarsFollowTheCoreSchema(text: String, value: Value) {
        #expect(CoreSchema.value(of: text) == value)
    }

    @Test func quotedScalarsStayText() throws {
        let node = try nodes("{a: '1', b: \"true\", c: 1}")[0]
        #expect(node.value == .object(["a": .string("1"), "b": .string("true"), "c": .integer(1)]))
    }

    @Test func nodesKnowTheirPlaces() throws {
        let entries = try #require(try nodes("é: 1\nkey:\n  - {x: y}\n")[0].entries)
        #expect("\(entries[1].keyPlace)" == "f.yaml:2:1")
        let inner = try #require(entries[1].value.elements?.first?.entries?.first)
        #expect("\(inner.value.place)" == "f.yaml:3:9")
    }

    @Test func mistakesAreReportedTogetherInFileOrder() {
        let text = "a: 1\nb: !!int 2\na: 3\n[x]: 4\n"
        #expect(
            message(Array(text.utf8)) == """
                f.yaml:2:4: tag 'tag:yaml.org,2002:int' is not allowed
                  hint: a pipeline file has no tags
                f.yaml:3:1: duplicate key 'a', first given in line 1
                f.yaml:4:1: a key must be text, found a list
                """)
    }

    @Test func aTabIsNamed() {
        #expect(
            message(Array("a:\n\tb: 1\n".utf8)) == """
                f.yaml:2:1: not valid YAML: found character that cannot start any token, \
                while scanning for the next token
                  hint: indent with spaces; quote text that starts with '@' or '`'
                """)
    }

    /// `${` stands inside a flow collection for a text and the start of a mapping.
    @Test(arguments: ["{a: ${x}}", "[1, ${x}]", "{a: [${x}, 2]}"])
    func anUnquotedVariableInBracesIsExplained(text: String) throws {
        let found = try #require(message(Array(text.utf8)))
        #expect(
            found.hasSuffix("\n  hint: quote a variable inside brackets or braces: \"${name}\""),
            "\(found)")
        #expect(message(Array("a: ${x}".utf8)) == nil)
        #expect(message(Array("{a: $x}".utf8)) == nil)
    }

    @Test func mergeKeysAreExplained() {
        #expect(
            message(Array("a: &b {x: 1}\nc: {<<: *b, y: 2}\n".utf8)) == """
                f.yaml:2:5: merge keys ('<<') do not exist in YAML 1.2
                  hint: write the entries out, or let a variable stand for the whole mapping
                """)
    }

    @Test func otherEncodingsAreRefused() {
        #expect(message([0x61, 0x3a, 0x20, 0xff]) == "f.yaml:1:4: the file is not UTF-8 text")
        for (bytes, name) in [
            ([0xff, 0xfe, 0x61, 0x00], "UTF-16"), ([0xfe, 0xff, 0x00, 0x61], "UTF-16"),
            ([0xff, 0xfe, 0x00, 0x00, 0x61, 0, 0, 0], "UTF-32"),
        ] as [([UInt8], String)] {
            #expect(
                message(bytes) == """
                    f.yaml:1:1: the file is \(name) text
                      hint: save it as UTF-8
                    """)
        }
        #expect(message([0xef, 0xbb, 0xbf, 0x61, 0x3a, 0x20, 0x31]) == nil)
    }

    @Test func aliasesRepeatTheirAnchor() throws {
        let node = try nodes("{a: &x [1, 2], b: *x}")[0]
        let list = Value.array([.integer(1), .integer(2)])
        #expect(node.value == .object(["a": list, "b": list]))
    }

    @Test func anUnknownAliasSuggestsTheNearest() {
        #expect(
            message(Array("{a: &rate 1, b: *rat}".utf8)) == """
                f.yaml:1:17: unknown alias '*rat'
                  hint: did you mean 'rate'?
                """)
    }

    /// Files written to hang a reader or to fill its memory; every one is refused with a place.
    @Test(
        .enabled(if: SharedData.real != nil, "needs the shared real data"), .timeLimit(.minutes(1)),
        arguments: [
            ("billion_laughs", "more than 100000 values, aliases expanded"),
            ("deep_flow_100k", "f.yaml:1:65: nested more than 64 levels deep"),
            ("duplicate_keys", "f.yaml:2:1: duplicate key 'lr', first given in line 1"),
            ("invalid_utf8", "f.yaml:1:8: the file is not UTF-8 text"),
            ("python_object_tag", "is not allowed"),
            ("recursive_alias", "f.yaml:1:5: alias '*a' stands inside itself"),
            ("tab_indent", "f.yaml:2:1: not valid YAML"),
            ("unterminated_quote", "f.yaml:3:1: not valid YAML"),
        ])
    func hostileFilesAreRefused(name: String, part: String) throws {
        let folder = try #require(SharedData.real).appending(path: "yaml/hostile")
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(name).yaml")))
        let text = try #require(message(bytes))
        #expect(text.contains(part))
    }

    /// Thousands of aliases of one long text share it: read at once, nothing to refuse.
    @Test(
        .enabled(if: SharedData.real != nil, "needs the shared real data"), .timeLimit(.minutes(1)))
    func quadraticAliasesAreShared() throws {
        let folder = try #require(SharedData.real).appending(path: "yaml/hostile")
        let url = folder.appending(path: "quadratic_alias.yaml")
        #expect(message([UInt8](try Data(contentsOf: url))) == nil)
    }
}
