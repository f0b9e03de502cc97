import Pipeline
import Synchronization
import Testing
import hide_pipeline

@Suite struct ProgressPrinterTests {
    /// Collects what a printer writes.
    final class Page: Sendable {
        private let text = Mutex("")
        var lines: [String] {
            text.withLock { $0 }.split(separator: "\n", omittingEmptySubsequences: false)
                .dropLast().map(String.init)
        }
        func write(_ more: String) { text.withLock { $0 += more } }
    }

    private func printed(
        _ style: ProgressPrinter.Style, _ body: (ProgressPrinter) -> Void
    ) -> [String] {
        let page = Page()
        body(ProgressPrinter(style: style, unitCount: 3) { page.write($0) })
        return page.lines
    }

    private func someRun(_ printer: ProgressPrinter) {
        let key = UnitKey(Digest(of: "key"))
        printer.show(.runStarted(pipeline: "toy \"é\"", units: 3))
        printer.show(
            .unitFinished(UnitFinish(unit: "a/b", stage: "a", outcome: .reused, key: key)))
        printer.show(.unitStarted(unit: "c/d[1]{seed=4}", stage: "c"))
        printer.show(
            .unitProgress(
                UnitStep(unit: "c/d[1]{seed=4}", done: 1, total: 2, loss: .nan, pictures: 3)))
        printer.show(
            .unitProgress(
                UnitStep(
                    unit: "c/d[1]{seed=4}", done: 2, total: 2, loss: 0.25, detail: "epoch 1/1",
                    pictures: 3)))
        printer.show(
            .unitFinished(
                UnitFinish(
                    unit: "c/d[1]{seed=4}", stage: "c", outcome: .executed, key: key,
                    reason: .neverRun, seconds: 12)))
        printer.show(.unitFinished(UnitFinish(unit: "e/f", stage: "e", outcome: .blocked)))
        printer.runFinished(exit: .unitFailed)
        printer.runFinished(exit: .done)
    }

    @Test func jsonLinesAreThoseOfTheContractAndRunFinishedIsLast() {
        let lines = printed(.json, someRun)
        let key = Digest(of: "key").hex
        #expect(
            Array(lines.dropLast()) == [
                #"{"event":"run-started","pipeline":"toy \"é\"","units":3}"#,
                #"{"event":"unit-finished","unit":"a/b","stage":"a","outcome":"reused","#
                    + #""key":"\#(key)","reason":null,"seconds":0.0}"#,
                #"{"event":"unit-started","unit":"c/d[1]{seed=4}","stage":"c"}"#,
                #"{"event":"unit-progress","unit":"c/d[1]{seed=4}","done":1,"of":2,"loss":null,"#
                    + #""pictures":3}"#,
                #"{"event":"unit-progress","unit":"c/d[1]{seed=4}","done":2,"of":2,"loss":0.25,"#
                    + #""detail":"epoch 1/1","pictures":3}"#,
                #"{"event":"unit-finished","unit":"c/d[1]{seed=4}","stage":"c","#
                    + #""outcome":"executed","key":"\#(key)","reason":"never run","seconds":12.0}"#,
                #"{"event":"unit-finished","unit":"e/f","stage":"e","outcome":"blocked","#
                    + #""key":null,"reason":null,"seconds":0.0}"#,
            ])
        let last = lines.last ?? ""
        #expect(
            last.hasPrefix(
                #"{"event":"run-finished","executed":1,"reused":1,"failed":0,"blocked":1,"#
                    + #""interrupted":0,"seconds":"#))
        #expect(last.hasSuffix(#","exit":1}"#))
    }

    /// Every warning is an event, of a reused unit before its end.
    @Test func warningsAreEvents() {
        let lines = printed(.json) { printer in
            printer.show(.unitWarned(unit: "a/b", warning: "few \"ants\""))
            for (unit, outcome) in [("c/d", UnitFinish.Outcome.reused), ("e/f", .executed)] {
                printer.show(
                    .unitFinished(
                        UnitFinish(unit: unit, stage: "s", outcome: outcome, warnings: ["few"])))
            }
        }
        #expect(
            lines.filter { $0.contains("unit-warning") } == [
                #"{"event":"unit-warning","unit":"a/b","warning":"few \"ants\""}"#,
                #"{"event":"unit-warning","unit":"c/d","warning":"few"}"#,
            ])
        #expect(lines.count == 4 && lines[1].contains("c/d") && lines[2].contains("unit-finished"))
    }

    @Test func aPipeGetsOneLineForEachFinishedUnit() {
        let lines = printed(.lines, someRun)
        #expect(
            Array(lines.dropLast()) == [
                "reused       a/b",
                "executed     c/d[1]{seed=4}  12 s  (never run)",
                "blocked      e/f",
            ])
        #expect(lines.last?.hasPrefix("1 executed, 1 reused, 1 blocked in ") == true)
    }

    @Test func quietPrintsNothing() {
        #expect(printed(.quiet, someRun).isEmpty)
    }

    @Test func theDisplayShowsTaskLossSpeedAndTimeLeft() {
        var display = LiveDisplay(unitCount: 4, weights: ["a": 1, "b": 3, "c": 4], now: 100)
        display.unitStarted("a", now: 100)
        display.unitFinished("a", isExecuted: true)
        display.unitStarted("b", now: 104)
        display.unitProgressed(
            UnitStep(unit: "b", done: 1, total: 3, loss: 0.5, detail: "epoch 1/3", pictures: 40))
        display.unitProgressed(UnitStep(unit: "b", done: 2, total: 3, pictures: 40))
        // Done: weight 1 + 2 of 8 in 16 s, so 5 are left for 16 · 5 / 3 s.
        // Of unit b: 2 of 3 steps in 12 s, so 6 s are left.
        #expect(
            display.lines(now: 116, width: 200) == [
                "1/4 units · about 27 s left",
                "  b · epoch 1/3 · 2/3 · loss 0.5000 · 6.7 pictures/s · 6.0 s left",
            ])
        #expect(display.lines(now: 116, width: 9) == ["1/4 units", "  b · epo"])
    }

    @Test(arguments: [
        (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59, "59 s"), (200, "3 min 20 s"),
        (7500, "2 h 5 min"), (777_600, "9 days"), (.infinity, "unknown"),
    ])
    func durationsAreInWords(seconds: Double, words: String) {
        #expect(Words.duration(seconds) == words)
    }

    private static let look = RunEvent.inputProgress(location: "a", done: 1, total: 2)

    /// The look at the pictures before the first unit is shown while it lasts, and is no event.
    @Test func theCheckOfInputsIsShownWhileItLasts() {
        var display = LiveDisplay(unitCount: 4, weights: [:], now: 0)
        display.inputProgressed("image-folder a\u{1B}b", done: 3, of: 9)
        #expect(
            display.lines(now: 1, width: 80) == [
                "0/4 units", "  checking image-folder a\\u{1B}b · 3/9 pictures",
            ])
        display.inputProgressed("image-folder a\u{1B}b", done: 9, of: 9)
        #expect(display.lines(now: 1, width: 80) == ["0/4 units"])
        #expect(printed(.json) { $0.show(Self.look) }.isEmpty)
        #expect(printed(.lines) { $0.show(Self.look) }.isEmpty)
    }
}
