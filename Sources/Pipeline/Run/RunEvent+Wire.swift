/// A line that is no event of a run.
public struct RunEventError: Error, Equatable, CustomStringConvertible {
    /// What is wrong with it.
    public let problem: String

    public var description: String { "not an event of a run: \(problem)" }
}

extension RunEvent {
    /// The event as one line of JSON, without a line feed.
    ///
    /// A number that is not finite is `null`, as JSON has no word for it.
    public var line: String { JSONObject(members: members).text }

    /// Reads a line; nil for an event that a newer version has and this one does not know.
    public init?(line: String) throws(RunEventError) {
        let value: Value
        do {
            value = try Value(json: line)
        } catch {
            throw RunEventError(problem: "\(error)")
        }
        guard case .object(let members) = value else {
            throw RunEventError(problem: "it is no object")
        }
        try self.init(members)
    }

    /// Reads the lines of `run --json`, those of a newer version left out.
    public static func list(_ text: String) throws(RunEventError) -> [RunEvent] {
        var events: [RunEvent] = []
        for line in text.split(separator: "\n") {
            if let event = try RunEvent(line: String(line)) { events.append(event) }
        }
        return events
    }

    // MARK: Writing

    /// The members of its object, in the order of the line; what there is nothing of is left out.
    var members: [(key: String, value: Value)] {
        switch self {
        case .runStarted(let pipeline, let units):
            Self.object("run-started", ["pipeline": .string(pipeline), "units": .integer(units)])
        case .inputProgress(let location, let done, let total):
            Self.object(
                "input-progress",
                [
                    "location": .string(location), "done": .integer(done),
                    "of": .integer(total),
                ])
        case .unitStarted(let unit, let stage):
            Self.object("unit-started", ["unit": .string(unit), "stage": .string(stage)])
        case .unitProgress(let step): Self.object("unit-progress", step.members)
        case .unitWarned(let unit, let warning):
            Self.object("unit-warning", ["unit": .string(unit), "warning": .string(warning)])
        case .unitFinished(let finish): Self.object("unit-finished", finish.members)
        case .runFinished(let summary): Self.object("run-finished", summary.members)
        }
    }

    private static func object(
        _ event: String, _ members: KeyValuePairs<String, Value?>
    ) -> [(key: String, value: Value)] {
        [("event", .string(event))] + members.compactMap { key, value in value.map { (key, $0) } }
    }

    // MARK: Reading

    init?(_ object: [String: Value]) throws(RunEventError) {
        let members = WireMembers(object)
        switch try members.text("event") {
        case "run-started":
            self = .runStarted(
                pipeline: try members.text("pipeline"), units: try members.count("units"))
        case "input-progress":
            self = .inputProgress(
                location: try members.text("location"), done: try members.count("done"),
                total: try members.count("of"))
        case "unit-started":
            self = .unitStarted(unit: try members.text("unit"), stage: try members.text("stage"))
        case "unit-progress": self = .unitProgress(try UnitStep(members))
        case "unit-warning":
            self = .unitWarned(
                unit: try members.text("unit"), warning: try members.text("warning"))
        case "unit-finished": self = .unitFinished(try UnitFinish(members))
        case "run-finished": self = .runFinished(try RunSummary(members))
        default: return nil
        }
    }
}

extension UnitStep {
    fileprivate var members: KeyValuePairs<String, Value?> {
        [
            "unit": .string(unit), "done": .integer(done), "of": .integer(total),
            "loss": loss.map(Value.real), "detail": detail.map(Value.string),
            "pictures": pictures > 0 ? .integer(pictures) : nil,
        ]
    }

    fileprivate init(_ members: WireMembers) throws(RunEventError) {
        self.init(
            unit: try members.text("unit"), done: try members.count("done"),
            total: try members.count("of"), loss: try members.maybe("loss", \.wireNumber),
            detail: try members.maybe("detail", \.wireText),
            pictures: try members.maybe("pictures", \.wireCount) ?? 0)
    }
}

extension UnitFinish {
    fileprivate var members: KeyValuePairs<String, Value?> {
        [
            "unit": .string(unit), "stage": .string(stage), "outcome": .string(outcome.rawValue),
            "key": key.map { .string($0.hex) } ?? .null,
            "reason": reason.map { .string($0.rawValue) } ?? .null, "seconds": .real(seconds),
            "problem": failure.map { .string($0.description) },
            "exit": failure.map { .integer(Int($0.exitStatus.rawValue)) },
            "digest": digest.map { .string($0.hex) },
            "warnings": warnings.isEmpty ? nil : .array(warnings.map(Value.string)),
        ]
    }

    fileprivate init(_ members: WireMembers) throws(RunEventError) {
        let key = try members.maybe("key", \.digest).map(UnitKey.init)
        let unit = try members.text("unit")
        self.init(
            unit: unit, stage: try members.text("stage"),
            outcome: try members.the("outcome") { $0.wireText.flatMap(Outcome.init) }, key: key,
            // A newer version may know more reasons.
            reason: try members.maybe("reason", \.wireText).flatMap(RunReason.init),
            seconds: try members.the("seconds", \.wireNumber),
            digest: try members.maybe("digest", \.digest),
            failure: try UnitFailure(members, unit: unit, key: key),
            warnings: try members.maybe("warnings", \.wireTexts) ?? [])
    }
}

extension UnitFailure {
    /// Nil where nothing failed.
    fileprivate init?(_ members: WireMembers, unit: String, key: UnitKey?) throws(RunEventError) {
        guard let problem = try members.maybe("problem", \.wireText) else { return nil }
        self.init(
            unit: unit, key: key, description: problem,
            exitStatus: try members.maybe("exit", \.wireStatus) ?? .unitFailed)
    }

    fileprivate var value: Value {
        var members: [String: Value] = [
            "unit": .string(unit), "problem": .string(description),
            "exit": .integer(Int(exitStatus.rawValue)),
        ]
        members["key"] = key.map { .string($0.hex) }
        return .object(members)
    }

    fileprivate init(_ value: Value) throws(RunEventError) {
        guard case .object(let object) = value else {
            throw RunEventError(problem: "a failure is no object")
        }
        let members = WireMembers(object)
        self.init(
            unit: try members.text("unit"),
            key: try members.maybe("key", \.digest).map(UnitKey.init),
            description: try members.text("problem"),
            exitStatus: try members.the("exit", \.wireStatus))
    }
}

extension RunSummary {
    fileprivate var members: KeyValuePairs<String, Value?> {
        [
            "executed": .integer(executed), "reused": .integer(reused),
            "failed": .integer(failed), "blocked": .integer(blocked),
            "interrupted": .integer(interrupted), "seconds": .real(seconds),
            "exit": .integer(Int(exitCode)), "stopped": isStopped ? .bool(true) : nil,
            "failures": failures.isEmpty ? nil : .array(failures.map(\.value)),
        ]
    }

    fileprivate init(_ members: WireMembers) throws(RunEventError) {
        self.init()
        executed = try members.count("executed")
        reused = try members.count("reused")
        failed = try members.count("failed")
        blocked = try members.count("blocked")
        interrupted = try members.count("interrupted")
        seconds = try members.the("seconds", \.wireNumber)
        exitStatus = try members.the("exit", \.wireStatus)
        isStopped = try members.maybe("stopped") { $0 == .bool(true) } ?? false
        for value in try members.maybe("failures", \.wireArray) ?? [] {
            failures.append(try UnitFailure(value))
        }
    }
}
