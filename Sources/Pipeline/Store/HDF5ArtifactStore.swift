import Glibc
import Synchronization

/// The store on disk (Docs/CacheFormat.md). Folders are made by the first write, so that looking
/// at a store leaves no trace.
///
/// Every file is written under a private name, synced, and moved over its final name; nothing is
/// deleted before its replacement stands. Whatever a crash leaves is either complete or ignored.
public final class HDF5ArtifactStore: ArtifactStore {
    let layout: StoreLayout
    let files: any FileLayer
    let inputs: Fingerprints
    public let memo: VectorMemo
    private let isPrepared = Mutex(false)

    public var fingerprints: any FingerprintCache { inputs }

    /// The folder the user named.
    public var path: String { layout.root }

    /// Opens a store, which need not exist.
    ///
    /// - Throws: when the folder holds a store of another format, when its format line is damaged, or
    ///   when it is a file.
    public convenience init(path: String) throws(StoreError) {
        try self.init(path: path, files: DiskFiles())
    }

    package convenience init(path: String, files: any FileLayer) throws(StoreError) {
        self.init(unchecked: path, files: files)
        switch try format() {
        case .none, .ours: return
        case .other(let line): throw .otherFormat(store: path, found: line)
        case .damaged(let problem): throw .damagedFormat(store: path, problem: problem)
        }
    }

    /// Opens a store whatever its format line says.
    init(unchecked path: String, files: any FileLayer) {
        layout = StoreLayout(root: path)
        self.files = files
        inputs = Fingerprints(files: files, path: layout.fingerprints)
        memo = VectorMemo(files: files, layout: layout)
    }

    public func state(of key: UnitKey) throws(StoreError) -> StoredState {
        try wrapped { () throws(FileError) in
            let bytes: [UInt8]
            do throws(FileError) {
                bytes = try files.read(layout.record(key))
            } catch {
                if error.isAbsence { return .absent }
                throw error
            }
            guard let record = UnitRecord(bytes), record.key == key else { return .damaged(nil) }
            return try state(of: record)
        }
    }

    /// Compares the artifact's file with its record; reads it only when it was touched.
    private func state(of record: UnitRecord) throws(FileError) -> StoredState {
        let path = layout.artifact(record.key)
        guard let facts = try files.facts(about: path) else { return .missing(record) }
        if facts == record.facts { return .present(record) }
        guard facts.byteCount == record.byteCount else { return .damaged(record) }
        let digest = try inputs.digest(of: path).digest
        return digest == record.fileDigest ? .present(record) : .damaged(record)
    }

    public func records() throws(StoreError) -> [UnitRecord] {
        try wrapped { () throws(FileError) in
            var records: [UnitRecord] = []
            for name in try files.names(in: layout.records) {
                if let record = try record(named: name) { records.append(record) }
            }
            return records
        }
    }

    /// The record in a file of the folder of records; nil when it is none, or gone because another run
    /// replaces it. A damaged record says nothing; one under the name of another key is none.
    func record(named name: String) throws(FileError) -> UnitRecord? {
        do throws(FileError) {
            let record = UnitRecord(try files.read("\(layout.records)/\(name)"))
            return record.flatMap { name == layout.recordName($0.key) ? $0 : nil }
        } catch {
            if error.isAbsence || error.found != nil { return nil }
            throw error
        }
    }

    public func artifact(of record: UnitRecord) throws(StoreError) -> Artifact {
        try open(record) { (file) throws(HDF5Error) in try ArtifactFile.artifact(in: file) }
    }

    public func unitProtocol(of record: UnitRecord) throws(StoreError) -> UnitProtocol {
        try open(record) { (file) throws(HDF5Error) in try ArtifactFile.unitProtocol(in: file) }
    }

