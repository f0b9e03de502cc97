import Pipeline
import Testing

@Suite struct ValueJSONTests {
    static let pairs: [(Value, String)] = [
        (.null, "null"), (.bool(true), "true"), (.integer(-7), "-7"), (.real(1), "1.0"),
        (.real(0.1), "0.1"), (.real(1e-5), "1e-05"), (.real(-0.0), "-0.0"),
        (.real(.infinity), "Infinity"), (.real(1.7976931348623157e308), "1.7976931348623157e+308"),
        (.integer(.max), "9223372036854775807"),
        (.string("a\"\\\n\u{1}ä/🦉"), #""a\"\\\n\u0001ä/🦉""#),
        (.array([]), "[]"), (.array([.integer(1), .array([.null])]), "[1,[null]]"),
        (
            .object(["b": .integer(1), "a.b": .object([:]), "Z": .real(2.5)]),
            #"{"Z":2.5,"a.b":{},"b":1}"#
        ),
    ]

    @Test(arguments: pairs)
    func theCanonicalTextReadsBackEqual(value: Value, text: String) throws {
        #expect(value.canonicalJSON == text)
        #expect(try Value(json: text) == value)
    }

    @Test func keysAreInTheOrderOfTheirBytes() {
        let value: Value = .object(["ä": .null, "z": .null, "\u{1F989}": .null, "": .null])
        #expect(value.canonicalJSON == #"{"":null,"z":null,"ä":null,"🦉":null}"#)
    }

    @Test func whiteSpaceAndEscapesOfOthersAreRead() throws {
        let value = try Value(json: " { \"a\" : [ 1 , 2e1 , \"\\u00e4\\ud83e\\udd89\" ] } \n")
        #expect(value == .object(["a": .array([.integer(1), .real(20), .string("ä🦉")])]))
    }

    /// Keys are made of the canonical text, which escapes what JSON forbids and no more.
    @Test func outputForOthersSteersNoTerminal() throws {
        let value = Value.object(["a\u{9B}": .string("\u{7F}\u{85}\u{2028}\u{202E}\u{FEFF}é")])
        let text = value.standardJSON
        #expect(text == #"{"a\u009b":"\u007f\u0085\u2028\u202e\ufeffé"}"#)
        #expect(try Value(json: text) == value)
        #expect(value.canonicalJSON == "{\"a\u{9B}\":\"\u{7F}\u{85}\u{2028}\u{202E}\u{FEFF}é\"}")
    }

    @Test func outputForOthersHasNoNaN() {
        #expect(Value.array([.real(.nan), .real(1)]).standardJSON == "[null,1.0]")
        #expect(Value.real(.nan).canonicalJSON == "NaN")
    }

    @Test(arguments: [
        ("", "byte 0: expected a value"), ("[1,]", "byte 3: expected a value"),
        ("{\"a\":1,\"a\":2}", "byte 12: repeated key 'a'"), ("[1] 2", "byte 4: expected the end"),
        ("\"\\ud83e\"", "byte 7: not a character"), ("+1", "byte 0: expected a value"),
        ("1e999", "byte 0: expected a value"), ("\"a", "byte 2: expected '\"'"),
    ])
    func aTextThatIsNoJSONIsRefused(text: String, message: String) throws {
        let error = #expect(throws: JSONError.self) { try Value(json: text) }
        #expect(error?.description == message)
    }

    @Test func nestingIsLimited() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError(offset: 256, problem: "nested too deep")) {
            try Value(json: text)
        }
    }
}
