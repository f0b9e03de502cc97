import Foundation
import Glibc
import Pipeline
import Synchronization

/// Prints what happens in a run: the only code that prints progress. Calls may come from any thread.
package final class ProgressPrinter: Sendable {
    /// How progress is shown.
    package enum Style: Sendable {
        /// A few lines at the lower end of a terminal, and a line for each finished unit above.
        case live
        /// A line for each finished unit.
        case lines
        /// One JSON object a line, `run-finished` last.
        case json
        /// Nothing but errors and warnings.
        case quiet
    }

    /// What became of a unit.
    package struct Finish: Sendable {
        package var unit: String
        package var stage: String
        /// `executed`, `reused`, `failed`, `blocked` or `interrupted`.
        package var outcome: String
        package var key: String?
        package var reason: String?
        package var seconds: Double
        /// Why the unit failed.
        package var problem: String?
        /// What the unit warned of when it ran.
        package var warnings: [String]

        package init(
            unit: String, stage: String, outcome: String, key: String? = nil,
            reason: String? = nil, seconds: Double, problem: String? = nil,
            warnings: [String] = []
        ) {
            self.unit = unit
            self.stage = stage
            self.outcome = outcome
            self.key = key
            self.reason = reason
            self.seconds = seconds
            self.problem = problem
            self.warnings = warnings
        }
    }

    private struct State {
        var display: LiveDisplay
        var shownLines = 0
        var lastDraw = 0.0
        /// When the last progress of each unit was printed.
        var lastProgress: [String: Double] = [:]
        var counts: [String: Int] = [:]
        /// What the run ended with; nil while it goes on.
        var exit: ErrorReport.Code?
        /// The texts of warnings that were printed as they came.
        var warned: Set<String> = []
        /// The warnings that the end of the run tells: those of reused units, and more of the same.
        var laterWarnings = WarningList()
    }

    private let style: Style
    private let write: @Sendable (String) -> Void
    private let started: Double
    private let state: Mutex<State>

    /// Creates a printer.
    ///
    /// - Parameters:
    ///   - unitCount: the units of the run.
    ///   - write: where the text goes; standard output.
    package init(
        style: Style, unitCount: Int,
        write: @escaping @Sendable (String) -> Void = ProgressPrinter.standardOutput
    ) {
        self.style = style
        self.write = write
        started = SteadyClock.seconds
        state = Mutex(
            State(display: LiveDisplay(unitCount: unitCount, weights: [:], now: started)))
    }

    /// Standard output. What comes from files is made safe before it gets here.
    package static let standardOutput: @Sendable (String) -> Void = { Output.draw($0) }

    /// Tells what each unit costs relative to the others, by name, for the time left.
    package func weigh(_ weights: [String: Double]) {
        state.withLock { $0.display.weights = weights }
    }

    /// The run begins.
    package func runStarted(pipeline: String, units: Int) {
        state.withLock { $0.display.runStarted(units: units) }
        guard style == .json else { return }
        emit([
            "event": .string("run-started"), "pipeline": .string(pipeline),
            "units": .integer(units),
        ])
    }

    /// Files that units will read are looked at.
    package func inputProgressed(_ location: String, done: Int, of total: Int) {
        state.withLock { state in
            state.display.inputProgressed(location, done: done, of: total)
            redraw(&state, isForced: done == total)
        }
    }

    /// A unit begins to run.
    package func unitStarted(_ unit: String, stage: String) {
        state.withLock { state in
            state.display.unitStarted(unit, now: SteadyClock.seconds)
            if style == .json {
                emit([
                    "event": .string("unit-started"), "unit": .string(unit),
                    "stage": .string(stage),
                ])
            }
            redraw(&state, isForced: true)
        }
    }

    /// A unit reached a step boundary.
    package func unitProgressed(
        _ unit: String, done: Int, of total: Int, loss: Double?, detail: String?, pictures: Int
    ) {
        state.withLock { state in
            state.display.unitProgressed(
                unit, done: done, of: total, loss: loss, detail: detail, pictures: pictures)
            if style == .json, isDue(unit, done == total, &state) {
                emit([
                    "event": .string("unit-progress"), "unit": .string(unit),
                    "done": .integer(done), "of": .integer(total), "loss": loss.map { .real($0) },
                    "detail": detail.map { .string($0) },
                ])
            }
            redraw(&state, isForced: false)
        }
    }

    /// Whether progress of a unit is worth a line: the last step is, others ten times a second.
    private func isDue(_ unit: String, _ isLast: Bool, _ state: inout State) -> Bool {
        let now = SteadyClock.seconds
        guard isLast || now - (state.lastProgress[unit] ?? 0) > 0.1 else { return false }
        state.lastProgress[unit] = now
        return true
    }

    /// A unit warns of something: printed at once, unless others said the same or very much was
    /// said before.
    package func unitWarned(_ unit: String, warning: String) {
        state.withLock { state in
            emitWarning(unit, warning)
            guard state.warned.count < WarningList.lineLimit,
                state.warned.insert(warning).inserted
            else { return state.laterWarnings.add(warning, of: unit) }
            erase(&state)
            ErrorReport.print(text: WarningList.line(warning, [unit]))
            redraw(&state, isForced: true)
        }
    }

    private func emitWarning(_ unit: String, _ warning: String) {
        guard style == .json else { return }
        emit([
            "event": .string("unit-warning"), "unit": .string(unit), "warning": .string(warning),
        ])
    }

    /// Keeps what a reused unit warned of for the end of the run; executed ones said it themselves.
    private func keepWarnings(_ finish: Finish, _ state: inout State) {
        guard finish.outcome == "reused" else { return }
        for warning in finish.warnings {
            emitWarning(finish.unit, warning)
            state.laterWarnings.add(warning, of: finish.unit)
        }
    }

    /// A unit is over.
    package func unitFinished(_ finish: Finish) {
        state.withLock { state in
            state.counts[finish.outcome, default: 0] += 1
            state.display.unitFinished(finish.unit, isExecuted: finish.outcome == "executed")
            keepWarnings(finish, &state)
            switch style {
            case .json: emitFinish(finish)
            case .lines: write(Output.safe(Self.line(finish)) + "\n")
            case .live:
                erase(&state)
                // Of a failure the message counts, not the list of what waited for the unit.
                if finish.outcome != "reused", finish.outcome != "blocked" {
                    write(Output.safe(Self.line(finish)) + "\n")
                }
            case .quiet: break
            }
            if let problem = finish.problem { ErrorReport.print(text: problem) }
            redraw(&state, isForced: true)
        }
    }

    /// The run is over: the last line, whatever happens after. Later calls do nothing.
    package func runFinished(exit: ErrorReport.Code) {
        state.withLock { Self.finish(&$0, self, exit) }
    }

    /// As `runFinished` for the end at once, which does not wait long for another thread that prints.
    ///
    /// - Returns: what the program ends with: what the last line of JSON said, if it was printed before.
    package func interrupted() -> ErrorReport.Code {
        for _ in 0..<200 {
            let exit = state.withLockIfAvailable { state -> ErrorReport.Code in
                Self.finish(&state, self, .interrupted)
                return style == .json ? state.exit ?? .interrupted : .interrupted
            }
            if let exit { return exit }
            usleep(1000)
        }
        return .interrupted
    }

    private static func finish(
        _ state: inout State, _ printer: ProgressPrinter, _ exit: ErrorReport.Code
    ) {
        guard state.exit == nil else { return }
        state.exit = exit
        let seconds = SteadyClock.seconds - printer.started
        printer.erase(&state)
        for line in state.laterWarnings.lines { ErrorReport.print(text: line) }
        func count(_ outcome: String) -> Int { state.counts[outcome] ?? 0 }
        switch printer.style {
        case .quiet: break
        case .json:
            printer.emit([
                "event": .string("run-finished"), "executed": .integer(count("executed")),
                "reused": .integer(count("reused")), "failed": .integer(count("failed")),
                "blocked": .integer(count("blocked")),
                "interrupted": .integer(count("interrupted")), "seconds": .real(seconds),
                "exit": .integer(Int(exit.rawValue)),
            ])
        case .live, .lines:
            let parts = ["executed", "reused", "failed", "blocked", "interrupted"].compactMap {
                count($0) > 0 || $0 == "executed" || $0 == "reused" ? "\(count($0)) \($0)" : nil
            }
            printer.write(
                parts.joined(separator: ", ") + " in \(Words.duration(seconds))\n")
            if exit == .interrupted {
                printer.write("stopped; the same command goes on where this one was\n")
            }
        }
    }

    // MARK: Lines

    /// `executed     hide/train[3]{seed=42}  12 s  (parameters changed)`.
    private static func line(_ finish: Finish) -> String {
        let padding = String(repeating: " ", count: max(0, 11 - finish.outcome.count))
        var line = "\(finish.outcome)\(padding)  \(finish.unit)"
        if finish.outcome == "executed" { line += "  \(Words.duration(finish.seconds))" }
        if let reason = finish.reason, finish.outcome != "reused" { line += "  (\(reason))" }
        return line
    }

    private func emitFinish(_ finish: Finish) {
        emit([
            "event": .string("unit-finished"), "unit": .string(finish.unit),
            "stage": .string(finish.stage), "outcome": .string(finish.outcome),
            "key": finish.key.map { .string($0) } ?? .null,
            "reason": finish.reason.map { .string($0) } ?? .null,
            "seconds": .real(finish.seconds), "problem": finish.problem.map { .string($0) },
        ])
    }

    private func emit(_ members: KeyValuePairs<String, Value?>) {
        write(JSONObject(members).text + "\n")
    }

    // MARK: The lower end of the terminal

    private func erase(_ state: inout State) {
        guard style == .live, state.shownLines > 0 else { return }
        write("\u{1B}[\(state.shownLines)A\r\u{1B}[J")
        state.shownLines = 0
    }

    /// Draws at most ten times a second unless forced.
    private func redraw(_ state: inout State, isForced: Bool) {
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
