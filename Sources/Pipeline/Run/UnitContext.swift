/// What a running unit can reach: its inputs, and how many threads it may use.
public struct UnitContext: Sendable {
    /// The threads that the unit may keep busy. Never changes a result.
    public let threads: Int
    private let inputs: [String: Artifact]
    private let digests: [String: String]

    package init(threads: Int, inputs: [String: Artifact], digests: [String: String]) {
        self.threads = threads
        self.inputs = inputs
        self.digests = digests
    }

    /// Returns the artifact of an input.
    ///
    /// - Precondition: the unit's definition has an input with this role.
    public func input(_ role: String) throws -> Artifact {
        guard let artifact = inputs[role] else { preconditionFailure("no input '\(role)'") }
        return artifact
    }

    /// Returns the digest of an input.
    ///
    /// - Precondition: the unit's definition has an input with this role.
    public func inputDigest(_ role: String) -> String {
        guard let digest = digests[role] else { preconditionFailure("no input '\(role)'") }
        return digest
    }
}
