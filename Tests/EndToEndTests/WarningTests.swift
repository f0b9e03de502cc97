import Foundation
import TestSupport
import Testing

/// What the built program says of few pictures and of numbers that are not finite.
@Suite struct WarningTests {
    let tiny: TinyPipeline

    /// A recovered head on two tasks of two classes with two pictures each.
    private static func text(_ profile: String) -> String {
        TinyPipeline.text.replacing("variables:", with: "profile: \(profile)\nvariables:")
            .replacing("tasks: 2}}", with: "tasks: 2, normalize: unit}}")
            .replacing("tasks: 1}", with: "tasks: 1, normalize: unit}")
            .replacing(
                "  scores: {uses: evaluate, needs: {model: model}}\n",
                with: """
                      statistics: {uses: class-statistics, needs: {model: model}}
                      head: {uses: recover-classifier, needs: {model: model, statistics: statistics}, with: {lr: 5}}
                      scores: {uses: evaluate, needs: {model: model, head: head}}

                    """)
    }

    private static let warning =
        "4 of 4 classes have no more different pictures than centroids, and the recovery draws "
        + "nothing and leaves the classifier as it is: 'ant', 'bee', 'cow', 'dog'; "
        + "'few-pictures: shared-variance' draws for them"

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
        try tiny.write(Self.text("reference"), to: "f.yaml")
    }

    private func warnings(_ result: TinyPipeline.Result) -> [String] {
        result.events.filter { $0.name == "unit-warning" }
            .map { "\($0["unit"] ?? ""): \($0["warning"] ?? "")" }
    }

    @Test func theReferenceWarnsAndEveryLaterRunRepeatsIt() throws {
        let line = "warning: head/recover[2]: \(Self.warning)\n"
        for outcome in ["executed", "reused"] {
            let result = try tiny.run("--until", "scores")
            #expect(result.code == 0)
            #expect(result.units(outcome).contains("head/recover[2]"))
            #expect(warnings(result) == ["head/recover[2]: \(Self.warning)"])
            #expect(result.message == line)
        }
        let quiet = try tiny.command("run", "f.yaml", "--quiet", "--until", "scores")
        #expect(quiet.message == line && quiet.output.isEmpty)
        let lines = try tiny.command("run", "f.yaml", "--until", "scores")
        #expect(lines.message.hasPrefix(line) && !lines.output.contains("warning"))
        let log = try tiny.command("logs", "f.yaml", "head/recover[2]")
        #expect(log.output == "warning: \(Self.warning)\n")
    }

    @Test func resultsAndStatusShowIt() throws {
        _ = try tiny.run("--until", "scores")
        let table = try tiny.command("results", "f.yaml")
        #expect(table.output.hasSuffix("\nwarning: \(Self.warning)\n"), "\(table.output)")
        let json = try tiny.command("results", "f.yaml", "--format", "json")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        let done = rows.filter { $0["state"] as? String == "done" }
        #expect(!done.isEmpty)
        #expect(done.allSatisfy { $0["warnings"] as? [String] == [Self.warning] })
        let csv = try tiny.command("results", "f.yaml", "--format", "csv")
        #expect(csv.message.hasPrefix("warning: scores/summary: \(Self.warning)\n"))
        let status = try tiny.command("status", "f.yaml")
        #expect(status.output.hasSuffix(" missing, 1 with warnings\n"), "\(status.output)")
        let states = try tiny.command("status", "f.yaml", "--json")
        #expect(states.output.contains("\"warnings\":[\"\(Self.warning)\"]"))
        #expect(states.output.contains("\"warnings\":[]"))
    }

    @Test func theCorrectedProfileRecovers() throws {
        _ = try tiny.run("--until", "scores")
        let before = try heads()
        #expect(before.after == before.before)
        try tiny.write(Self.text("corrected"), to: "f.yaml")
        let result = try tiny.run("--until", "scores")
        #expect(result.code == 0, "\(result.message)")
        // What does not depend on the toggle is not made again.
        #expect(
            result.units("executed").allSatisfy {
                $0.hasPrefix("head/recover") || $0.hasPrefix("scores/")
            })
        #expect(!result.message.contains("draws nothing"))
        let after = try heads()
        #expect(after.before == before.before && after.after != before.after)
    }

    /// The accuracies after each task, before recovery and after it.
    private func heads() throws -> (before: String, after: String) {
        let plan = try tiny.program.run("results", "f.yaml", "--format", "json")
        let rows =
            try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [[String: Any]]
        func value(_ metric: String) -> String {
            "\((rows ?? []).first { $0["metric"] as? String == metric }?["value"] ?? "none")"
        }
        return (value("accuracy-before-recovery-curve"), value("accuracy-curve"))
    }

    // MARK: Numbers that are not finite

    @Test(arguments: [
        (Float.nan, "cls_token"), (.infinity, "norm.weight"), (-.infinity, "pos_embed"),
    ])
    func aCheckpointThatIsNotFiniteIsRefused(value: Float, name: String) throws {
        try tiny.write(TinyPipeline.text, to: "f.yaml")
        try tiny.write(
            TinyPipeline.safetensors(TinyPipeline.weights, odd: [name: [1: value, 3: value]]),
            to: "tiny.safetensors")
        let result = try tiny.run()
        #expect(result.code == 66)
        #expect(
            result.message == """
                unit 'backbone/load' (KEY): tiny.safetensors: holds 2 values that are not finite, \
                the first at index 1, in '\(name)'
                  hint: the training that wrote the file diverged, or the file is damaged; an \
                earlier checkpoint may be sound

                """)
        #expect(result.units("failed") == ["backbone/load"])
        #expect(
            result.units("executed").sorted() == [
                "data/split", "model/initial", "other-data/split", "probe/probe",
            ])
    }

    @Test func aDeviationOfZeroIsAMistakeOfTheFile() throws {
        for deviation in ["0", "-1", ".nan", ".inf"] {
            try tiny.write(
                TinyPipeline.text.replacing(
                    "tasks: 2}}",
                    with: "tasks: 2, normalize: {uniform: {mean: 0.5, deviation: \(deviation)}}}}"),
                to: "f.yaml")
            let result = try tiny.command("validate", "f.yaml")
            #expect(result.code == 65)
            #expect(
                result.message.hasPrefix(
                    "f.yaml:9:123: stage 'data': parameter 'normalize.uniform.deviation' must be a "
                        + "number from 0.001 to 1000.0, found the number '\(deviation)'"),
                "\(result.message)")
        }
    }
}
