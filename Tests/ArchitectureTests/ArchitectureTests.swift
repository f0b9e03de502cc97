import Foundation
import TestSupport
import Testing

/// The structure of the program: who may import whom, that folders form layers, and how long files are.
@Suite struct ArchitectureTests {
    private static let root = SharedData.packageRoot
    /// Read once: it takes a second.
    private static let sources = Result { try SourceTree(root: root) }
    private let tree: SourceTree
    private let manifest: PackageManifest

    init() throws {
        tree = try Self.sources.get()
        manifest = PackageManifest(try Self.text("Package.swift"))
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static let tests: Set<String> = ["TestSupport", "Testing"]

    private static let rules = ImportRules(
        allowed: [
            "Engine": ["CKernels", "COpenBLAS"],
            "Pipeline": ["CCrypto", "CHDF5", "CYAML"],
            "Data": [
                "CArchive", "CMatio", "CPictures", "CProcess", "CTransfer", "CZip", "Engine",
                "Pipeline",
            ],
            "Stages": ["Data", "Engine", "Pipeline"],
            "ReferenceImport": ["Pipeline"],
            "hide-pipeline": ["ArgumentParser", "Data", "Pipeline", "ReferenceImport", "Stages"],
            "engine-bench": ["ArgumentParser", "Engine"],
            "pictures-bench": ["ArgumentParser", "CJPEG", "Data", "Engine", "Pipeline", "Stages"],
            "pipeline-bench": ["ArgumentParser", "Pipeline", "Stages"],
            "TestSupport": ["Engine", "Pipeline", "Testing"],
            "ArchitectureTests": tests,
            "EngineTests": tests.union(["CKernels", "Engine", "Pipeline"]),
            "PipelineTests": tests.union(["CHDF5", "Pipeline"]),
            "StagesTests": tests.union([
                "Data", "Engine", "Pipeline", "ReferenceImport", "Stages",
            ]),
            "EndToEndTests": tests.union(["ArgumentParser", "Data", "Pipeline", "hide_pipeline"]),
            "mutate-inputs": ["Data", "Engine", "Pipeline", "Stages", "TestSupport"],
        ],
        foldersOfC: [
            "COpenBLAS": ["Sources/Engine/Kernels"],
            "CKernels": [
                "Sources/Engine/Kernels", "Sources/Engine/Optimization", "Sources/Engine/Tensor",
                "Tests/EngineTests",
            ],
            "CCrypto": ["Sources/Pipeline/Values"],
            "CHDF5": ["Sources/Pipeline/HDF5", "Tests/PipelineTests/HDF5"],
            "CYAML": ["Sources/Pipeline/Spec"],
            "CArchive": ["Sources/Data/Files"],
            "CMatio": ["Sources/Data/Files"],
            "CZip": ["Sources/Data/Files"],
            "CPictures": ["Sources/Data/Pictures"],
            "CProcess": ["Sources/Data/Isolation"],
            "CTransfer": ["Sources/Data/Fetching"],
            "CJPEG": ["Sources/pictures-bench"],
        ])

    @Test func everyFileIsUnderstood() {
        #expect(tree.swift.count > 500)
        #expect(tree.swift.filter { !$0.isUnderstood }.map(\.path) == [])
        for target in manifest.targets where target.kind != "systemLibrary" {
            #expect(
                tree.lineCounts.keys.contains { $0.hasPrefix(target.path + "/") },
                "no file of \(target.name) was read below \(target.path)")
        }
    }

    @Test func importsGoOneWay() {
        #expect(Self.rules.violations(tree, manifest) == [])
    }

    @Test func foldersOfATargetNeedEachOtherOneWay() {
        // Tests mirror them, with what they share at the top.
        for target in manifest.targets where target.path.hasPrefix("Sources/") {
            let graph = FolderGraph(target.path, tree.files(below: target.path))
            for cycle in graph.cycles { Issue.record("\(target.name): \(cycle)") }
        }
    }

    @Test func noFileIsLong() {
        let long = tree.lineCounts.filter { path, count in
            count > (path.hasPrefix("Sources/") ? 300 : 500)
        }
        #expect(long.map { "\($0.key) has \($0.value) lines" }.sorted() == [])
    }

    @Test func theEngineAloneIsBuiltAsInThePackage() throws {
        let alone = PackageManifest(try Self.text("Scripts/engine-only/Package.swift"))
        #expect(Set(alone.targets.map(\.name)) == manifest.closure(of: "EngineTests"))
        for target in alone.targets { #expect(target == manifest[target.name]) }
        let script = try Self.text("Scripts/engine_only.sh")
        let copied = Set(
            script.split(whereSeparator: \.isWhitespace).map { $0.trimmingPrefix(";") })
        for target in alone.targets {
            #expect(
                copied.contains { $0.hasPrefix(target.path) && $0.count <= target.path.count + 1 },
                "Scripts/engine_only.sh does not copy \(target.path)")
        }
    }
}
