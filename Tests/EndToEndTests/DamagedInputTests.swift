import Foundation
import TestSupport
import Testing

/// Pictures and checkpoints that are there and cannot be used (exit code 66).
@Suite struct DamagedInputTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    // MARK: Pictures

    /// A broken picture is found before the first unit that reads pictures; what does not depend on
    /// them is finished, and a good picture in its place is all that the next run needs.
    private func meetBrokenPicture(
        _ bytes: some Sequence<UInt8>, problem: String,
        hint: String = "fetch or copy the file again"
    ) throws {
        try tiny.remove("pictures/train/bee/1.png")
        try tiny.write(bytes, to: "pictures/train/bee/1.jpg")
        let first = try tiny.run()
        #expect(first.code == 66)
        #expect(
            first.message == """
                unit 'data/split': pictures: 1 of 12 pictures cannot be read
                    train/bee/1.jpg: \(problem)
                  hint: \(hint); all of them: hide-pipeline inspect pictures

                """)
        #expect(first.units("failed") == ["data/split"])
        #expect(first.units("blocked") == MissingInputTests.modelUnits)
        #expect(
            first.units("executed") == ["backbone/load"] + MissingInputTests.independent)

        // A picture is known by its content, whatever its name.
        try tiny.write(TinyPipeline.picture(7), to: "pictures/train/bee/1.jpg")
        let second = try tiny.run()
        #expect(second.code == 0 && second.message.isEmpty)
        #expect(second.units("reused") == ["backbone/load"] + MissingInputTests.independent)
    }

    @Test func aCutPictureIsNamed() throws {
        let cut = TinyPipeline.picture(7).dropLast(30)
        try meetBrokenPicture(cut, problem: "truncated: it ends after \(cut.count) bytes")
    }

    @Test(
        .enabled(if: SharedData.real != nil, "needs the folder of real data"),
        arguments: [
            ("truncated_jpeg", "truncated: it ends after 6698 bytes"),
            ("max_size", "Maximum supported image dimension is 65500 pixels"),
            ("invalid-dimensions", "Empty JPEG image (DNL not supported)"),
            ("missing-frame-image-1410", "JPEG datastream contains no image"),
        ])
    func aCorruptJPEGIsNamed(name: String, problem: String) throws {
        let folder = try #require(SharedData.real).appending(path: "jpeg/corrupt")
        try meetBrokenPicture(
            try Data(contentsOf: folder.appending(path: "\(name).jpg")), problem: problem,
            hint: problem.contains("not supported")
                ? "convert it to JPEG or PNG" : "fetch or copy the file again")
    }

    /// Without `--json` the message is on standard error once, and the rest is on standard output. A
    /// picture that was not looked at before fails the unit that reads it.
    @Test func theMessageIsShownOnce() throws {
        try tiny.write("no picture", to: "pictures/train/bee/1.png")
        let result = try tiny.command("run", "f.yaml", "--no-check-inputs")
        #expect(result.code == 66)
        #expect(
            result.message == """
                unit 'model/train[1]' (KEY): picture 'pictures/train/bee/1.png' cannot be read: \
                a text, not a picture
                  hint: fetch or copy the file again

                """)
        #expect(!result.output.contains("cannot be read"))
        let log = try tiny.command("logs", "f.yaml", "model/train[1]")
        #expect(log.code == 0)
        #expect(
            log.output.hasSuffix("a text, not a picture\n  hint: fetch or copy the file again\n"))
    }

    // MARK: Checkpoints

    private func refuse(_ bytes: some Sequence<UInt8>, problem: String) throws {
        try tiny.write(bytes, to: "tiny.safetensors")
        let result = try tiny.run()
        #expect(result.code == 66)
        #expect(
            result.message == "unit 'backbone/load' (KEY): tiny.safetensors: \(problem)\n")
        #expect(result.units("failed") == ["backbone/load"])
        #expect(
            result.units("executed") == ["data/split", "model/initial"]
                + MissingInputTests.independent)
    }

    @Test(arguments: [1, 500, 1500])
    func aCutCheckpointIsNamed(lost: Int) throws {
        try refuse(
            TinyPipeline.safetensors(TinyPipeline.weights).dropLast(lost),
            problem: "the file ends before its content does")
    }

    @Test func anotherFileIsNoCheckpoint() throws {
        try refuse(
            Array("hello, world".utf8),
            problem: "not a checkpoint in the format .safetensors, .npz or .pt")
    }

    @Test func aCheckpointOfAnotherArchitectureListsNamesAndShapes() throws {
        var tensors = TinyPipeline.weights
        tensors.removeLast()
        tensors[tensors.count - 1].shape = [5]
        tensors.append(("blocks.1.norm1.bias", [4]))
        try refuse(
            TinyPipeline.safetensors(tensors),
            problem: """
                does not fit the model; missing: norm.bias; unknown: blocks.1.norm1.bias; \
                of another shape: norm.weight is [5], expected [4]
                  hint: the file holds a model of patch 4, 3 channels, width 4, depth 2, MLP 16, \
                2 × 2 patches
                """)
    }

    /// The model of the real files, but for the width of its MLP.
    private func describeRealModel() throws {
        try tiny.write(
            TinyPipeline.text.replacing(
                "{image-size: 8, patch-size: 4, width: 4, depth: 1, heads: 1}",
                with: "{image-size: 28, patch-size: 4, channels: 1, width: 64, depth: 6, heads: 4, "
                    + "mlp-width: 96}"), to: "f.yaml")
    }

    @Test(.enabled(if: SharedData.real != nil, "needs the folder of real data"))
    func aRealCheckpointOfAnotherArchitectureListsShapes() throws {
        try describeRealModel()
        let file = try #require(SharedData.real)
            .appending(path: "vit_mnist/vit_b_timm_layout.safetensors")
        let shapes = (0..<6).flatMap { block in
            [
                "fc1.weight is [128, 64], expected [96, 64]", "fc1.bias is [128], expected [96]",
                "fc2.weight is [64, 128], expected [64, 96]",
            ].map { "blocks.\(block).mlp.\($0)" }
        }
        try refuse(
            try Data(contentsOf: file),
            problem: """
                does not fit the model; of another shape: \(shapes.prefix(5).joined(separator: ", ")) \
                and 13 more (18 in all)
                  hint: the file holds a model of patch 4, 1 channel, width 64, depth 6, MLP 128, \
                7 × 7 patches
                """)
    }

    @Test(
        .enabled(if: SharedData.real != nil, "needs the folder of real data"),
        arguments: [
            ("vit_b_timm_layout.safetensors", "the file ends before its content does"),
            (
                "vit_b_google_layout.npz",
                "the archive's directory is missing; the file is cut or damaged"
            ),
        ])
    func aRealCheckpointCutInTheMiddleIsNamed(name: String, problem: String) throws {
        try describeRealModel()
        let file = try #require(SharedData.real).appending(path: "vit_mnist/\(name)")
        let whole = try Data(contentsOf: file)
        try refuse(whole.prefix(whole.count / 2), problem: problem)
    }
}
