/// The name of a unit's work: the SHA-256 of its key document.
public struct UnitKey: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The digest of the document.
    public let digest: Digest

    /// Wraps the digest of a key document.
    public init(_ digest: Digest) { self.digest = digest }

    /// 64 hexadecimal digits.
    public var hex: String { digest.hex }

    public var description: String { hex }

    /// 64 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }

    public init(from decoder: any Decoder) throws { digest = try Digest(from: decoder) }
}

/// Everything that decides what a unit computes, and nothing else: no YAML name, path, host, thread
/// count or verbosity enters.
///
/// ```swift
/// func document(rate: Double) -> KeyDocument {
///     KeyDocument(
///         kind: "train-task", version: 1, parameters: .object(["lr": .real(rate)]), seed: 42,
///         inputs: [:], sources: [:])
/// }
/// let keys = [0.01, 0.02, 0.01].map { document(rate: $0).key }
/// keys[0]  // keys[2]
/// Set(keys).count  // 2
/// ```
public struct KeyDocument: Sendable, Hashable {
    /// The unit kind.
    public let kind: String
    /// The version of the kind's code.
    public let version: Int
    /// The parameters the unit reads, defaults filled in.
    public let parameters: Value
    /// The seed, if the unit draws random numbers.
    public let seed: Int?
    /// The digests of the artifacts it reads, by role.
    public let inputs: [String: Digest]
    /// The digests of external content it reads, by role.
    public let sources: [String: Digest]

    /// Creates a document.
    public init(
        kind: String, version: Int, parameters: Value, seed: Int?, inputs: [String: Digest],
        sources: [String: Digest]
    ) {
        self.kind = kind
        self.version = version
        self.parameters = parameters
        self.seed = seed
        self.inputs = inputs
        self.sources = sources
    }

    /// The document as it is hashed and stored.
    public var value: Value {
        var members: [String: Value] = [
            "kind": .string(kind), "version": .integer(version), "parameters": parameters,
            "inputs": .object(inputs.mapValues { .string($0.hex) }),
            "sources": .object(sources.mapValues { .string($0.hex) }),
        ]
        if let seed { members["seed"] = .integer(seed) }
        return .object(members)
    }

    /// The key: SHA-256 of `hide-pipeline unit 1`, a line feed and the canonical JSON.
    public var key: UnitKey {
        UnitKey(Digest(of: "hide-pipeline unit 1\n" + value.canonicalJSON))
    }

    /// Reads a stored document; nil when it is none.
    public init?(_ value: Value) {
        guard case .object(let members) = value,
            case .string(let kind)? = members["kind"],
            case .integer(let version)? = members["version"],
            let parameters = members["parameters"],
            let inputs = members["inputs"].flatMap(Self.digests),
            let sources = members["sources"].flatMap(Self.digests)
        else { return nil }
        var seed: Int?
        if let member = members["seed"] {
            guard case .integer(let number) = member else { return nil }
            seed = number
        }
        self.init(
            kind: kind, version: version, parameters: parameters, seed: seed, inputs: inputs,
            sources: sources)
    }

    static func digests(_ value: Value) -> [String: Digest]? {
        guard case .object(let members) = value else { return nil }
        var digests: [String: Digest] = [:]
        for (role, member) in members {
            guard case .string(let hex) = member, let digest = Digest(hex: hex) else { return nil }
            digests[role] = digest
        }
        return digests
    }
}
