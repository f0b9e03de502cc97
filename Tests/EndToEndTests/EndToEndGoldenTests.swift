import Foundation
import TestSupport
import Testing

/// One recipe and one seed of the benchmark that the reference was run on. `make e2e` runs and judges all of them.
@Suite(
    .enabled(
        if: SharedData.goldens.map {
            FileManager.default.fileExists(atPath: $0.appending(path: "e2e/reference.json").path)
        } ?? false, "needs the end-to-end golden data"))
struct EndToEndGoldenTests {
    @Test func oneRecipeOfTheBenchmarkRunsToItsTable() throws {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "python3", SharedData.packageRoot.appending(path: "Scripts/e2e.py").path,
            Program.binary.path, "--smoke", "--pipeline", "lora", "--seed", "42",
            "--goldens", try #require(SharedData.goldens).path, "--output", folder.path("table.md"),
        ]
        process.currentDirectoryURL = folder.url
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let table = try String(contentsOfFile: folder.path("table.md"), encoding: .utf8)
        for recipe in ["continual_lora", "hidelora"] {
            for figure in [
                "accuracy after recovery", "accuracy before recovery", "task identity",
            ] {
                let row = try #require(
                    table.split(separator: "\n").first {
                        $0.hasPrefix("| \(recipe) | \(figure) |")
                    },
                    "\(table)")
                #expect(row.contains(" / "), "\(row)")
            }
        }
        #expect(table.contains("cells are inside their bound"))
    }
}