    public func save(
        _ artifact: Artifact, _ unit: UnitProtocol
    ) throws(StoreError) -> UnitRecord {
        let key = unit.document.key
        let digest = artifact.digest
        let bytes = try ArtifactFile.encode(artifact, digest: digest, key: key, unit)
        let fileDigest = Digest(of: bytes)
        try prepare()
        let staged = layout.staged(key.hex, "h5")
        try wrapped { () throws(FileError) in try files.write(bytes, to: staged) }
        try check(staged: staged, bytes, fileDigest: fileDigest, digest: digest, key: key)
        return try wrapped { () throws(FileError) in
            // An artificial age: any later change gives the file another modification time, even
            // within one tick of the file system's clock.
            try files.setModified(staged, to: files.now() - 1_000_000_000)
            try files.replace(layout.artifact(key), with: staged)
            guard let facts = try files.facts(about: layout.artifact(key)) else {
                throw FileError(operation: "read", path: layout.artifact(key), code: ENOENT)
            }
            let saved = UnitRecord(
                unit, key: key, digest: digest,
                file: UnitRecord.File(digest: fileDigest, facts: facts),
                finished: Double(files.now()) / 1e9)
            try replace(layout.record(key), owner: key.hex, "json", Array(saved.text.utf8))
            // The unit is finished. What cannot be removed now is removed by a later run.
            try? removeProgress(of: key)
            try? files.remove(layout.log(key))
            return saved
        }
    }

    /// Reads a staged artifact back from the disk.
    private func check(
        staged: String, _ bytes: [UInt8], fileDigest: Digest, digest: Digest, key: UnitKey
    ) throws(StoreError) {
        let written = try wrapped { () throws(FileError) in try files.digest(of: staged) }
        guard written == fileDigest else {
            throw .unreadable(key: key, problem: "the file differs from what was written")
        }
        // The file holds these bytes; libhdf5 needs no file to read them.
        do throws(HDF5Error) {
            let file = try HDF5File.open(HDF5Source(bytes), as: staged)
            if try file.attributes()["digest"] == .string(digest.hex) { return }
        } catch {
            throw .unreadable(key: key, problem: error.description)
        }
        throw .unreadable(key: key, problem: "the file does not hold its digest")
    }

    /// Opens an artifact after making sure that its file is the recorded one: libhdf5 never sees a
    /// damaged file.
    private func open<Result: Sendable>(
        _ record: UnitRecord, _ body: (HDF5File) throws(HDF5Error) -> Result
    ) throws(StoreError) -> Result {
        let found = try wrapped { () throws(FileError) -> StoredState in try state(of: record) }
        switch found {
        case .present: break
        case .absent, .missing:
            throw .unreadable(key: record.key, problem: "the file is gone")
        case .damaged:
            throw .unreadable(key: record.key, problem: "the file is not the recorded one")
        }
        let path = layout.artifact(record.key)
        let source = try wrapped { () throws(FileError) in HDF5Source(try files.open(path)) }
        do throws(HDF5Error) {
            let file = try HDF5File.open(source, as: path)
            let attributes = try file.attributes()
            if attributes["digest"] == .string(record.digest.hex),
                attributes["key"] == .string(record.key.hex)
            {
                return try body(file)
            }
        } catch {
            if let failure = source.failure { throw .file(store: layout.root, failure) }
            throw .unreadable(key: record.key, problem: error.description)
        }
        throw contradiction(record, "the file holds another artifact than the record says")
    }

    /// The error for a record that says what is not so, which is forgotten: while it stands, the unit
    /// counts as finished.
    func contradiction(_ record: UnitRecord, _ problem: String) -> StoreError {
        try? files.remove(layout.record(record.key))
        return .unreadable(key: record.key, problem: problem)
    }

    // MARK: Files

    /// Writes a file whole or not at all. The caller holds the lock called `owner`.
    func replace(
        _ path: String, owner: String, _ suffix: String, _ bytes: [UInt8]
    ) throws(FileError) {
        let staged = layout.staged(owner, suffix)
        try files.write(bytes, to: staged)
        try files.replace(path, with: staged)
    }

    /// Makes the folders and the format marker before the first write.
    func prepare() throws(StoreError) {
        if isPrepared.withLock({ $0 }) { return }
        let isNew = try wrapped { () throws(FileError) in
            for folder in layout.folders { try files.makeFolder(folder) }
            return try files.facts(about: layout.formatMarker) == nil
        }
        if isNew { try writeFormat() }
        isPrepared.withLock { $0 = true }
    }

    /// Says which store a failed call of the file layer belongs to.
    func wrapped<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(StoreError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw .file(store: layout.root, error)
        }
    }
}
