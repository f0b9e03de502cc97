/// What the store knows about a key without opening an HDF5 file.
public enum StoredState: Sendable, Hashable {
    /// The unit has never been finished.
    case absent
    /// The unit was finished, but its artifact is gone.
    case missing(UnitRecord)
    /// The artifact is not what was recorded, or the record itself cannot be read (then nil).
    case damaged(UnitRecord?)
    /// The artifact is there.
    case present(UnitRecord)

    /// The record, whatever became of the artifact.
    public var record: UnitRecord? {
        switch self {
        case .absent: nil
        case .missing(let record), .present(let record): record
        case .damaged(let record): record
        }
    }
}

/// What is stored beside an artifact's content, and never enters its digest.
public struct UnitProtocol: Sendable, Hashable {
    /// The names under which the unit ran.
    public var name: UnitName
    /// The document behind the key.
    public var document: KeyDocument
    /// How long the unit ran, interruptions left out.
    public var seconds: Double
    /// What the unit logged, one line an entry.
    public var log: [String]
    /// Host, BLAS kernel, versions: whatever the program wants on record.
    public var environment: [String: String]
    /// The digests of the artifact's views, by name.
    public var views: [String: Digest]

    /// The warnings among the lines of the log.
    var warnings: [String] { log.compactMap(WarningLine.text) }

    /// Creates a protocol.
    public init(
        name: UnitName, document: KeyDocument, seconds: Double, log: [String],
        environment: [String: String], views: [String: Digest] = [:]
    ) {
        self.name = name
        self.document = document
        self.seconds = seconds
        self.log = log
        self.environment = environment
        self.views = views
    }
}

/// A unit's progress at a step boundary.
public struct UnitProgress: Sendable, Equatable {
    /// What the unit needs to go on.
    public var state: Artifact
    /// How long the unit has run so far.
    public var seconds: Double
    /// What it has logged so far.
    public var log: [String]

    /// Creates a progress.
    public init(state: Artifact, seconds: Double, log: [String]) {
        self.state = state
        self.seconds = seconds
        self.log = log
    }
}

/// The right to work on one unit, exclusive among all processes; ends with the process.
public protocol UnitOwnership: Sendable {
    /// Gives the unit back. Later calls do nothing.
    func release()
}

/// Keeps artifacts by key. Every call may come from any thread.
public protocol ArtifactStore: Sendable {
    /// Remembers the digests of input files.
    var fingerprints: any FingerprintCache { get }
    /// Keeps vectors outside the unit graph.
    var memo: VectorMemo { get }

    /// Whether there is a store already. The first write makes one.
    ///
    /// - Throws: when that cannot be told.
    var exists: Bool { get throws(StoreError) }

    /// Tells what is known about a key. Opens no HDF5 file.
    func state(of key: UnitKey) throws(StoreError) -> StoredState
    /// All readable records, in the order of their keys.
    func records() throws(StoreError) -> [UnitRecord]
    /// Reads an artifact.
    func artifact(of record: UnitRecord) throws(StoreError) -> Artifact
    /// Reads what is stored beside an artifact.
    func unitProtocol(of record: UnitRecord) throws(StoreError) -> UnitProtocol
    /// Stores an artifact in place of what is there under its key. The caller owns the unit.
    func save(_ artifact: Artifact, _ unit: UnitProtocol) throws(StoreError) -> UnitRecord

    /// Takes the right to work on a unit; nil while somebody else has it.
    func own(_ key: UnitKey) throws(StoreError) -> (any UnitOwnership)?
    /// Whether somebody works on a unit at this moment.
    func isOwned(_ key: UnitKey) throws(StoreError) -> Bool
    /// The progress of an interrupted unit; nil when there is none or it is damaged.
    func progress(of key: UnitKey) throws(StoreError) -> UnitProgress?
    /// Stores progress in place of earlier progress. The caller owns the unit.
    func saveProgress(_ progress: UnitProgress, of key: UnitKey) throws(StoreError)
    /// The log of a unit that failed or was interrupted; nil when there is none.
    func log(of key: UnitKey) throws(StoreError) -> [String]?
    /// Stores the log of a unit that failed or was interrupted. The caller owns the unit.
    func saveLog(_ log: [String], of key: UnitKey) throws(StoreError)

    /// Removes what dead processes left behind and nobody needs.
    func removeLeftovers()
    /// Saves the memory of input digests.
    func saveFingerprints() throws(StoreError)
}
