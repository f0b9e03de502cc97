/// What happens in a run. Events of different units may come from different threads. The wire format of
/// `run --json`: one JSON object a line.
public enum RunEvent: Sendable, Hashable {
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
public struct UnitFinish: Sendable, Hashable {
    /// How a unit of a run can end.
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
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

    /// Creates a finish.
    public init(
        unit: String, stage: String, outcome: Outcome, key: UnitKey? = nil,
        reason: RunReason? = nil, seconds: Double = 0, digest: Digest? = nil,
        failure: UnitFailure? = nil, warnings: [String] = []
    ) {
        self.unit = unit
        self.stage = stage
        self.outcome = outcome
        self.key = key
        self.reason = reason
        self.seconds = seconds
        self.digest = digest
        self.failure = failure
        self.warnings = warnings
    }
}

/// A failure of a unit, wrapped once: unit, key, cause.
public struct UnitFailure: ExitCoded, Hashable, CustomStringConvertible {
    /// The unit.
    public let unit: String
    /// Its key; nil when an input was never made.
    public let key: UnitKey?
    /// `unit 'c/run' (3f9c…e1): what happened`.
    public let description: String
    /// The exit status for this failure alone.
    public let exitStatus: ProgramStatus

    init(unit: String, key: UnitKey?, description: String, exitStatus: ProgramStatus) {
        self.unit = unit
        self.key = key
        self.description = description
        self.exitStatus = exitStatus
    }

    init(unit: String, key: UnitKey?, problem: String, exitStatus: ProgramStatus) {
        let name = key.map { "unit '\(unit)' (\($0.shortened))" } ?? "unit '\(unit)'"
        self.init(
            unit: unit, key: key, description: "\(name): \(problem)", exitStatus: exitStatus)
    }

    /// Wraps an error. What has no status of its own is the unit's: 1.
    public init(unit: String, key: UnitKey?, cause: any Error) {
        let status = ProgramStatus(of: cause)
        let known: Set<ProgramStatus> = [.storeFailed, .missingInput]
        self.init(
            unit: unit, key: key, problem: "\(cause)",
            exitStatus: known.contains(status) ? status : .unitFailed)
    }
}

/// Why a unit could not run.
public struct UnitBlocked: Error, Equatable, CustomStringConvertible {
    /// The unit that failed.
    public let needs: String

    public var description: String { "needs '\(needs)', which failed" }
}

/// An input that `--only` or `--unit` leaves out and the store does not have.
public struct UnselectedInput: InputError, Equatable {
    /// The unit that would have to run.
    public let unit: String
    /// `--only` or `--unit`.
    public let option: String

    public var description: String {
        "has not been run, and \(option) leaves it out\n  hint: run without \(option) once"
    }
}

/// The outcome of a run.
public struct RunSummary: Sendable, Hashable {
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
    /// What the program ends with.
    public var exitStatus = ProgramStatus.done

    /// Creates an empty summary.
    public init() {}

    /// The number that the program ends with.
    public var exitCode: Int32 { exitStatus.rawValue }

    /// What the program ends with by what the units did.
    var statusOfUnits: ProgramStatus {
        if isStopped { return .interrupted }
        let status = ProgramStatus.gravest(of: failures.map(\.exitStatus))
        return status == .done && failed + blocked > 0 ? .unitFailed : status
    }
}
