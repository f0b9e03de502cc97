import Foundation
import TestSupport
import Testing

/// Initial values from an artifact of a store, and what is said of a file that does not fit.
@Suite struct InitialValuesFromStoreTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    /// The file of a unit's artifact.
    private func artifact(of unit: String) throws -> String {
        // Keys are hidden in the texts of `tiny`, so the folder is asked.
        let rows = try JSONSerialization.jsonObject(
            with: Data(tiny.program.run(["store", "list", "--json"]).output.utf8))
        let row = (rows as? [[String: Any]])?.first { $0["unit"] as? String == unit }
        let key = try #require(row?["key"] as? String)
        return ".hide-store/v1/artifacts/\(key).h5"
    }

    private func again(_ file: String) throws -> TinyPipeline.Result {
        try tiny.write(
            TinyPipeline.text.replacing("seed: 1", with: "seed: 1\n      initial: \(file)"),
            to: "f.yaml")
        return try tiny.run("--until", "model")
    }

    @Test func trainingStartsFromAnArtifact() throws {
        #expect(try tiny.run("--until", "model").code == 0)
        // The artifact of the first task holds a PET and the rows of its own classes, which are no head.
        let result = try again(try artifact(of: "model/train[1]"))
        #expect(result.code == 0, "\(result.message)")
        #expect(
            Set(result.units("executed")) == ["model/initial", "model/train[1]", "model/train[2]"])
        // The same content under another path is the same work.
        try FileManager.default.copyItem(
            atPath: tiny.folder.url.appending(path: try artifact(of: "model/initial")).path,
            toPath: tiny.folder.url.appending(path: "copy.h5").path)
        #expect(try again("copy.h5").code == 0)
    }

    @Test func aMissingFileSaysWhatItIsFor() throws {
        let result = try again("nowhere.safetensors")
        #expect(result.code == 66)
        #expect(
            result.message.contains("the parameter 'initial' of the stage names the file"),
            "\(result.message)")
    }

    @Test func aFileOfAnotherKindIsRefused() throws {
        let result = try again("tiny.safetensors")
        #expect(result.code == 66)
        #expect(result.message.contains("initial values do not fit"), "\(result.message)")
        #expect(result.message.contains("'blocks.0.attn.proj.bias' is unknown"))
    }
}
