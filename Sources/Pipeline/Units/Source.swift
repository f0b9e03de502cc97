/// Content outside the store that a unit reads: a dataset folder, a checkpoint file.
public protocol Source: Sendable {
    /// Where the content is, as the user named it. Two sources of one type with equal locations are
    /// the same source, so it names everything that is read.
    var location: String { get }

    /// Digests the content. Called when a plan is made, never when a file is only validated.
    ///
    /// - Throws: an `InputError` when the content is missing or unreadable.
    func digest(_ fingerprints: any FingerprintCache) throws -> SourceState

    /// Whether `check` can find anything.
    var isCheckable: Bool { get }

    /// Looks at the content itself, after `digest`: a digest does not tell whether units can read it.
    ///
    /// - Throws: an `InputError` that names everything that they cannot read; `UnitInterrupted` when
    ///   the check is to stop.
    func check(_ check: SourceCheck) throws

    /// What readers of a result must know about this source; nil when there is nothing to say.
    ///
    /// - Parameter digest: the content that the result was computed from, in hexadecimal.
    func note(digest: String) -> ResultNote?
}

extension Source {
    /// A source that is read whole to be digested has nothing more to find.
    public var isCheckable: Bool { false }

    /// Finds nothing.
    public func check(_ check: SourceCheck) throws {}

    /// Says nothing.
    public func note(digest: String) -> ResultNote? { nil }
}

/// Something that stands beside a result: `weights: sup21k-orig (sha256 0123456789ab)`. It is shown, and
/// enters no key.
public struct ResultNote: Sendable, Hashable {
    /// What it is about, one word.
    public let name: String
    /// What is to be known.
    public let text: String

    /// Creates a note.
    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// What notes are about that a unit behind a result gave as a warning.
    public static let warning = "warning"

    /// A warning of a unit behind a result.
    public static func warning(_ text: String) -> ResultNote {
        ResultNote(name: warning, text: text)
    }
}

/// Counts that are known of a source without decoding it (pictures, classes, bytes), by name.
public typealias SourceFacts = [String: Int]

/// The content of a source at one moment.
public struct SourceState: Sendable, Hashable, Codable {
    /// SHA-256 of the content in lower-case hexadecimal; no path enters it.
    public let digest: String
    /// What is known about the content.
    public let facts: SourceFacts

    /// Creates a state.
    public init(digest: String, facts: SourceFacts = [:]) {
        self.digest = digest
        self.facts = facts
    }
}
