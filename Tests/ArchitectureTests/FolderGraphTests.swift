import Testing

/// Cycles between the folders of a target are found, by what is code alone.
@Suite struct FolderGraphTests {
    private func cycles(_ files: [String: String]) -> [String] {
        let folder = "Sources/Low"
        return FolderGraph(
            folder,
            files.sorted { $0.key < $1.key }.map {
                SourceFile(path: "\(folder)/\($0.key)", text: $0.value)
            }
        ).cycles
    }

    @Test func aCycleIsFoundWithWhatMakesIt() {
        let found = cycles([
            "A/One.swift": "public struct One { let two: [Two] }\n",
            "B/Two.swift": "indirect enum Two {}\n\nextension Three {}\n",
            "C/Three.swift": "typealias Three = Int\nfunc f() { print(\"\\(One.self)\") }\n",
        ])
        #expect(
            found == [
                """
                folders that need each other: A, B, C
                  A -> B: One.swift uses 'Two'
                  B -> C: Two.swift uses 'Three'
                  C -> A: Three.swift uses 'One'
                """
            ])
    }

    @Test func theTopOfATargetIsAFolderToo() {
        let found = cycles([
            "All.swift": "enum All { case one(One), two(One) }",
            "A/One.swift": "actor One { var all: All? }",
        ])
        #expect(
            found.map { $0.split(separator: "\n")[0] } == ["folders that need each other: (top), A"]
        )
    }

    /// Each of these names `One` in a way that is no use of it, or declares it for nobody else.
    @Test(arguments: [
        "// One", "/* One /* One */ One */", "let text = \"One\"",
        "let text = #\"One \\(One) \"One\" \"#",
        "let text = \"\"\"\n  One \"One\" \\\"\"\" One\n  \"\"\"",
        "let text = \"a \\(text(\"One\")) One\"", "let other = Other.One.self",
        "private struct One {}\n",
    ])
    func whatIsNoCodeDoesNotCount(text: String) {
        let found = cycles([
            "A/One.swift": "struct One { let two: Two }", "B/Two.swift": "struct Two {}\n\(text)",
        ])
        #expect(found == [], "\(found)")
        #expect(SourceFile(path: "a", text: text).declaredTypes == [])
    }

    @Test(arguments: [
        "let one: One? = nil", "let text = \"a \\(One.self) b\"", "let text = #\"\\#(One.self)\"#",
    ])
    func whatIsCodeCounts(text: String) {
        let found = cycles([
            "A/One.swift": "struct One { let two: Two }", "B/Two.swift": "struct Two {}\n\(text)",
        ])
        #expect(found.count == 1)
    }

    @Test func namesWithinATypeAreNotThoseOfTheModule() {
        let file = SourceFile(
            path: "a",
            text: "struct Outer {\n  struct Inner {}\n}\nfileprivate enum Own {}\nclass Other {}")
        #expect(file.declaredTypes == ["Outer", "Other"])
    }

    @Test func aLiteralWithoutAnEndIsNotUnderstood() {
        #expect(!SourceFile(path: "a", text: "let a = \"\"\"\n").isUnderstood)
        #expect(SourceFile(path: "a", text: "let a = \"\\(b(\")\"))\"\n").isUnderstood)
    }
}
