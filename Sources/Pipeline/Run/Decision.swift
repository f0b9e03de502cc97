/// What becomes of a unit, and why. `plan`, `run`, `status`, `why` and `results` all show this.
public struct Decision: Sendable {
    /// What becomes of a unit.
    public enum Verdict: Sendable, Hashable {
        /// Its artifact is there.
        case reuse
        /// It runs.
        case run(RunReason)
        /// Units before it run; if their artifacts come out as they were, its own is there.
        case runUnlessUnchanged
        /// Something it reads, or a unit before it reads, is missing.
        case missingInput(String)

        /// Whether `plan --exit-code` counts it.
        public var wouldRun: Bool {
            switch self {
            case .run, .runUnlessUnchanged: true
            case .reuse, .missingInput: false
            }
        }
    }

    /// What keeps a unit from running, for the run that meets it.
    struct Obstacle: Sendable {
        let error: any Error
        /// The key, where it is known all the same.
        let key: UnitKey?
    }

    /// The unit.
    public let unit: UnitNode
    /// What becomes of it.
    public let verdict: Verdict
    /// Its key; nil while an input is not known.
    public let key: UnitKey?
    /// Its document; with expected digests when units before it run; nil when there are none.
    public let document: KeyDocument?
    /// The record that the document is compared with.
    public let previous: UnitRecord?
    /// The units whose outcome decides.
    public let waitsFor: [String]
    /// What keeps it from running; nil unless the verdict is a missing input of its own.
    let obstacle: Obstacle?

    init(
        _ unit: UnitNode, _ verdict: Verdict, key: UnitKey? = nil, document: KeyDocument? = nil,
        previous: UnitRecord? = nil, waitsFor: [String] = [], obstacle: Obstacle? = nil
    ) {
        self.unit = unit
        self.verdict = verdict
        self.key = waitsFor.isEmpty ? key : nil
        self.document = document
        self.previous = previous
        self.waitsFor = waitsFor
        self.obstacle = obstacle
    }

    /// What the unit warned of when it ran; empty unless its artifact is there.
    public var warnings: [String] { verdict == .reuse ? previous?.warnings ?? [] : [] }

    /// Whether a source that the unit itself reads is missing, and not only one of units before it.
    public var isOwnInputMissing: Bool {
        if case .missingInput = verdict { waitsFor.isEmpty } else { false }
    }

    /// Whether `--only` or `--unit` leaves it out although it is not there.
    public var isUnselected: Bool { obstacle?.error is UnselectedInput }

    /// Where the document differs from that of the last run; empty when nothing is known of one.
    public var differences: [DocumentDifference] {
        guard let document, let previous else { return [] }
        return DocumentDifference.between(previous.document, document)
    }
}
