/// A pipeline file and what was set in it: enough to expand the same graph in another process.
public struct PipelineOrigin: Sendable, Hashable, Codable {
    /// The file, as it was named.
    public let file: String
    /// `NAME=VALUE` or `@FILE`, in their order.
    public let settings: [String]

    /// Creates an origin.
    public init(file: String, settings: [String]) {
        self.file = file
        self.settings = settings
    }
}

/// A unit whose inputs are all in the store, as it is handed to an executor. It can be sent to another
/// process, which finds in the store everything that is only named here.
public struct UnitTask: Sendable, Hashable, Codable {
    /// An artifact that the unit reads.
    public struct Input: Sendable, Hashable, Codable {
        /// The unit that made it.
        public let unit: String
        /// Its key.
        public let key: UnitKey
        /// The digest of its content.
        public let digest: Digest
    }

    /// What the unit may use and will need. Never changes a result.
    public struct Resources: Sendable, Hashable, Codable {
        /// The threads that it may keep busy, at least 1.
        public let cores: Int
        /// The bytes of memory that it is expected to hold at once; nil where that is not known.
        public let memory: Int?
    }

    /// The file of the graph; nil for a graph that is of none.
    public let origin: PipelineOrigin?
    /// The unit, by its name in the graph.
    public let unit: String
    /// Its stage.
    public let stage: String
    /// The key by the inputs below. An executor that comes to another one fails the unit.
    public let key: UnitKey
    /// What it reads, by role.
    public let inputs: [String: Input]
    /// What it may use.
    public let resources: Resources
    /// Why it runs.
    public let reason: RunReason

    /// Whether it runs although its artifact is there.
    public var isForced: Bool { reason == .forced }
}

/// What became of a unit that was handed to an executor.
public struct UnitReport: Sendable, Hashable, Codable {
    /// How it ended.
    public enum Outcome: Sendable, Hashable, Codable {
        /// It ran, and its artifact is in the store.
        case executed(seconds: Double)
        /// Its artifact is in the store: another run made it meanwhile.
        case reused
        /// It failed; its log is in the store where there is one.
        case failed(problem: String, exit: ProgramStatus, seconds: Double)
        /// It saved its progress on a stop.
        case interrupted(seconds: Double)
        /// Another run has it in work. It is handed out again when that is over.
        case busy

        /// A failure by an error.
        static func failed(_ error: any Error, seconds: Double = 0) -> Outcome {
            .failed(problem: "\(error)", exit: ProgramStatus(of: error), seconds: seconds)
        }
    }

    /// The key of the task.
    public let key: UnitKey
    /// How it ended.
    public let outcome: Outcome

    /// Creates a report.
    public init(key: UnitKey, outcome: Outcome) {
        self.key = key
        self.outcome = outcome
    }
}

/// The unit of a task is another one by the files and the store of now.
struct OtherUnit: Error, CustomStringConvertible {
    let expected: UnitKey
    /// The key of now; nil when there is no such unit.
    let found: UnitKey?

    var description: String {
        let found = found.map { "it is \($0.shortened)" } ?? "there is no such unit"
        return "was planned as \(expected.shortened), and now \(found)\n"
            + "  hint: a file or setting changed while the run went on; run again"
    }
}
