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
    /// - Throws: when the folder holds a store of another format, or is a file.
    public convenience init(path: String) throws(StoreError) {
        try self.init(path: path, files: DiskFiles())
    }

    package init(path: String, files: any FileLayer) throws(StoreError) {
        layout = StoreLayout(root: path)
        self.files = files
        inputs = Fingerprints(files: files, path: layout.fingerprints)
        memo = VectorMemo(files: files, layout: layout)
        try checkFormat()
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
                // Another run may replace or remove a record meanwhile; a damaged one says nothing.
                guard let bytes = try? files.read("\(layout.records)/\(name)"),
                    let record = UnitRecord(bytes)
                else { continue }
                records.append(record)
            }
            return records
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
        try check(staged: staged, fileDigest: fileDigest, digest: digest, key: key)
        return try wrapped { () throws(FileError) in
            // An artificial age: any later change gives the file another modification time, even
            // within one tick of the file system's clock.
            try files.setModified(staged, to: files.now() - 1_000_000_000)
            try files.replace(layout.artifact(key), with: staged)
            guard let facts = try files.facts(about: layout.artifact(key)) else {
                throw FileError(operation: "read", path: layout.artifact(key), code: ENOENT)
            }
            let saved = UnitRecord(
                key: key, digest: digest, fileDigest: fileDigest, facts: facts, name: unit.name,
                document: unit.document, seconds: unit.seconds,
                finished: Double(files.now()) / 1e9, warnings: unit.warnings)
            try replace(layout.record(key), owner: key.hex, "json", Array(saved.text.utf8))
            // The unit is finished. What cannot be removed now is removed by a later run.
            try? removeProgress(of: key)
            try? files.remove(layout.log(key))
            return saved
        }
    }

    /// Reads a staged artifact back from the disk.
    private func check(
        staged: String, fileDigest: Digest, digest: Digest, key: UnitKey
    ) throws(StoreError) {
        let written = try wrapped { () throws(FileError) in try files.digest(of: staged) }
        guard written == fileDigest else {
            throw .unreadable(key: key, problem: "the file differs from what was written")
        }
        do throws(HDF5Error) {
            let file = try HDF5File.open(staged)
            defer { try? file.close() }
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
        do throws(HDF5Error) {
            let file = try HDF5File.open(layout.artifact(record.key))
            defer { try? file.close() }
            return try body(file)
        } catch {
            throw .unreadable(key: record.key, problem: error.description)
        }
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
        try wrapped { () throws(FileError) in
            for folder in layout.folders { try files.makeFolder(folder) }
            guard try files.facts(about: layout.formatMarker) == nil else { return }
            // Whoever holds the lock writes the marker; it is the same one.
            guard let lock = try files.lock(layout.lock("format")) else { return }
            defer { lock.release() }
            try replace(
                layout.formatMarker, owner: "format", "txt",
                Array((StoreLayout.formatText + "\n").utf8))
        }
        isPrepared.withLock { $0 = true }
    }

    private func checkFormat() throws(StoreError) {
        let found: String? = try wrapped { () throws(FileError) in
            do throws(FileError) {
                return String(decoding: try files.read(layout.formatMarker), as: UTF8.self)
            } catch {
                if error.code == ENOTDIR {
                    throw FileError(operation: "open", path: layout.root, code: ENOTDIR)
                }
                if error.isAbsence { return nil }
                throw error
            }
        }
        guard let found, found != StoreLayout.formatText + "\n" else { return }
        let line = found.prefix { !$0.isNewline }.prefix(60)
        throw .otherFormat(store: layout.root, found: String(line))
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
