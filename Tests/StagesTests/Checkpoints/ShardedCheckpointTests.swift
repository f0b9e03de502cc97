import Data
import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

/// Checkpoints in several files with a table of contents.
@Suite struct ShardedCheckpointTests {
    private let samples = Result { try CheckpointSamples() }

    /// Writes two files and their table; returns the table's path.
    private func write(
        _ samples: CheckpointSamples, isTorch: Bool = false,
        change: (inout [String: String]) -> Void = { _ in }
    ) throws -> String {
        let named = samples.weights.parameters.renamed { "vit." + $0 }
        let stem = isTorch ? "pytorch_model" : "model"
        let ending = isTorch ? "bin" : "safetensors"
        var map: [String: String] = [:]
        for part in 0..<2 {
            let own = named.renamed { name in
                (named.names.firstIndex(of: name) ?? 0) % 2 == part ? name : nil
            }
            let fileName = "\(stem)-0000\(part + 1)-of-00002.\(ending)"
            for name in own.names { map[name] = fileName }
            let bytes =
                isTorch
                ? TorchBuilder.zip(.weights(own), checksum: Inflation.checksum)
                : try SafetensorsFile.encoded(own)
            try samples.folder.write(bytes, to: fileName)
        }
        change(&map)
        let table = try JSONEncoder().encode(["weight_map": map])
        return try samples.folder.write(Array(table), to: "\(stem).\(ending).index.json")
    }

    @Test(arguments: [false, true])
    func theTableOrItsFolderIsRead(isTorch: Bool) throws {
        let samples = try samples.get()
        let table = try write(samples, isTorch: isTorch)
        for path in [table, samples.folder.url.path, samples.folder.url.path + "/"] {
            let read = try samples.read(path)
            #expect(read.weights == samples.weights)
            #expect(
                read.log == ["read from 2 files", "names bear the prefix 'vit.'; removed"])
        }
    }

    @Test func aFolderWithOneFileIsThatFile() throws {
        let samples = try samples.get()
        _ = try samples.safetensors(samples.weights.parameters, to: "model.safetensors")
        #expect(try samples.read(samples.folder.url.path).weights == samples.weights)
    }

    @Test func aMissingFileIsNamed() throws {
        let samples = try samples.get()
        let table = try write(samples)
        let lost = samples.folder.path("model-00002-of-00002.safetensors")
        try FileManager.default.removeItem(atPath: lost)
        let error = #expect(throws: UnreadableInput.self) { try samples.read(table) }
        #expect(error?.path == lost && error?.problem == "does not exist")
        #expect(error?.hint == "'\(table)' names it as a part of the checkpoint; fetch all parts")
    }

    @Test(arguments: ["../secret", "/etc/passwd", "a/b", "..", ".hidden", "", "a\\b", "a\u{0}b"])
    func aTableNeverLeadsOutOfItsFolder(name: String) throws {
        let samples = try samples.get()
        let table = try write(samples) { $0["vit.cls_token"] = name }
        let problem = try #require(samples.problem(table))
        #expect(
            problem.text.hasPrefix("names the file '")
                && problem.text.hasSuffix("', which is not one beside it"))
    }

    @Test func everyArrayIsInTheFileThatTheTableNames() throws {
        let samples = try samples.get()
        let other = "model-00002-of-00002.safetensors"
        let moved = try write(samples) { $0["vit.cls_token"] = other }
        #expect(
            samples.problem(moved)?.text
                == "array 'vit.cls_token' is in 'model-00001-of-00002.safetensors', against the table"
        )
        let absent = try write(samples) { $0["vit.extra"] = other }
        #expect(samples.problem(absent)?.text == "array 'vit.extra' is not in '\(other)'")
        let unlisted = try write(samples) { $0["vit.cls_token"] = nil }
        #expect(samples.problem(unlisted)?.text.contains("against the table") == true)
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"weight_map\": 3}", "{\"weight_map\": {}}", "{\"weight_map\"",
    ])
    func aDamagedTableIsRefused(text: String) throws {
        let samples = try samples.get()
        let path = try samples.folder.write(Array(text.utf8), to: "x.index.json")
        #expect(throws: UnreadableInput.self) { try samples.read(path) }
    }

    @Test func theDigestIsOfAllFiles() throws {
        let samples = try samples.get()
        let table = try write(samples)
        let source = CheckpointSource(path: table)
        let first = try source.digest(PlainFingerprints())
        #expect(
            try CheckpointSource(path: samples.folder.url.path).digest(PlainFingerprints()).digest
                == first.digest)
        let part = samples.folder.path("model-00002-of-00002.safetensors")
        var bytes = try BinaryFile.contents(of: part)
        bytes[bytes.count - 1] ^= 1
        try samples.folder.write(bytes, to: "model-00002-of-00002.safetensors")
        #expect(try source.digest(PlainFingerprints()).digest != first.digest)
    }

    private struct PlainFingerprints: FingerprintCache {
        func fingerprint(of path: String) throws -> FileFingerprint {
            let bytes = try BinaryFile.contents(of: path)
            return FileFingerprint(byteCount: bytes.count, sha256: Digest(of: bytes).hex)
        }
    }
}
