/// What happens in a run. Events of different units may come from different threads.
public enum RunEvent: Sendable {
    /// The run begins with this many units.
    case runStarted(pipeline: String, units: Int)
    /// Files that units will read are looked at, before the first of them starts.
    case inputProgress(location: String, done: Int, total: Int)
    /// A unit begins to run.
    case unitStarted(unit: String, stage: String)
    /// A unit reached a step boundary.
    case unitProgress(UnitStep)
    /// A running unit said something that a reader of the result must know.
    case unitWarned(unit: String, warning: String)
    /// A unit is over.
    case unitFinished(UnitFinish)
    /// The run is over.
    case runFinished(RunSummary)
}

/// What became of a unit.
public struct UnitFinish: Sendable {
    /// How a unit of a run can end.
    public enum Outcome: String, Sendable {
        /// It ran, and its artifact is stored.
        case executed
        /// Its artifact was there, or another run made it meanwhile.
        case reused
        /// It, or a source it reads, failed.
        case failed
        /// Something it needs failed.
        case blocked
        /// It saved its progress and goes on in the next run.
        case interrupted
    }

    /// The unit.
    public let unit: String
    /// Its stage.
    public let stage: String
    /// How it ended.
    public let outcome: Outcome
    /// Its key; nil when an input was never made.
    public let key: UnitKey?
    /// Why it ran; nil when it did not.
    public let reason: RunReason?
    /// How long it ran, earlier interrupted runs included.
    public let seconds: Double
    /// The digest of its artifact; nil unless executed or reused.
    public let digest: Digest?
    /// Why it failed or could not run.
    public let failure: UnitFailure?
    /// What it warned of when it ran; of a reused unit, in an earlier run.
    public let warnings: [String]
}

/// A failure of a unit, wrapped once: unit, key, cause.
public struct UnitFailure: Error, CustomStringConvertible {
    /// The unit.
    public let unit: String
    /// Its key; nil when an input was never made.
    public let key: UnitKey?
    /// What happened.
    public let cause: any Error

    public var description: String {
        let name = key.map { "unit '\(unit)' (\($0.shortened))" } ?? "unit '\(unit)'"
        return "\(name): \(cause)"
    }

    /// The exit code for this failure alone: 74 for the store, 66 for an input, else 1.
    public var exitCode: Int32 {
        switch cause {
        case is StoreError, is FileError: 74
        case is any InputError: 66
        default: 1
        }
    }
}

/// Why a unit could not run.
public struct UnitBlocked: Error, Equatable, CustomStringConvertible {
    /// The unit that failed.
    public let needs: String

    public var description: String { "needs '\(needs)', which failed" }
}

/// An input that `--only` leaves out and the store does not have.
public struct UnselectedInput: InputError, Equatable {
    /// The unit that would have to run.
    public let unit: String

    public var description: String {
        "has not been run, and --only leaves it out\n  hint: run without --only once"
    }
}

/// The outcome of a run.
public struct RunSummary: Sendable {
    /// How many units ran to the end.
    public var executed = 0
    /// How many were there already.
    public var reused = 0
    /// How many failed.
    public var failed = 0
    /// How many could not run because another failed.
    public var blocked = 0
    /// How many saved their progress or did not begin because of a stop.
    public var interrupted = 0
    /// How long the run took.
    public var seconds = 0.0
    /// The failures, in the order in which they happened.
    public var failures: [UnitFailure] = []
    /// Whether a stop request left something undone.
    public var isStopped = false

    /// Creates an empty summary.
    public init() {}

    /// The exit code: the first that applies of 130 (stopped), 74 (store), 66 (input), 1, 0.
    public var exitCode: Int32 {
        if isStopped { return 130 }
        let codes = failures.map(\.exitCode)
        return [74, 66, 1].first(where: codes.contains) ?? (failed + blocked > 0 ? 1 : 0)
    }
}
