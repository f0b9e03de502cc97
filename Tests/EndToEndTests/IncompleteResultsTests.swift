import Foundation
import TestSupport
import Testing

/// Results of which some cells are missing: no format claims more than there is.
@Suite struct IncompleteResultsTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
        let tables = """
            matrix: {rate: [0.01, 0.02, 0.03]}
            tables:
              - {title: T, rows: {Scores: scores}, columns: [faa, caa], over: rate}
              - {title: P, rows: {Probe: probe}, columns: [faa], over: rate}

            """
        try tiny.write(TinyPipeline.text + tables, to: "f.yaml")
    }

    private func rows(_ text: String) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    @Test func everyFormatMarksACellWithoutResult() throws {
        for rate in ["0.01", "0.03"] {
            #expect(try tiny.command("run", "f.yaml", "--set", "rate=\(rate)").code == 0)
        }
        let text = try tiny.command("results", "f.yaml")
        #expect(text.code == 0)
        #expect(
            text.output.hasPrefix(
                "T (mean ± standard deviation over rate 0.01, 0.03; 0.02 missing, n = 2 of 3)\n"))
        #expect(
            text.message == """
                not there yet: 1 result is not in the store
                  missing  scores/summary{rate=0.02}
                  hint: 'hide-pipeline run f.yaml' fills them

                """)
        let csv = try tiny.command("results", "f.yaml", "--format", "csv").output
        #expect(csv.contains("\r\ntiny,0.02,scores,,,scores/summary{rate=0.02},,,missing\r\n"))
        let objects = try rows(tiny.command("results", "f.yaml", "--format", "json").output)
        let gaps = objects.filter { $0["state"] as? String == "missing" }
        #expect(gaps.count == 1 && gaps[0]["unit"] as? String == "scores/summary{rate=0.02}")
        #expect(gaps[0]["value"] is NSNull && gaps[0]["metric"] is NSNull)
        #expect(objects.allSatisfy { $0["state"] != nil })
    }

    @Test(arguments: ["text", "csv", "json"]) func completeEndsWithTwo(format: String) throws {
        let arguments = ["results", "f.yaml", "--complete", "--format", format]
        let none = try tiny.command(arguments)
        #expect(none.code == 2 && none.message.contains("missing  scores/summary{rate=0.01}\n"))
        #expect(try tiny.command("run", "f.yaml").code == 0)
        let all = try tiny.command(arguments)
        #expect(all.code == 0 && all.message.isEmpty)
    }

    @Test func whatWasMeasuredOtherwiseIsStale() throws {
        #expect(try tiny.command("run", "f.yaml").code == 0)
        let steps = TinyPipeline.text.replacing("epochs: 1", with: "epochs: 2")
        try tiny.write(steps + "matrix: {rate: [0.01, 0.02, 0.03]}\n", to: "f.yaml")
        let outcome = try tiny.command("results", "f.yaml", "--complete", "--store", ".hide-store")
        #expect(outcome.code == 2)
        #expect(outcome.message.contains("\n  stale  scores/summary{rate=0.01}\n"))
        #expect(outcome.message.contains("'hide-pipeline run f.yaml --store .hide-store' fills"))
        // The probe has none of these parameters.
        #expect(outcome.output.contains("probe"))
    }

    /// A run that fails in one cell prints a table of the others, and says so.
    @Test func theTableOfARunNamesTheCellThatFailed() throws {
        let text =
            TinyPipeline.text + """
                matrix: {weights: [tiny.safetensors, nowhere.safetensors]}
                tables:
                  - {title: T, rows: {Scores: scores}, columns: [faa], over: weights}

                """
        try tiny.write(text, to: "f.yaml")
        let outcome = try tiny.command("run", "f.yaml")
        #expect(outcome.code == 66, "\(outcome.message)")
        #expect(
            outcome.output.contains(
                "\nT (weights tiny.safetensors; nowhere.safetensors missing, n = 1 of 2)\n"),
            "\(outcome.output)")
    }

    /// An axis that changes nothing: one result, and no spread of it.
    @Test func whatAllCellsShareHasNoSpread() throws {
        #expect(try tiny.command("run", "f.yaml", "--until", "probe").code == 0)
        let text = try tiny.command("results", "f.yaml").output
        #expect(text.contains("\nP (rate 0.01, 0.02, 0.03, n = 1)\n"))
        #expect(!text.contains("±"))
    }
}
