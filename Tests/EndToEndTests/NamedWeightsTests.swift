import Foundation
import TestSupport
import Testing

/// What a name and a digest promise, on the built program.
@Suite struct NamedWeightsTests {
    private let tiny: TinyPipeline
    private static let shipped = SharedData.packageRoot
        .appending(path: "pipelines/weights/quickstart_vit.safetensors")
    private static let digits = "f25564ecaffe"

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    /// The tiny pipeline with other parameters of its checkpoint.
    private func write(_ checkpoint: String) throws {
        let old = try #require(
            TinyPipeline.text.range(
                of: #"with:\n[^$]*"\$\{weights\}""#, options: .regularExpression))
        let text = TinyPipeline.text.replacingCharacters(in: old, with: "with: {\(checkpoint)}")
        try tiny.write(
            text.replacingOccurrences(of: "tasks: 2}}", with: "tasks: 2, augment: none}}"),
            to: "f.yaml")
    }

    private func notes() throws -> String {
        let text = try tiny.command("results", "f.yaml").output
        return text.split(separator: "\n").last { $0.hasPrefix("weights:") }.map(String.init) ?? ""
    }

    @Test func anotherFileThanNamedStopsWithBothDigests() throws {
        try write("weights: quickstart-vit, path: tiny.safetensors")
        let outcome = try tiny.program.run("run", "f.yaml", "--json")
        #expect(outcome.exitCode == 66)
        #expect(
            outcome.errors.contains(
                "tiny.safetensors: not the file of weights 'quickstart-vit'; SHA-256 expected: "
                    + Self.digits))
        #expect(outcome.errors.contains(#/, found: [0-9a-f]{64}\n  hint: .*'digest: any'/#))
    }

    @Test func aNamedFileIsVerifiedAndShown() throws {
        try write("weights: quickstart-vit, path: \(Self.shipped.path)")
        #expect(try tiny.run().code == 0)
        #expect(
            try notes() == "weights: quickstart-vit (sha256 \(Self.digits))  [scores]")
        let json = try tiny.command("results", "f.yaml", "--format", "json").output
        #expect(
            json.contains(
                "\"notes\":{\"weights\":\"quickstart-vit (sha256 \(Self.digits))\"}"))
    }

    @Test func anyDigestMarksEveryResult() throws {
        let model = "model: {vit: {image-size: 8, patch-size: 4, width: 4, depth: 1, heads: 1}}"
        try write("\(model), path: tiny.safetensors, digest: any")
        #expect(try tiny.run().code == 0)
        #expect(
            try notes().contains(#/^weights: any digest \(sha256 [0-9a-f]{12}\)  \[scores\]$/#))
        // The mark is of the file, not of the artifact: without it nothing runs again.
        try write("\(model), path: tiny.safetensors")
        #expect(try tiny.run().units("executed").isEmpty)
        #expect(try notes().contains(#/^weights: sha256 [0-9a-f]{12}  \[scores\]$/#))
    }

    @Test func aGivenDigestIsChecked() throws {
        let model = "model: {vit: {image-size: 8, patch-size: 4, width: 4, depth: 1, heads: 1}}"
        try write("\(model), path: tiny.safetensors, digest: \(String(repeating: "ab", count: 32))")
        let outcome = try tiny.run()
        #expect(outcome.code == 66)
        #expect(
            outcome.message.contains(
                "tiny.safetensors: not the file of the digest given; SHA-256 expected: KEY, found: KEY"
            ))
    }

    @Test func mistakesInTheFileAreNamed() throws {
        try write("weights: ibot, path: tiny.safetensors, digest: 12, model: vit-quickstart")
        let outcome = try tiny.command("validate", "f.yaml")
        #expect(outcome.code == 65)
        #expect(outcome.message.contains("parameter 'weights' has no choice 'ibot'"))
        #expect(!outcome.message.contains("parameter 'model'"))
        #expect(outcome.message.contains("parameter 'digest' must be text, found the number '12'"))
        try write("weights: sup-weak, digest: abc, model: vit-base-patch16-224")
        let second = try tiny.command("validate", "f.yaml")
        #expect(
            second.message.contains(
                "parameter 'digest' must be a SHA-256 in 64 hexadecimal digits, or 'any'"))
        #expect(
            second.message.contains(
                "parameter 'model' is not that of the weights 'sup-weak'\n"
                    + "  hint: leave it out: they are of 'vit-small-patch16-224'"))
    }

    @Test func aMissingNamedFileSaysWhereItGoes() throws {
        try write("weights: mae")
        let outcome = try tiny.run()
        #expect(outcome.code == 66)
        #expect(outcome.message.contains("checkpoints/mae_pretrain_vit_base.pth"))
        #expect(outcome.message.contains("hide-pipeline fetch mae"))
    }
}
