public import Pipeline
import Synchronization

/// Builds graphs of toy units over integers and counts how often each unit runs.
///
/// A unit's value is its parameter plus those of its inputs. Names are `stage/step`.
public final class ToyLab: Sendable {
    /// A toy unit.
    public struct Unit: Sendable {
        /// The stage; also the step.
        public var stage: String
        /// The kind.
        public var kind: String
        /// The version.
        public var version = 1
        /// What is added to the inputs.
        public var value: Int
        /// The stages it reads.
        public var inputs: [String]
        /// A file whose size is added.
        public var file: String?
        /// Steps of an iterated hash, each a step boundary; 0 for a unit without steps.
        public var steps = 0
        /// What it warns of at its start.
        public var warnings: [String] = []
        /// Called when the unit runs; what it throws is the unit's failure.
        public var body: @Sendable () throws -> Void = {}

        /// Creates a unit.
        public init(
            _ stage: String, kind: String = "toy", value: Int = 1, inputs: [String] = [],
            file: String? = nil, steps: Int = 0
        ) {
            self.stage = stage
            self.kind = kind
            self.value = value
            self.inputs = inputs
            self.file = file
            self.steps = steps
        }
    }

    private let runs = Mutex<[String: Int]>([:])
    private let steps = Mutex(0)

    /// Creates a lab without runs.
    public init() {}

    /// How often each unit ran since the last call.
    public func takeRuns() -> [String: Int] {
        runs.withLock { runs in
            defer { runs = [:] }
            return runs
        }
    }

    /// How many steps were computed.
    public var stepCount: Int { steps.withLock { $0 } }

    /// Builds a graph.
    ///
    /// - Precondition: inputs come before the units that read them.
    public func graph(_ units: [Unit], pipeline: String = "toys") -> UnitGraph {
        let builder = UnitGraphBuilder()
        var ids: [String: UnitID] = [:]
        for unit in units {
            let inputs = unit.inputs.enumerated().compactMap { index, stage in
                ids[stage].map { (role: "input-\(index)", unit: $0) }
            }
            precondition(inputs.count == unit.inputs.count, "unknown input of '\(unit.stage)'")
            ids[unit.stage] = builder.add(definition(unit, inputs), stage: unit.stage)
        }
        return builder.graph(pipeline: pipeline)
    }

    private func definition(
        _ unit: Unit, _ inputs: [(role: String, unit: UnitID)]
    ) -> UnitDefinition {
        let roles = inputs.map(\.role)
        return UnitDefinition(
            step: "run", kind: unit.kind, version: unit.version,
            parameters: .object(["value": .integer(unit.value), "steps": .integer(unit.steps)]),
            seed: 42, inputs: inputs,
            sources: unit.file.map { [(role: "file", source: ToyFile(location: $0))] } ?? []
        ) { [self] context in
            runs.withLock { $0[unit.stage, default: 0] += 1 }
            try unit.body()
            context.log("\(unit.stage) runs")
            for warning in unit.warnings { context.warn(warning) }
            var value = unit.value
            for role in roles { value &+= try context.input(role).toyValue }
            if unit.steps > 0 { value = try iterate(value, unit.steps, context) }
            return Artifact(toy: value)
        }
    }

    private func iterate(_ start: Int, _ count: Int, _ context: UnitContext) throws -> Int {
        var value = start
        var done = 0
        if let saved = try context.savedProgress() {
            value = saved.toyValue
            if case .integer(let steps)? = saved.attributes["done"] { done = steps }
        }
        while done < count {
            value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            done += 1
            steps.withLock { $0 += 1 }
            let (state, position) = (value, done)
            try context.step(done: done, of: count, loss: 1 / Double(done)) {
                var progress = Artifact(toy: state)
                progress.attributes["done"] = .integer(position)
                return progress
            }
        }
        return value
    }
}

/// A file as a source.
public struct ToyFile: Source {
    /// The file.
    public let location: String

    /// Creates a source.
    public init(location: String) { self.location = location }

    /// Digests the file.
    public func digest(_ fingerprints: any FingerprintCache) throws -> SourceState {
        let file = try fingerprints.fingerprint(of: location)
        return SourceState(digest: file.sha256, facts: ["bytes": file.byteCount])
    }
}

/// What a toy unit throws when it is told to fail.
public struct ToyFailure: Error, CustomStringConvertible {
    /// Creates a failure.
    public init() {}

    public var description: String { "the toy broke" }
}

/// Collects the events of a run.
public final class EventLog: Sendable {
    private let finishes = Mutex<[UnitFinish]>([])
    private let said = Mutex<[String]>([])
    private let names = Mutex<[String]>([])

    /// Creates an empty log.
    public init() {}

    /// Takes an event in.
    public func add(_ event: RunEvent) {
        names.withLock { $0.append(contentsOf: Self.names(event)) }
        if case .unitFinished(let finish) = event { finishes.withLock { $0.append(finish) } }
        if case .unitWarned(let unit, let text) = event {
            said.withLock { $0.append("\(unit): \(text)") }
        }
    }

    private static func names(_ event: RunEvent) -> [String] {
        switch event {
        case .unitStarted(let unit, _): ["\(unit) started"]
        case .unitProgress(let step): ["\(step.unit) \(step.done)/\(step.total)"]
        case .unitFinished(let finish): ["\(finish.unit) \(finish.outcome)"]
        case .runStarted, .inputProgress, .unitWarned, .runFinished: []
        }
    }

    /// How units ended, in order.
    public var all: [UnitFinish] { finishes.withLock { $0 } }

    /// The events of units, in order: `a/run started`, `a/run 1/3`, `a/run executed`.
    public var order: [String] { names.withLock { $0 } }

    /// The warnings of running units, as they came: `a/run: …`.
    public var warnings: [String] { said.withLock { $0 } }

    /// What finished units warn of or, reused, have warned of, by stage.
    public var keptWarnings: [String: [String]] {
        var kept: [String: [String]] = [:]
        for finish in finishes.withLock({ $0 }) where !finish.warnings.isEmpty {
            kept[finish.stage] = finish.warnings
        }
        return kept
    }

    /// What became of each unit, by stage: `executed: never run`, `reused`.
    public var outcomes: [String: String] {
        var outcomes: [String: String] = [:]
        for finish in finishes.withLock({ $0 }) {
            let reason = finish.reason.map { ": \($0)" } ?? ""
            outcomes[finish.stage] = finish.outcome.rawValue + reason
        }
        return outcomes
    }

    /// The digests of the artifacts, by stage.
    public var digests: [String: Digest] {
        var digests: [String: Digest] = [:]
        for finish in finishes.withLock({ $0 }) { digests[finish.stage] = finish.digest }
        return digests
    }
}
