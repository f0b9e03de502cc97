import Foundation
import TestSupport
import Testing

/// What breaks the rules of the structure is found, in trees that are made for it.
@Suite struct ImportRulesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ text: String, to path: String) throws {
        try folder.write(text, to: path)
    }

    private static let manifest = PackageManifest(
        """
        let package = Package(
            name: "p", products: [.executable(name: "tool", targets: ["tool"])],
            targets: [
                .systemLibrary(name: "CMath", pkgConfig: "math", providers: [.apt(["math"])]),
                // .target(name: "Gone"),
                .target(name: "Low", dependencies: ["CMath"], swiftSettings: strict),
                .target(name: "High", dependencies: ["Low"], swiftSettings: strict),
                .executableTarget(
                    name: "tool",
                    dependencies: ["High", .product(name: "Arguments", package: "arguments")]),
                .testTarget(name: "LowTests", dependencies: ["Low", "tool"]),
            ],
            swiftLanguageModes: [.v6])
        """)

    private static let rules = ImportRules(
        allowed: [
            "Low": ["CMath"], "High": ["Low"], "tool": ["Arguments", "High", "Low"],
            "LowTests": ["Low", "Testing", "tool"],
        ], foldersOfC: ["CMath": ["Sources/Low/Kernels"]])

    /// A tree without a fault.
    private func writeTree() throws {
        try write("import CMath\nstruct Sum {}\n", to: "Sources/Low/Kernels/Sum.swift")
        try write("public import Low\npublic import Foundation\n", to: "Sources/High/Use.swift")
        try write("import Arguments\nimport High\n", to: "Sources/tool/main.swift")
        try write("import Low\nimport Testing\n", to: "Tests/LowTests/SumTests.swift")
    }

    private func violations() throws -> [String] {
        Self.rules.violations(try SourceTree(root: folder.url), Self.manifest)
    }

    @Test func targetsAreThoseOfTheText() {
        #expect(Self.manifest.targets.map(\.name) == ["CMath", "Low", "High", "tool", "LowTests"])
        #expect(Self.manifest["tool"]?.dependencies == ["Arguments", "High"])
        #expect(Self.manifest["tool"]?.kind == "executableTarget")
        #expect(Self.manifest["LowTests"]?.path == "Tests/LowTests")
        #expect(Self.manifest.closure(of: "High") == ["CMath", "High", "Low"])
    }

    @Test func aTreeByTheRulesHasNoFault() throws {
        try writeTree()
        #expect(try violations() == [])
    }

    @Test(arguments: [
        (
            "Sources/Low/Up.swift", "import struct High.Use\n",
            ["Sources/Low/Up.swift: 'Low' may not import 'High'"]
        ),
        (
            "Sources/High/C.swift", "\n/* why */ package import CMath\n",
            [
                "Sources/High/C.swift: 'CMath' is for Sources/Low/Kernels alone",
                "Sources/High/C.swift: 'CMath' is imported for others to see",
                "Sources/High/C.swift: 'High' may not import 'CMath'",
            ]
        ),
        (
            "Tests/LowTests/Inner.swift", "@testable import Low\n",
            ["Tests/LowTests/Inner.swift: '@testable' shows what is not for others; use 'package'"]
        ),
        (
            "Sources/tool/Low.swift", "import Low\n",
            ["Package.swift: 'tool' imports 'Low', which it does not depend on"]
        ),
        (
            "Sources/Low/Kernels/Sum.swift", "struct Sum {}\n",
            ["Package.swift: 'Low' depends on 'CMath', which no file of it imports"]
        ),
        (
            "Sources/Low/Text.swift",
            "let a = \"\"\"\nimport High\n\"\"\"\n// import High\n/* /* */\nimport High\n*/\n", []
        ),
    ])
    func aPlantedFaultIsFound(path: String, text: String, expected: [String]) throws {
        try writeTree()
        try write(text, to: path)
        #expect(try violations() == expected)
    }

    @Test func aTargetWithoutARuleIsFound() throws {
        try writeTree()
        var allowed = Self.rules.allowed
        allowed["High"] = nil
        allowed["Other"] = []
        let rules = ImportRules(allowed: allowed, foldersOfC: [:])
        #expect(
            rules.violations(try SourceTree(root: folder.url), Self.manifest) == [
                "the rules name a target 'Other', which the package does not have",
                "the rules say nothing of the target 'High'",
            ])
    }

    @Test func linesAreCounted() throws {
        try write("a\nb\n", to: "Sources/Low/two.c")
        try write("a\n\nb", to: "Sources/Low/three.h")
        try write("", to: "Sources/Low/none.swift")
        #expect(
            try SourceTree(root: folder.url).lineCounts == [
                "Sources/Low/two.c": 2, "Sources/Low/three.h": 3, "Sources/Low/none.swift": 0,
            ])
    }
}
