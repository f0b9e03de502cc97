import Foundation
import TestSupport
import Testing

/// The bundled pipeline for a folder of pictures, on real photographs and with the shipped weights.
@Suite(.enabled(if: SharedData.real != nil, "needs the folder of real data"))
struct PhotographTests {
    let folder: TemporaryFolder
    let program: Program

    init() throws {
        folder = try TemporaryFolder()
        program = Program(folder: folder.url)
        let archives = try #require(SharedData.real).appending(path: "grocery40")
        try unpack(try TarArchive(archives.appending(path: "part00.tar")))
    }

    /// Four classes with three pictures for training and two for testing each.
    private func unpack(_ archive: TarArchive) throws {
        var counts: [String: Int] = [:]
        var classes: Set<String> = []
        for (path, content) in archive.files.sorted(by: { $0.key < $1.key }) {
            let parts = path.split(separator: "/").map(String.init)
            guard parts.count == 3, path.hasSuffix(".jpg") else { continue }
            if classes.count < 4 { classes.insert(parts[1]) }
            let group = "\(parts[0])/\(parts[1])"
            let limit = parts[0] == "train" ? 3 : 2
            guard classes.contains(parts[1]), counts[group, default: 0] < limit else { continue }
            counts[group, default: 0] += 1
            let target = folder.url.appending(path: "photos/\(path)")
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try content.write(to: target)
        }
        #expect(counts.count == 8)
    }

    private func run(data: String) throws -> Program.Outcome {
        let pipeline = Program.pipelines.appending(path: "photo_folder.yaml").path
        return try program.run(
            "run", pipeline, "--set", "data=\(data)", "--set", "tasks=2", "--set", "epochs=1")
    }

    @Test func photographsRunToATableAndAreKnownByContent() throws {
        let first = try run(data: "photos")
        #expect(first.exitCode == 0, "\(first.errors)")
        // So few pictures a class are as many as centroids, which both recoveries say; nothing else is.
        let lines = first.errors.split(separator: "\n")
        #expect(
            lines.count == 2
                && lines.allSatisfy { $0.contains("no more different pictures than centroids") },
            "\(first.errors)")
        for text in ["Your pictures, percent", "Shared LoRA with recovery", "HiDe-LoRA"] {
            #expect(first.output.contains(text), "\(first.output)")
        }
        #expect(!first.output.contains("\n0 executed"))

        try FileManager.default.copyItem(
            at: folder.url.appending(path: "photos"), to: folder.url.appending(path: "copy"))
        let copy = try run(data: "copy")
        #expect(copy.exitCode == 0 && copy.output.contains("\n0 executed, "), "\(copy.output)")

        let photos = folder.url.appending(path: "photos")
        let names = try FileManager.default.subpathsOfDirectory(atPath: photos.path)
        for name in names {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: 60)],
                ofItemAtPath: photos.appending(path: name).path)
        }
        let touched = try run(data: "photos")
        #expect(
            touched.exitCode == 0 && touched.output.contains("\n0 executed, "), "\(touched.output)")
    }
}
