/// One line of `store list`.
public struct StoreEntry: Sendable, Hashable {
    /// The name under which the unit last ran.
    public let unit: String
    /// Its key.
    public let key: UnitKey
    /// The digest of the artifact's content.
    public let digest: Digest
    /// The size of the artifact's file.
    public let byteCount: Int
}

/// Something that `store verify` found.
public struct StoreFinding: Sendable, Hashable, CustomStringConvertible {
    /// The unit; the name of the file when its record cannot be read.
    public let unit: String
    /// What is wrong.
    public let problem: String

    public var description: String { Printable.text("\(unit): \(problem)") }
}

extension HDF5ArtifactStore {
    /// The artifacts that are there, by unit name and key.
    public func entries() throws(StoreError) -> [StoreEntry] {
        var entries: [StoreEntry] = []
        for record in try records() {
            let facts = try wrapped { () throws(FileError) in
                try files.facts(about: layout.artifact(record.key))
            }
            guard facts != nil else { continue }
            entries.append(
                StoreEntry(
                    unit: record.name.unit, key: record.key, digest: record.digest,
                    byteCount: record.byteCount))
        }
        return entries.sorted {
            ($0.unit, $0.key.hex) < ($1.unit, $1.key.hex)
        }
    }

    /// Compares the artifacts with their records.
    ///
    /// - Parameter isDeep: reads every file, and digests every content anew; otherwise only files
    ///   that were touched are read.
    public func verify(isDeep: Bool) throws(StoreError) -> [StoreFinding] {
        var findings: [StoreFinding] = []
        let names = try wrapped { () throws(FileError) in try files.names(in: layout.records) }
        for name in names {
            guard let key = Digest(hex: String(name.prefix { $0 != "." })).map(UnitKey.init),
                name == layout.recordName(key)
            else {
                findings.append(StoreFinding(unit: name, problem: "is no record"))
                continue
            }
            switch try stateOfRecord(key) {
            case .absent: continue
            case .damaged(nil):
                findings.append(StoreFinding(unit: name, problem: "the record is damaged"))
            case .damaged(let record?):
                findings.append(finding(record, "the file is not the recorded one"))
            case .missing(let record): findings.append(finding(record, "the file is gone"))
            case .present(let record):
                if isDeep, let problem = try deepProblem(record) {
                    findings.append(finding(record, problem))
                }
            }
        }
        return findings
    }

    /// What is known about a key; a FIFO or folder in the place of its record is a damaged record.
    private func stateOfRecord(_ key: UnitKey) throws(StoreError) -> StoredState {
        do throws(StoreError) {
            return try state(of: key)
        } catch {
            if case .file(_, let cause) = error, cause.found != nil,
                cause.path == layout.record(key)
            {
                return .damaged(nil)
            }
            throw error
        }
    }

    private func finding(_ record: UnitRecord, _ problem: String) -> StoreFinding {
        StoreFinding(
            unit: record.name.unit, problem: "artifact \(record.key.shortened): \(problem)")
    }

    private func deepProblem(_ record: UnitRecord) throws(StoreError) -> String? {
        let digest = try wrapped { () throws(FileError) in
            try files.digest(of: layout.artifact(record.key))
        }
        guard digest == record.fileDigest else { return "the file is not the recorded one" }
        do throws(StoreError) {
            let artifact = try artifact(of: record)
            if artifact.digest == record.digest { return nil }
            // Sealed, and yet not so: the next run makes it again only once the record is gone.
            _ = contradiction(record, "")
            return "the content has another digest"
        } catch {
            if case .unreadable(_, let problem) = error { return problem }
            throw error
        }
    }
}
