import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// What exists has a section in the documents, a bundled pipeline that uses it (all of which
/// `RecipeTests` runs), and tests that name it. Every list here is the product's own.
@Suite struct CatalogTests {
    /// A file of the package as text.
    private struct Text {
        let path: String
        let content: String

        /// Whether a word stands in the file, not as a part of a longer name.
        func has(_ word: String) -> Bool {
            guard let last = word.last, last.isLetter || last.isNumber else {
                return content.contains(word)
            }
            return content.ranges(of: word).contains { range in
                let next = content[range.upperBound...].first
                return next.map { !$0.isLetter && !$0.isNumber && $0 != "-" } ?? true
            }
        }
    }

    /// The files of a folder with an extension.
    private static func texts(_ folder: String, _ type: String) throws -> [Text] {
        let root = SharedData.packageRoot.appending(path: folder)
        let files = try #require(
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        let found = files.compactMap { $0 as? URL }.filter { $0.pathExtension == type }
        try #require(!found.isEmpty, "no .\(type) in \(folder)")
        return try found.map {
            Text(path: $0.path, content: try String(contentsOf: $0, encoding: .utf8))
        }
    }

    private let format: Text
    private let pipelines: [Text]
    private let tests: [Text]

    init() throws {
        format = try #require(
            try Self.texts("Docs", "md").first { $0.path.hasSuffix("/PipelineFormat.md") })
        pipelines = try Self.texts("pipelines", "yaml")
        // This file names what it walks.
        tests = try Self.texts("Tests", "swift").filter {
            !$0.path.hasSuffix("/CatalogTests.swift")
        }
    }

    private func expectSection(
        _ section: String, of name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            format.content.contains(section),
            "\(name): Docs/PipelineFormat.md has no '\(section)'", sourceLocation: sourceLocation)
    }

    private func expectUse(
        _ use: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            pipelines.contains { $0.has(use) }, "no pipeline has '\(use)'",
            sourceLocation: sourceLocation)
    }

    private func expectTest(
        _ words: String..., in file: String = "Tests.swift",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(
            tests.contains { $0.path.hasSuffix(file) && words.contains(where: $0.has) },
            "no file …\(file) has \(words)", sourceLocation: sourceLocation)
    }

    // MARK: Stages

    @Test func everyStageIsDescribedUsedAndTested() {
        #expect(!Catalog.registry.stages.isEmpty)
        for name in Catalog.registry.stages.keys.sorted() {
            expectSection("\n### `\(name)`\n", of: name)
            expectUse("uses: \(name)")
            expectTest("uses: \(name)")
        }
    }

    @Test func onlyStagesThatExistAreUsed() throws {
        let names = try Regex(#"uses: ([a-z0-9-]+)"#, as: (Substring, Substring).self)
        for text in pipelines {
            for match in text.content.matches(of: names) {
                #expect(
                    Catalog.registry.stages[String(match.output.1)] != nil,
                    "\(text.path): \(match.output.1)")
            }
        }
    }

    // MARK: PETs

    /// Sizes for a model of two blocks. A kind without an entry fails below.
    private static let smallPETs = [
        "lora": "{rank: 2, blocks: [0, 1]}", "adapter": "{bottleneck: 2, blocks: [0, 1]}",
        "prompt": "{length: 2, blocks: [0, 1]}", "token-prompt": "{length: 2}",
    ]

    @Test(arguments: Catalog.pets.map(\.name))
    func everyPETIsDescribedUsedAndTrains(name: String) throws {
        expectSection("\n| `{\(name): {", of: name)
        expectUse("{\(name): {")
        // The list of methods whose gradients are compared with the plain model's.
        let type = name.split(separator: "-").map(\.capitalized).joined()
        let method = name == "lora" ? "LoRA(" : name == "prompt" ? "PrefixPrompt(" : "\(type)("
        #expect(
            tests.contains {
                ($0.path.hasSuffix("SmallModel.swift")
                    || $0.path.hasSuffix("TokenPromptTests.swift"))
                    && $0.content.contains(method)
            }, "no gradient test of \(method)")

        let sizes = try #require(Self.smallPETs[name], "no small sizes for '\(name)' in this test")
        let lab = try TinyLab(
            """
              m:
                uses: train-shared-pet
                needs: {backbone: backbone, data: data}
                with: {seed: 1, pet: {\(name): \(sizes)}, strategy: sequential, schedule: constant, \
            \(TinyLab.training)}

            """)
        let first = try lab.group("pet", of: "m/train[1]")
        let second = try lab.group("pet", of: "m/train[2]")
        #expect(first.keys == second.keys && first != second, "\(name): training changes nothing")
    }

    @Test func everyListedPETSaysHowManyParametersItHas() {
        #expect(Catalog.registry.pets.map(\.name) == Catalog.pets.map(\.name) + ["prompt-pool"])
        for entry in Catalog.registry.pets {
            #expect(entry.summary.contains(" parameters for ViT-B/16 with "), "\(entry.name)")
        }
        // A pool has a stage of its own, a golden and a plain model.
        expectTest("PromptPool(", in: "/PromptPoolTests.swift")
    }

    // MARK: Datasets

    /// Datasets that nobody publishes.
    private static let own: Set = ["image-folder", "embedded"]
    private static var published: [String] {
        Catalog.datasets.map(\.name).filter { !own.contains($0) }
    }

    @Test(arguments: Catalog.datasets.map(\.name))
    func everyDatasetIsDescribedUsedAndTested(name: String) {
        #expect(row(of: name) != nil, "Docs/PipelineFormat.md has no row for '\(name)'")
        let isPart = SequenceReading.fiveDatasets.contains(name)
        expectUse(isPart ? "name: five-datasets" : "name: \(name)")
        expectTest("name: \(name)", "\"\(name)\"")
    }

    /// The row of the table of datasets.
    private func row(of name: String) -> Substring? {
        format.content.split(separator: "\n").first {
            $0.hasPrefix("| `") && $0.split(separator: "|").first?.contains("`\(name)`") == true
        }
    }

    @Test func whatIsPublishedCanBeRecognisedAndFetched() {
        for description in Catalog.datasets {
            let isPublished = !Self.own.contains(description.name)
            #expect((description.published.value != nil) == isPublished)
            #expect((description.recognition.value != nil) == isPublished)
            let opened = description.recognition.value?.open("x")
            #expect(opened.map { type(of: $0).name } ?? description.name == description.name)
        }
        #expect(
            FetchItem.catalog.filter { $0.kind == .dataset }.map(\.name) == Self.published)
    }

    /// Each field says something, or why it does not.
    @Test(arguments: Catalog.datasets.map(\.name))
    func everyDescriptionIsComplete(name: String) throws {
        let description = try #require(Catalog.datasets.first { $0.name == name })
        #expect(!description.summary.isEmpty && !description.layout.isEmpty)
        for reason in description.reasons { #expect(!reason.isEmpty, "\(name)") }
        if let item = description.published.value {
            #expect(item.name == name && item.kind == .dataset && !item.licence.isEmpty)
        }
        if let citation = description.citation.value {
            #expect(!citation.title.isEmpty && !citation.venue.isEmpty)
            #expect(citation.authors.allSatisfy { $0.contains(", ") }, "\(citation.authors)")
            #expect((1980...2100).contains(citation.year))
            let entry = citation.bibTeX(key: name)
            #expect(entry.hasPrefix("@misc{\(name),\n  author = {\(citation.authors[0])"))
            #expect(entry.filter { $0 == "{" }.count == entry.filter { $0 == "}" }.count)
        }
        if let signs = description.recognition.value?.signs { #expect(!signs.isEmpty) }
        if let official = description.official.value, let own = description.classFigures.value {
            #expect(own.train.count == official.classes)
            #expect(own.train.reduce(0, +) == official.train, "\(name)")
            #expect((own.test?.reduce(0, +) ?? official.test) == official.test, "\(name)")
        }
    }

    /// The table of the documents is what the descriptions say.
    @Test func theTableOfDatasetsIsGenerated() throws {
        let heading = try #require(format.content.range(of: DatasetDescription.heading + "\n"))
        let rows = format.content[heading.upperBound...].split(
            separator: "\n", omittingEmptySubsequences: false
        ).prefix { $0.hasPrefix("|") }
        let expected = Catalog.datasets.map(\.row)
        #expect(
            rows.dropLast().map(String.init) == expected,
            """
            the table should read:
            \(expected.joined(separator: "\n"))
            """)
        #expect(rows.last?.hasPrefix("| `sequence`, `five-datasets` |") == true)
    }

    // MARK: Weights

    @Test func weightsThatDoNotComeWithTheProgramCanBeFetched() {
        let fetched = FetchItem.catalog.filter { $0.kind == .checkpoint }.map(\.name)
        #expect(fetched == NamedWeights.all.filter { !$0.isBundled }.map(\.name))
        #expect(Catalog.registry.checkpoints.map(\.name) == NamedWeights.all.map(\.name))
        for weights in NamedWeights.all where weights.isBundled {
            let path = SharedData.packageRoot.appending(path: weights.path).path
            #expect(FileManager.default.fileExists(atPath: path), "\(path)")
        }
    }
}

extension DatasetDescription {
    /// Why facts are absent.
    fileprivate var reasons: [String] {
        func reason<Value>(_ fact: Stated<Value>) -> String? {
            if case .absent(let reason) = fact { reason } else { nil }
        }
        return [
            reason(official), reason(classFigures), reason(published), reason(citation),
            reason(recognition),
        ].compactMap { $0 }
    }
}
