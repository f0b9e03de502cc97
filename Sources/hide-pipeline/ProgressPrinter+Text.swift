import Pipeline

/// What people read.
extension ProgressPrinter {
    /// `executed     hide/train[3]{seed=42}  12 s  (parameters changed)`.
    static func line(_ finish: UnitFinish) -> String {
        let outcome = finish.outcome.rawValue
        let padding = String(repeating: " ", count: max(0, 11 - outcome.count))
        var line = "\(outcome)\(padding)  \(finish.unit)"
        if finish.outcome == .executed { line += "  \(Words.duration(finish.seconds))" }
        if let reason = finish.reason, finish.outcome != .reused { line += "  (\(reason))" }
        return line
    }

    /// The last lines of a run: `1 executed, 1 reused, 1 blocked in 12 s`.
    static func lines(_ summary: RunSummary) -> [String] {
        let counts = [
            ("executed", summary.executed), ("reused", summary.reused),
            ("failed", summary.failed), ("blocked", summary.blocked),
            ("interrupted", summary.interrupted),
        ]
        let parts = counts.enumerated().compactMap { index, count in
            index < 2 || count.1 > 0 ? "\(count.1) \(count.0)" : nil
        }
        let first = parts.joined(separator: ", ") + " in \(Words.duration(summary.seconds))"
        guard summary.exitStatus == .interrupted else { return [first] }
        return [first, "stopped; the same command goes on where this one was"]
    }

    /// Takes the live lines away.
    func erase(_ state: inout State) {
        guard style == .live, state.shownLines > 0 else { return }
        write("\u{1B}[\(state.shownLines)A\r\u{1B}[J")
        state.shownLines = 0
    }

    /// Draws the live lines, at most ten times a second unless forced.
    func redraw(_ state: inout State, isForced: Bool) {
        let now = SteadyClock.seconds
        guard style == .live, state.exit == nil, isForced || now - state.lastDraw > 0.1 else {
            return
        }
        erase(&state)
        let lines = state.display.lines(now: now, width: Output.width())
        write(lines.map { $0 + "\n" }.joined())
        state.shownLines = lines.count
        state.lastDraw = now
    }
}
