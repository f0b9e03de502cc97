import Glibc

extension HDF5ArtifactStore {
    /// What the format line says.
    enum Format: Hashable {
        /// Nothing: the store is new.
        case none
        case ours
        /// The line of another version, or of another program.
        case other(String)
        /// It is no line of any version in what is a store of this one, and why.
        case damaged(String)
    }

    /// Opens a store to see whether it is sound, and writes a damaged format line anew when the records
    /// beside it are of this version: a line lost is no artifact lost.
    ///
    /// - Returns: the store, and what was wrong with the line; nil when nothing was.
    /// - Throws: as `init(path:)`, but not for a damaged line.
    public static func mending(
        path: String
    ) throws(StoreError) -> (store: HDF5ArtifactStore, problem: String?) {
        let store = HDF5ArtifactStore(unchecked: path, files: DiskFiles())
        switch try store.format() {
        case .none, .ours: return (store, nil)
        case .other(let line): throw .otherFormat(store: path, found: line)
        case .damaged(let problem):
            try store.writeFormat()
            return (store, problem)
        }
    }

    func format() throws(StoreError) -> Format {
        do throws(FileError) {
            return try format(try files.read(layout.formatMarker))
        } catch {
            if error.isAbsence && error.code != ENOTDIR { return .none }
            if error.found != nil { return .damaged(error.problem) }
            let isRoot = error.code == ENOTDIR
            throw .file(
                store: layout.root,
                isRoot
                    ? FileError(operation: "open", path: layout.root, code: ENOTDIR) : error)
        }
    }

    /// Every version writes `hide-pipeline store` and its number.
    private func format(_ bytes: [UInt8]) throws(FileError) -> Format {
        let own = Array((StoreLayout.formatText + "\n").utf8)
        if bytes == own { return .ours }
        if bytes.isEmpty { return .damaged("it is empty") }
        let line = Printable.text(Array(bytes.prefix { $0 != 10 }.prefix(200)))
        let shown = Printable.quoted(line, limit: 60)
        if Self.version(line) ?? 1 > 1 { return .other(shown) }
        let isCut = own.starts(with: bytes) || bytes.starts(with: own.dropLast())
        // `||` would throw any error.
        let isOurs = if isCut { true } else { try holdsOwnRecords() }
        guard isOurs else { return .other(shown) }
        let isLonger = bytes.contains(10) && bytes.last != 10 || bytes.count > 201
        return .damaged("it reads '\(shown)'" + (isLonger ? " and more" : ""))
    }

    private static func version(_ line: String) -> Int? {
        let text = "hide-pipeline store "
        return line.hasPrefix(text) ? Int(line.dropFirst(text.count)) : nil
    }

    private func holdsOwnRecords() throws(FileError) -> Bool {
        for name in try files.names(in: layout.records) {
            if try record(named: name) != nil { return true }
        }
        return false
    }

    func writeFormat() throws(StoreError) {
        try wrapped { () throws(FileError) in
            try files.makeFolder(layout.staging)
            try files.makeFolder(layout.locks)
            // Whoever holds the lock writes the line; it is the same one.
            guard let lock = try files.lock(layout.lock("format")) else { return }
            defer { lock.release() }
            try replace(
                layout.formatMarker, owner: "format", "txt",
                Array((StoreLayout.formatText + "\n").utf8))
        }
    }
}
