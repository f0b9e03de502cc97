import TestSupport
import Testing

/// Units whose input is a part of what another made run again when that part changes, and only then.
@Suite struct ViewTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    private func executed() throws -> [String] {
        let result = try tiny.run()
        #expect(result.code == 0, "\(result.message)")
        return result.units("executed")
    }

    @Test func aChangedTestPictureTrainsNothing() throws {
        #expect(try executed().contains("model/train[2]"))
        try tiny.write(TinyPipeline.picture(77), to: "pictures/test/dog/3.png")
        let plan = try tiny.command("plan", "f.yaml")
        #expect(plan.output.contains("run unless inputs come out unchanged  model/train[1]"))
        let again = try executed()
        #expect(again.contains("data/split") && again.contains("scores/evaluate[2]"), "\(again)")
        #expect(!again.contains { $0.hasPrefix("model/") }, "\(again)")
    }

    @Test func anAddedTestPictureTrainsNothing() throws {
        _ = try executed()
        try tiny.write(TinyPipeline.picture(78), to: "pictures/test/ant/4.png")
        #expect(try !executed().contains { $0.hasPrefix("model/") })
    }

    @Test func aChangedTrainingPictureDoesTrain() throws {
        _ = try executed()
        try tiny.write(TinyPipeline.picture(79), to: "pictures/train/ant/1.png")
        #expect(try executed().contains("model/train[1]"))
    }
}
