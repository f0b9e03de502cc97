/// What a running unit can reach: its inputs, how many threads it may use, its log and progress.
public struct UnitContext: Sendable {
    /// The threads that the unit may keep busy. Never changes a result.
    public let threads: Int
    private let work: UnitSession

    init(threads: Int, work: UnitSession) {
        self.threads = threads
        self.work = work
    }

    /// Creates a context without a store: inputs are given, nothing is saved.
    package init(threads: Int, inputs: [String: Artifact], digests: [String: String]) {
        self.threads = threads
        work = UnitSession(digests: digests) { role in
            guard let artifact = inputs[role] else { preconditionFailure("no input '\(role)'") }
            return artifact
        }
    }

    /// Returns the artifact of an input.
    ///
    /// - Precondition: the unit's definition has an input with this role.
    public func input(_ role: String) throws -> Artifact { try work.input(role) }

    /// Returns the digest of an input.
    ///
    /// - Precondition: the unit's definition has an input with this role.
    public func inputDigest(_ role: String) -> String {
        guard let digest = work.digests[role] else { preconditionFailure("no input '\(role)'") }
        return digest
    }

    /// Adds a line to the log, which is stored beside the artifact and never enters its digest.
    public func log(_ line: String) { work.log(line) }

    /// Says something that a reader of the result must know, in one line: it is logged behind
    /// `warning: `, shown at once to whoever watches the run, and kept in the unit's record, so that
    /// later runs say it again. The same text is said once.
    public func warn(_ text: String) { work.warn(text) }

    /// What has been logged so far.
    package var log: [String] { work.log }

    /// Vectors kept outside the unit graph.
    public var memo: VectorMemo { work.memo }

    /// Reports a step boundary. Saves progress when the last saving is long ago or a stop was asked
    /// for; in the latter case the unit ends here and goes on in the next run.
    ///
    /// - Parameters:
    ///   - done: the steps done.
    ///   - total: the steps in all.
    ///   - loss: the loss of the step, where there is one.
    ///   - detail: where the unit is: `epoch 2/5`.
    ///   - pictures: the pictures that went through in this step.
    ///   - progress: everything the unit needs to go on from here to the same bits; nil for a unit
    ///     so short that it starts again.
    /// - Throws: `UnitInterrupted`, which the unit lets through, or a `StoreError`.
    public func step(
        done: Int, of total: Int, loss: Double? = nil, detail: String? = nil, pictures: Int = 0,
        progress: (() throws -> Artifact)? = nil
    ) throws {
        try work.step(
            done: done, of: total, loss: loss, detail: detail, pictures: pictures,
            progress: progress)
    }

    /// Returns what an interrupted run of this unit saved last; nil when the unit starts anew.
    public func savedProgress() throws -> Artifact? { try work.savedProgress() }
}
