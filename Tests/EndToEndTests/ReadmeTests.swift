import Foundation
import TestSupport
import Testing
import hide_pipeline

/// What README.md claims and a test can see: commands, the picture, the map, links and the table.
@Suite struct ReadmeTests {
    private let lines: [String]

    init() throws {
        lines = try Self.text("README.md").components(separatedBy: "\n")
    }

    private static func text(_ path: String) throws -> String {
        try String(
            contentsOf: SharedData.packageRoot.appending(path: path), encoding: .utf8)
    }

    private static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(
            atPath: SharedData.packageRoot.appending(path: path).path)
    }

    /// The folders in a folder.
    private static func folders(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            at: SharedData.packageRoot.appending(path: path),
            includingPropertiesForKeys: [.isDirectoryKey]
        )
        .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
        .map(\.lastPathComponent).filter { !$0.hasPrefix(".") }
    }

    // MARK: Commands

    @Test func commandsParse() throws {
        let text = lines.joined(separator: "\n").replacing(/\\\n */, with: "")
        let commands = text.split(separator: "\n").filter { $0.hasPrefix("$H ") }
        #expect(commands.count >= 15)
        for command in commands {
            let words = try Self.words(of: String(command.dropFirst(3)))
            // The texts of help and of mistakes differ in their first word.
            let problem = CommandLineCheck.problem(of: words)
            #expect(problem?.hasPrefix("Error") != true, "\(command): \(problem ?? "")")
            for word in words where word.hasPrefix("pipelines/") || word.hasPrefix("@") {
                let path = word.hasPrefix("@") ? String(word.dropFirst()) : word
                #expect(Self.exists(path), "\(command)")
            }
        }
    }

    private static func words(of command: String) throws -> [String] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "words() { printf '%s\\0' \"$@\" >&2; }; words \(command)"]
        process.standardError = pipe
        let folder = try TemporaryFolder()
        process.currentDirectoryURL = folder.url
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The pipeline file that Docs/PipelineFormat.md begins with has no mistake.
    @Test func theFileOfThePageOnPipelinesIsValid() throws {
        let page = try Self.text("Docs/PipelineFormat.md")
        let block = try #require(page.firstMatch(of: /```yaml\n(pipeline: [\s\S]*?)```/))
        let folder = try TemporaryFolder()
        try Data(block.1.utf8).write(to: folder.url.appending(path: "photos.yaml"))
        let outcome = try Program(folder: folder.url).run("validate", "photos.yaml")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
    }

    // MARK: The picture

    /// The arrows of the picture are the needs of the stages of the file.
    @Test func thePictureIsThatOfThePipeline() throws {
        let drawn = lines.compactMap { line in
            line.firstMatch(of: /^ *([\w-]+) --(?:>| [\w-]+ -->) ([\w-]+)$/)
                .map { "\($0.1) -> \($0.2)" }
        }
        var needed: [String] = []
        var stage = ""
        for line in try Self.text("pipelines/common/hide.yaml").split(separator: "\n") {
            if let match = line.firstMatch(of: /^  ([\w-]+):$/) { stage = String(match.1) }
            guard let needs = line.firstMatch(of: /^ +needs: \{(.*)\}$/) else { continue }
            needed += needs.1.matches(of: /[\w-]+: ([\w-]+)/).map { "\($0.1) -> \(stage)" }
        }
        #expect(needed.count == 15)
        #expect(drawn.sorted() == needed.sorted())
    }

    // MARK: The map

    /// The folders that the map names, with the targets that they stand under.
    private func map() throws -> Set<String> {
        let start = try #require(lines.firstIndex(of: "Sources/"))
        var folders: Set<String> = []
        var target = ""
        for line in lines[(start + 1)...].prefix(while: { $0.hasPrefix("  ") }) {
            let names = line.matches(of: /[\w-]+(?=\/)/).map { String($0.output) }
            if line.hasPrefix("    ") {
                folders.formUnion(names.map { "\(target)/\($0)" })
            } else if let first = names.first {
                target = first
                folders.formUnion(names)
            }
        }
        return folders
    }

    @Test func theMapIsComplete() throws {
        let map = try map()
        var there: Set<String> = []
        for target in try Self.folders(in: "Sources") where !target.hasPrefix("C") {
            there.insert(target)
            there.formUnion(try Self.folders(in: "Sources/\(target)").map { "\(target)/\($0)" })
        }
        #expect(there.subtracting(map).sorted() == [], "folders that the map lacks")
        #expect(map.subtracting(there).sorted() == [], "folders that are not there")
    }

    // MARK: Links and numbers

    @Test(arguments: [
        "README.md", "CONTRIBUTING.md", "results/README.md", "Docs/Design.md", "Docs/Engine.md",
        "Docs/PipelineFormat.md",
    ])
    func linksLeadToFiles(page: String) throws {
        let folder = page.split(separator: "/").dropLast().map { $0 + "/" }.joined()
        for link in try Self.text(page).matches(of: /\]\(([\w.\/-]+)(?:#[\w-]+)?\)/) {
            #expect(Self.exists(folder + link.1), "\(page): \(link.1)")
        }
    }

    /// Source files that documents name, by path from the package, from `Sources`, or from a target.
    @Test(arguments: [
        "CONTRIBUTING.md", "Docs/CacheFormat.md", "Docs/Design.md", "Docs/Engine.md",
        "Docs/PipelineFormat.md", "README.md",
    ])
    func namedSourcesAreThere(page: String) throws {
        let text = try Self.text(page)
        let files =
            text.matches(of: /[\w+-]+(?:\/[\w+-]+)+\.swift/).map { String($0.output) }
            + text.matches(of: /\| \d+ \| ([\w+]+\/[\w+]+) \|/).map { $0.1 + ".swift" }
        let targets = try Self.folders(in: "Sources").map { "Sources/\($0)/" }
        for file in files where !file.contains(/NAME|SUBJECT/) {
            #expect(
                (["", "Sources/"] + targets).contains { Self.exists($0 + file) }, "\(page): \(file)"
            )
        }
    }

    /// Types that documents name, with a member where they name one.
    @Test(arguments: ["CONTRIBUTING.md", "Docs/CacheFormat.md", "Docs/Design.md", "Docs/Engine.md"])
    func namedTypesAreThere(page: String) throws {
        let name = /`([A-Z]+[a-z]\w*)(?:\.(\w+))?`/
        // Of Foundation; and how JSON spells a number.
        var known: Set<String> = ["URLSession", "NaN", "Infinity"]
        let root = SharedData.packageRoot.path
        for path in try FileManager.default.subpathsOfDirectory(atPath: root + "/Sources")
        where path.hasSuffix(".swift") {
            known.formUnion(try Self.words("Sources/" + path))
        }
        for path in try FileManager.default.subpathsOfDirectory(atPath: root + "/Tests")
        where path.hasSuffix("Tests.swift") && !path.hasSuffix("ReadmeTests.swift") {
            known.formUnion(try Self.words("Tests/" + path))
        }
        for match in try Self.text(page).matches(of: name) {
            for word in [match.1, match.2].compactMap({ $0 }) {
                #expect(known.contains(String(word)), "\(page): \(match.0)")
            }
        }
    }

    /// The names in a source.
    private static func words(_ path: String) throws -> Set<String> {
        Set(try text(path).split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
    }

    /// The table of the quickstart stands in two places.
    @Test func theTableIsThatOfTheResults() throws {
        let results = try Self.text("results/README.md")
        let rows = lines.filter { $0.contains(" ± ") && !$0.contains("mean") }
        #expect(rows.count == 4)
        for row in rows {
            let cells = row.split(separator: #/  +/#).map(String.init)
            #expect(results.contains("| \(cells.joined(separator: " | ")) |"), "\(row)")
        }
    }
}
