/// What stands beside an artifact and outlives it: enough to plan without opening an HDF5 file.
public struct UnitRecord: Sendable, Hashable {
    /// The key of the unit.
    public let key: UnitKey
    /// The digest of the artifact's content.
    public let digest: Digest
    /// The digest of the artifact's file.
    public let fileDigest: Digest
    /// The size of the file in bytes.
    public let byteCount: Int
    /// The names under which the unit ran.
    public let name: UnitName
    /// The document behind the key.
    public let document: KeyDocument
    /// How long the unit ran.
    public let seconds: Double
    /// When it was finished, in seconds since 1970.
    public let finished: Double
    /// What it warned of when it ran.
    public let warnings: [String]
    /// The digests of views of the artifact, by name.
    let views: [String: Digest]
    /// The facts of the file as it was written; a file with other facts is hashed before it is used.
    let modified: Int
    let inode: UInt64

    /// The digest of what is read of the artifact: of a view, or of the whole.
    func digest(ofView view: String?) -> Digest { view.flatMap { views[$0] } ?? digest }

    /// The text of the record's file: one line of JSON and one with its SHA-256.
    var text: String {
        let line = value.canonicalJSON + "\n"
        return line + Digest(of: line).hex + "\n"
    }

    /// Reads the bytes of a record's file; nil unless they are whole and unaltered.
    init?(_ bytes: [UInt8]) {
        // The digest line has 64 digits and a line feed.
        guard bytes.count > 65, bytes.last == 10 else { return nil }
        let line = Array(bytes.dropLast(65))
        let digits = String(decoding: bytes.suffix(65).dropLast(), as: UTF8.self)
        guard Digest(of: line).hex == digits, let value = try? Value(json: line) else { return nil }
        self.init(value)
    }

    /// The file of an artifact as it was written.
    struct File {
        let digest: Digest
        let facts: FileFacts
    }

    /// How a unit ran.
    struct Run {
        let seconds: Double
        let finished: Double
        let warnings: [String]
    }

    /// - Parameter key: that of the document.
    init(
        key: UnitKey, digest: Digest, file: File, name: UnitName, document: KeyDocument, run: Run,
        views: [String: Digest]
    ) {
        self.key = key
        self.digest = digest
        fileDigest = file.digest
        byteCount = file.facts.byteCount
        modified = file.facts.modified
        inode = file.facts.inode
        self.name = name
        self.document = document
        seconds = run.seconds
        finished = run.finished
        warnings = run.warnings
        self.views = views
    }

    /// The record of a unit that has been finished.
    init(_ unit: UnitProtocol, key: UnitKey, digest: Digest, file: File, finished: Double) {
        self.init(
            key: key, digest: digest, file: file, name: unit.name, document: unit.document,
            run: Run(seconds: unit.seconds, finished: finished, warnings: unit.warnings),
            views: unit.views)
    }

    var facts: FileFacts {
        FileFacts(byteCount: byteCount, modified: modified, inode: inode)
    }

    private var value: Value {
        var members: [String: Value] = [
            "key": .string(key.hex), "digest": .string(digest.hex),
            "file": .object([
                "digest": .string(fileDigest.hex), "bytes": .integer(byteCount),
                "modified": .integer(modified), "inode": .integer(Int(truncatingIfNeeded: inode)),
            ]),
            "unit": .string(name.unit), "stage": .string(name.stage),
            "pipeline": .string(name.pipeline), "document": document.value,
            "seconds": .real(seconds), "finished": .real(finished),
        ]
        // Left out where there are none: such records are the same bytes for all versions.
        if !views.isEmpty { members["views"] = .object(views.mapValues { .string($0.hex) }) }
        if !warnings.isEmpty { members["warnings"] = .array(warnings.map(Value.string)) }
        return .object(members)
    }

    private init?(_ value: Value) {
        guard let key = value["key"]?.digest, let digest = value["digest"]?.digest,
            let file = value["file"], let fileDigest = file["digest"]?.digest,
            case .integer(let byteCount)? = file["bytes"],
            case .integer(let modified)? = file["modified"],
            case .integer(let inode)? = file["inode"],
            case .string(let unit)? = value["unit"], case .string(let stage)? = value["stage"],
            case .string(let pipeline)? = value["pipeline"],
            let document = value["document"].flatMap(KeyDocument.init),
            case .real(let seconds)? = value["seconds"],
            case .real(let finished)? = value["finished"],
            let warnings = (value["warnings"] ?? .array([])).texts,
            let views = KeyDocument.digests(value["views"] ?? .object([:])),
            // The seal tells accidents; these tell a record that was made wrong.
            document.key.digest == key, byteCount >= 0, seconds.isFinite, seconds >= 0,
            finished.isFinite, finished >= 0
        else { return nil }
        self.init(
            key: UnitKey(key), digest: digest,
            file: File(
                digest: fileDigest,
                facts: FileFacts(
                    byteCount: byteCount, modified: modified,
                    inode: UInt64(truncatingIfNeeded: inode))),
            name: UnitName(unit: unit, stage: stage, pipeline: pipeline), document: document,
            run: Run(seconds: seconds, finished: finished, warnings: warnings), views: views)
    }
}

/// What people call a unit. Never part of a key.
public struct UnitName: Sendable, Hashable {
    /// The unit: `hide/train[3]{seed=42}`.
    public let unit: String
    /// Its stage.
    public let stage: String
    /// The pipeline.
    public let pipeline: String

    /// Creates a name.
    public init(unit: String, stage: String, pipeline: String) {
        self.unit = unit
        self.stage = stage
        self.pipeline = pipeline
    }
}

extension Value {
    /// The member of an object; nil for other values.
    subscript(key: String) -> Value? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The elements of an array of texts; nil for other values.
    fileprivate var texts: [String]? {
        guard case .array(let elements) = self else { return nil }
        let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
        return texts.count == elements.count ? texts : nil
    }

    /// The digest that a text spells.
    var digest: Digest? {
        if case .string(let hex) = self { Digest(hex: hex) } else { nil }
    }
}
