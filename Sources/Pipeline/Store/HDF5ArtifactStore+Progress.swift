extension HDF5ArtifactStore {
    public var exists: Bool {
        get throws(StoreError) {
            try wrapped { () throws(FileError) in try files.facts(about: layout.records) != nil }
        }
    }

    public func own(_ key: UnitKey) throws(StoreError) -> (any UnitOwnership)? {
        try prepare()
        return try wrapped { () throws(FileError) in
            try files.lock(layout.lock(key.hex)).map(LockOwnership.init)
        }
    }

    public func isOwned(_ key: UnitKey) throws(StoreError) -> Bool {
        try wrapped { () throws(FileError) in
            guard try files.facts(about: layout.lock(key.hex)) != nil else { return false }
            guard let lock = try files.lock(layout.lock(key.hex)) else { return true }
            lock.release()
            return false
        }
    }

    public func progress(of key: UnitKey) throws(StoreError) -> UnitProgress? {
        let paths = try wrapped { () throws(FileError) in try progressFiles(of: key) }
        for (path, digest) in paths {
            // Progress that cannot be read is as good as none: the unit starts again.
            guard (try? files.digest(of: path)) == digest,
                let source = (try? files.open(path)).map(HDF5Source.init),
                let file = try? HDF5File.open(source, as: path),
                let progress = try? ArtifactFile.progress(in: file),
                progress.seconds.isFinite, progress.seconds >= 0
            else { continue }
            return progress
        }
        return nil
    }

    public func saveProgress(
        _ progress: UnitProgress, of key: UnitKey
    ) throws(StoreError) {
        let bytes = try ArtifactFile.encode(progress)
        try prepare()
        try wrapped { () throws(FileError) in
            let path = layout.progress(key, Digest(of: bytes))
            try replace(path, owner: key.hex, "progress", bytes)
            for (earlier, _) in try progressFiles(of: key) where earlier != path {
                try files.remove(earlier)
            }
        }
    }

    public func log(of key: UnitKey) throws(StoreError) -> [String]? {
        try wrapped { () throws(FileError) in
            do throws(FileError) {
                let text = String(decoding: try files.read(layout.log(key)), as: UTF8.self)
                return text.split(separator: "\n", omittingEmptySubsequences: false)
                    .dropLast().map(String.init)
            } catch {
                if error.isAbsence { return nil }
                throw error
            }
        }
    }

    public func saveLog(_ log: [String], of key: UnitKey) throws(StoreError) {
        try prepare()
        try wrapped { () throws(FileError) in
            let text = log.map { $0 + "\n" }.joined()
            try replace(layout.log(key), owner: key.hex, "txt", Array(text.utf8))
        }
    }

    public func saveFingerprints() throws(StoreError) {
        guard inputs.isChanged else { return }
        try prepare()
        try wrapped { () throws(FileError) in
            // Another run that saves at this moment wins; what is forgotten is hashed again.
            guard let lock = try files.lock(layout.lock("fingerprints")) else { return }
            defer { lock.release() }
            try inputs.save(by: layout.staged("fingerprints", "table"))
        }
    }

    public func removeLeftovers() {
        // What cannot be removed now is in nobody's way and is tried again by the next run.
        for name in (try? files.names(in: layout.staging)) ?? [] {
            try? remove("\(layout.staging)/\(name)", ownedBy: String(name.prefix { $0 != "." }))
        }
        for folder in [layout.progress, layout.logs] {
            for name in (try? files.names(in: folder)) ?? [] {
                let owner = String(name.prefix { $0 != "." })
                if isFinished(owner) { try? remove("\(folder)/\(name)", ownedBy: owner) }
            }
        }
        for name in (try? files.names(in: layout.locks)) ?? [] {
            // Letting go of a lock removes its file.
            (try? files.lock(layout.lock(name)))?.release()
        }
    }

    func removeProgress(of key: UnitKey) throws(FileError) {
        for (path, _) in try progressFiles(of: key) { try files.remove(path) }
    }

    private func remove(_ path: String, ownedBy owner: String) throws(FileError) {
        guard let lock = try files.lock(layout.lock(owner)) else { return }
        defer { lock.release() }
        try files.remove(path)
    }

    private func isFinished(_ hex: String) -> Bool {
        guard let digest = Digest(hex: hex), let state = try? state(of: UnitKey(digest)),
            case .present = state
        else { return false }
        return true
    }

    /// The progress files of a unit with the digests their names claim, the latest first.
    private func progressFiles(
        of key: UnitKey
    ) throws(FileError) -> [(path: String, digest: Digest)] {
        var found: [(path: String, digest: Digest, modified: Int)] = []
        for name in try files.names(in: layout.progress) where name.hasPrefix(key.hex) {
            let parts = name.split(separator: ".")
            let path = "\(layout.progress)/\(name)"
            guard parts.count == 3, let digest = Digest(hex: String(parts[1])),
                let facts = try files.facts(about: path)
            else { continue }
            found.append((path, digest, facts.modified))
        }
        return found.sorted { $0.modified > $1.modified }.map { ($0.path, $0.digest) }
    }
}

/// Ownership by a lock file.
private struct LockOwnership: UnitOwnership {
    let lock: any FileLock

    func release() { lock.release() }
}
