import Foundation
import TestSupport
import Testing

/// Every pointer of code, tests, pipelines and documents leads somewhere: `Reference 5.4` and entries of
/// the register into Docs/Reference.md, links to a file and a heading.
@Suite struct DocumentPointerTests {
    private let files: [Document]
    private let reference: Document

    init() throws {
        let own = (#filePath as NSString).lastPathComponent
        // This file writes what leads nowhere.
        let files = try Document.all().filter { !$0.path.hasSuffix("/\(own)") }
        self.files = files
        reference = try #require(files.first { $0.path == "Docs/Reference.md" })
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(
            atPath: SharedData.packageRoot.appending(path: path).path)
    }

    // MARK: What is there

    @Test func everyPointerIntoTheReferenceLeadsThere() {
        #expect(files.count > 500)
        #expect(files.reduce(0) { $0 + $1.references.count } > 150)
        #expect(Document.deadReferences(files, into: reference) == [])
    }

    /// A section of a paper is written `sec. 3.2`, of a standard `clause 9`.
    @Test func pointersHaveOneForm() {
        let others = files.filter { $0.path != reference.path }.flatMap(\.otherForms)
        #expect(others == [], "write 'Reference 5.4' or 'Reference B-21'")
    }

    @Test func everyLinkLeadsToAFileAndAHeading() {
        #expect(files.reduce(0) { $0 + $1.links.count } > 150)
        #expect(Document.deadLinks(files, exists: exists) == [])
    }

    /// In the reference itself entries stand bare.
    @Test func entriesThatTheReferenceNamesAreInItsRegister() {
        let anchors = reference.anchors
        let named = reference.text.matches(of: #/(?:^|[^\w\-])([AB]-\d+)\b/#).map { String($0.1) }
        #expect(named.count > 100)
        #expect(named.filter { !anchors.contains(Document.anchor($0)) } == [])
    }

    @Test(arguments: [("A", 17), ("B", 48)])
    func everyEntryOfTheRegisterHasADecision(letter: String, count: Int) {
        let entries = RegisterEntry.entries(of: reference.text)
            .filter { $0.name.hasPrefix("\(letter)-") }
        #expect(entries.map(\.name) == (1...count).map { "\(letter)-\($0)" })
        for entry in entries {
            #expect(
                !entry.decisions.isEmpty && RegisterEntry.words.isSuperset(of: entry.decisions)
                    && !entry.outcome.isEmpty, "\(entry)")
            // What can be chosen has a name.
            if entry.decisions.contains("OPTION") {
                #expect(entry.outcome.contains("`"), "\(entry)")
            }
        }
        #expect(RegisterEntry.entries(of: reference.text).count == 17 + 48)
    }

    /// Lines `*Code*: …` of the reference name types of the program.
    @Test func theTypesThatTheReferenceNamesExist() {
        let named = reference.text.split(separator: "\n").filter { $0.hasPrefix("*Code*: ") }
            .flatMap { $0.matches(of: #/`(\w+)`/#).map { String($0.1) } }
        #expect(named.count > 80)
        var declared: Set<String> = []
        for file in files where file.path.hasPrefix("Sources/") {
            for match in file.text.matches(
                of: #/\b(?:struct|class|enum|protocol|actor) (\w+)/#)
            {
                declared.insert(String(match.1))
            }
        }
        #expect(Set(named).subtracting(declared) == [])
    }

    /// The facts are numbered, and so are the tests of the two suites of conformance.
    @Test func everyFactOfTheReferenceHasATest() throws {
        let section = try #require(
            reference.text.components(separatedBy: "<a id=\"r-17\"></a>").last?
                .components(separatedBy: "<a id=\"r-18\"></a>").first)
        let facts = section.matches(of: #/\n(\d+)\. /#).compactMap { Int($0.1) }
        #expect(facts == Array(1...17))
        let tests = files.filter { $0.path.hasSuffix("/ConformanceTests.swift") }
            .flatMap { $0.text.matches(of: #/@Test\(\s*"(\d+): /#).compactMap { Int($0.1) } }
        #expect(tests.sorted() == facts)
    }

    // MARK: What is not there is found

    private func document(_ text: String, at path: String = "Sources/A.swift") -> Document {
        Document(path: path, text: text)
    }

    private static let sample = """
        # A title
        <a id="r-5-4"></a>
        ### 5.4 The `rate` of an epoch
        ## Twice
        ## Twice
        ```
        # no heading, no [link](nowhere.md)
        ```
        | <a id="b-21"></a>B-21 | | | FIX | it |
        """

    @Test func aPointerToWhatIsNotThereIsFound() {
        let reference = document(Self.sample, at: "Docs/Reference.md")
        let text = """
            /// The rate (Reference 5.4, Reference B-21) and Reference 5.5, Reference 99, Reference B-99.
            /// One that is broken (Reference
            /// 5.6), and a reference 5.7 that is none.
            """
        let dead = Document.deadReferences([document(text)], into: reference)
        #expect(dead.map(\.text) == ["r-5-5", "r-99", "b-99", "r-5-6"])
        #expect(dead.map(\.line) == [1, 1, 1, 2])
        #expect("\(dead[3])" == "Sources/A.swift:2: r-5-6")
    }

    @Test(arguments: [
        ("(spec section 8.3)", ["section 8"]), ("(spec sections 8.4, 9 and 15)", ["sections 8"]),
        ("(specification §8.3)", ["§8"]), ("Spec section 21, item 12", ["section 21"]),
        ("(spec\n/// section 17.4)", ["section 17"]), ("(spec section\n/// 8.4)", ["section 8"]),
        ("Amendment 2 of it", ["Amendment 2"]), ("appendix A and so on", ["appendix A"]),
        ("(B-6) and B-7, A-1", ["B-6", "B-7", "A-1"]), ("(section 4, B-4)", ["section 4", "B-4"]),
        ("Reference 5.4, Reference B-6, ViT-B-16, ViT-B/16, x_B-2, #b-21, #B-21", []),
        ("a section of sequences, A-Z, B-spline, B-1x", []),
    ])
    func anotherFormOfAPointerIsFound(text: String, found: [String]) {
        #expect(document("/// \(text)").otherForms.map(\.text) == found)
    }

    @Test func aLinkToWhatIsNotThereIsFound() {
        let reference = document(Self.sample, at: "Docs/Reference.md")
        let text = """
            [a](Reference.md#r-5-4) [b](Reference.md#54-the-rate-of-an-epoch) [c](#here) [d](../README.md)
            [e](Reference.md#twice-1) [f](https://example.org/x.md#y) `[code](no.md)`
            ## Here
            [1](Reference.md#r-5-5) [2](Missing.md) [3](../Reference.md) [4](#there)
            [5](Reference.md#no-heading-no-linknowheremd) Docs/Other.md [6](Reference.md#twice-2)
            """
        let files = [reference, document(text, at: "Docs/Other.md"), document("", at: "README.md")]
        let dead = Document.deadLinks(files) { path in files.contains { $0.path == path } }
        #expect(
            dead.map(\.text) == [
                "Reference.md#r-5-5", "Missing.md", "../Reference.md", "#there",
                "Reference.md#no-heading-no-linknowheremd", "Reference.md#twice-2",
            ])
        // Files of other kinds name documents from the package's folder.
        let code = document("// Docs/Reference.md#r-5-4, Docs/Reference.md#r-5-5, Docs/None.md")
        let named = Document.deadLinks(files + [code]) { path in files.contains { $0.path == path }
        }
        #expect(
            named.filter { $0.path == code.path }.map(\.text) == [
                "/Docs/Reference.md#r-5-5", "/Docs/None.md",
            ])
    }

    @Test func anEntryWithoutADecisionIsFound() {
        let text = """
            | <a id="b-1"></a>B-1 | x | y | MATCH, OPTION | `z` |
            | <a id="b-2"></a>B-2 | x | y | | z |
            | <a id="b-3"></a>B-4 | x | y | FIX | z |
            """
        let entries = RegisterEntry.entries(of: text)
        #expect(entries[0].decisions == ["MATCH", "OPTION"] && entries[0].name == "B-1")
        #expect(entries.count == 3 && entries[1].decisions.isEmpty && entries[2].decisions.isEmpty)
    }
}
