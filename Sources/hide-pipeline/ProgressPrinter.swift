import Foundation
import Glibc
package import Pipeline
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

    struct State {
        var display: LiveDisplay
        var shownLines = 0
        var lastDraw = 0.0
        /// When the last progress of each unit was printed.
        var lastProgress: [String: Double] = [:]
        var counts: [UnitFinish.Outcome: Int] = [:]
        /// What the run ended with; nil while it goes on.
        var exit: ProgramStatus?
        /// The texts of warnings that were printed as they came.
        var warned: Set<String> = []
        /// The warnings that the end of the run tells: those of reused units, and more of the same.
        var laterWarnings = WarningList()
    }

    let style: Style
    let write: @Sendable (String) -> Void
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

    /// Shows an event of the runner. The end is announced by `runFinished(exit:)`, after everything
    /// else that can go wrong.
    package func show(_ event: RunEvent) {
        state.withLock { state in
            switch event {
            case .runStarted(_, let units):
                state.display.runStarted(units: units)
                emit(event)
            case .inputProgress(let location, let done, let total):
                state.display.inputProgressed(location, done: done, of: total)
                redraw(&state, isForced: done == total)
            case .unitStarted(let unit, _):
                state.display.unitStarted(unit, now: SteadyClock.seconds)
                emit(event)
                redraw(&state, isForced: true)
            case .unitProgress(let step):
                state.display.unitProgressed(step)
                if style == .json, isDue(step, &state) { emit(event) }
                redraw(&state, isForced: false)
            case .unitWarned(let unit, let warning): warned(unit, warning, &state)
            case .unitFinished(let finish): finished(finish, &state)
            case .runFinished: break
            }
        }
    }

    /// Whether progress of a unit is worth a line: the last step is, others ten times a second.
    private func isDue(_ step: UnitStep, _ state: inout State) -> Bool {
        let now = SteadyClock.seconds
        guard step.done == step.total || now - (state.lastProgress[step.unit] ?? 0) > 0.1
        else { return false }
        state.lastProgress[step.unit] = now
        return true
    }

    /// A unit warns of something: printed at once, unless others said the same or very much was
    /// said before.
    private func warned(_ unit: String, _ warning: String, _ state: inout State) {
        emit(.unitWarned(unit: unit, warning: warning))
        guard state.warned.count < WarningList.lineLimit, state.warned.insert(warning).inserted
        else { return state.laterWarnings.add(warning, of: unit) }
        erase(&state)
        ErrorReport.print(text: WarningList.line(warning, [unit]))
        redraw(&state, isForced: true)
    }

    /// Keeps what a reused unit warned of for the end of the run; executed ones said it themselves.
    private func keepWarnings(_ finish: UnitFinish, _ state: inout State) {
        guard finish.outcome == .reused else { return }
        for warning in finish.warnings {
            emit(.unitWarned(unit: finish.unit, warning: warning))
            state.laterWarnings.add(warning, of: finish.unit)
        }
    }

    private func finished(_ finish: UnitFinish, _ state: inout State) {
        state.counts[finish.outcome, default: 0] += 1
        state.display.unitFinished(finish.unit, isExecuted: finish.outcome == .executed)
        keepWarnings(finish, &state)
        switch style {
        case .json: emit(.unitFinished(finish))
        case .lines: write(Output.safe(Self.line(finish)) + "\n")
        case .live:
            erase(&state)
            // Of a failure the message counts, not the list of what waited for the unit.
            if finish.outcome != .reused, finish.outcome != .blocked {
                write(Output.safe(Self.line(finish)) + "\n")
            }
        case .quiet: break
        }
        if finish.outcome == .failed, let failure = finish.failure {
            ErrorReport.print(text: failure.description)
        }
        redraw(&state, isForced: true)
    }

    // MARK: The end

    /// The run is over: the last line, whatever happens after. Later calls do nothing.
    package func runFinished(exit: ProgramStatus) {
        state.withLock { finish(&$0, exit) }
    }

    /// As `runFinished` for the end at once, which does not wait long for another thread that prints.
    ///
    /// - Returns: what the program ends with: what the last line of JSON said, if it was printed before.
    package func interrupted() -> ProgramStatus {
        for _ in 0..<200 {
            let exit = state.withLockIfAvailable { state -> ProgramStatus in
                finish(&state, .interrupted)
                return style == .json ? state.exit ?? .interrupted : .interrupted
            }
            if let exit { return exit }
            usleep(1000)
        }
        return .interrupted
    }

    private func finish(_ state: inout State, _ exit: ProgramStatus) {
        guard state.exit == nil else { return }
        state.exit = exit
        erase(&state)
        for line in state.laterWarnings.lines { ErrorReport.print(text: line) }
        let summary = summary(state, exit)
        switch style {
        case .quiet: break
        case .json: emit(.runFinished(summary))
        case .live, .lines: write(Self.lines(summary).map { $0 + "\n" }.joined())
        }
    }

    /// What was shown, in numbers.
    private func summary(_ state: State, _ exit: ProgramStatus) -> RunSummary {
        var summary = RunSummary()
        summary.executed = state.counts[.executed] ?? 0
        summary.reused = state.counts[.reused] ?? 0
        summary.failed = state.counts[.failed] ?? 0
        summary.blocked = state.counts[.blocked] ?? 0
        summary.interrupted = state.counts[.interrupted] ?? 0
        summary.seconds = SteadyClock.seconds - started
        summary.exitStatus = exit
        return summary
    }

    /// Prints the line of an event where lines are JSON.
    private func emit(_ event: RunEvent) {
        if style == .json { write(event.line + "\n") }
    }
}
