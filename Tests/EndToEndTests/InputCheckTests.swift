import Foundation
import TestSupport
import Testing

/// Pictures of other formats train; what is no picture is found before the first unit trains.
@Suite struct InputCheckTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    private func write(_ fixture: String, to name: String) throws {
        try tiny.write(try PictureFixture.named(fixture).content, to: name)
    }

    @Test func formatsUnderAnotherNameAreRead() throws {
        try write("webp, lossy", to: "pictures/train/ant/w.jpg")
        try write("gif, animated", to: "pictures/train/bee/g.jpg")
        try write("bmp, colour", to: "pictures/test/ant/b.jpg")
        try write("tiff, lzw", to: "pictures/test/bee/t.jpg")
        try write("ppm", to: "pictures/train/dog/p.jpg")
        let result = try tiny.run()
        #expect(result.code == 0 && result.message.isEmpty)
        #expect(result.units("executed").contains("model/train[2]"))
        let doctor = try tiny.command("inspect", "pictures")
        #expect(doctor.code == 0)
        #expect(doctor.output.contains("every picture can be read"))
    }

    /// Four files that no unit can read.
    private func spoil() throws {
        try tiny.write(
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
            to: "pictures/train/dog/a.jpg")
        try tiny.write("<!DOCTYPE html><html></html>", to: "pictures/test/cow/b.jpg")
        try tiny.write(
            [0, 0, 0, 20] + Array("ftypavif\0\0\0\0mif1".utf8), to: "pictures/test/dog/c.jpg")
        try tiny.write(
            [0xFF, 0xD8, 0xFF, 0xE0, 0, 16] + Array("JFIF\0".utf8), to: "pictures/test/dog/d.jpg")
    }

    @Test func everythingUnreadableIsNamedBeforeTraining() throws {
        try spoil()
        let run = try tiny.run()
        #expect(run.code == 66)
        #expect(
            run.message == """
                unit 'data/split': pictures: 4 of 16 pictures cannot be read
                    train/dog/a.jpg: a pointer of Git LFS, not the picture itself
                    test/cow/b.jpg: an HTML page, such as a login or an error, not a picture
                    test/dog/c.jpg: an AVIF picture, which is not supported
                    test/dog/d.jpg: truncated: it ends after 11 bytes
                  hint: 'git lfs pull' in the repository that it is of brings the picture; \
                fetch or copy the file again; convert it to JPEG or PNG; \
                all of them: hide-pipeline inspect pictures

                """)
        #expect(run.units("executed") == ["backbone/load"] + MissingInputTests.independent)
        #expect(run.units("blocked") == MissingInputTests.modelUnits)
        #expect(!run.events.contains { $0.name == "unit-started" && $0["stage"] == "model" })
        // What was found is remembered, so a plan knows it too.
        let plan = try tiny.command("plan", "f.yaml")
        #expect(plan.code == 66)
        #expect(plan.output.contains("data/split: pictures: 4 of 16 pictures cannot be read\n"))
    }

    /// A plan looks at the first bytes alone, and only where nothing is known.
    @Test func aPlanTellsWhatTheFirstBytesTell() throws {
        try spoil()
        let plan = try tiny.command("plan", "f.yaml")
        #expect(plan.code == 66)
        #expect(
            plan.output.hasPrefix(
                """
                missing input  data/split: pictures: 3 of 16 pictures cannot be read
                    train/dog/a.jpg: a pointer of Git LFS, not the picture itself
                """))
        #expect(!plan.output.contains("d.jpg"))
    }

    /// Results that are there need no picture; the check can be left out.
    @Test func whatIsThereNeedsNoCheck() throws {
        #expect(try tiny.run("--no-check-inputs").code == 0)
        try tiny.remove("pictures/train/dog/2.png")
        try tiny.write("no picture", to: "pictures/train/dog/2.png")
        let changed = try tiny.run("--until", "backbone")
        #expect(changed.code == 0)
        #expect(changed.units("reused") == ["backbone/load"])
    }
}
