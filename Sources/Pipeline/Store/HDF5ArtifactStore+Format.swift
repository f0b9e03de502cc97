import Glibc

extension HDF5ArtifactStore {
    /// What the format line says.
    enum Format: Hashable {
        /// Nothing: the store is new.
        case none
        case ours
        /// The line of another version.
        case other(String)
        /// It is no line of any version, and why.
        case damaged(String)
    }

    /// Opens a store to see whether it is sound, and writes a damaged format line anew when the records
    /// beside it are of this version: a line lost is no artifact lost.
    ///
    /// - Returns: the store, and what was wrong with the line; nil when nothing was.
    /// - Throws: as `init(path:)`, but for a damaged line only when there are records and none of them
    ///   is of this version.
    public static func mending(
        path: String
    ) throws(StoreError) -> (store: HDF5ArtifactStore, problem: String?) {
        let store = HDF5ArtifactStore(unchecked: path, files: DiskFiles())
        switch try store.format() {
        case .none, .ours: return (store, nil)
        case .other(let line): throw .otherFormat(store: path, found: line)
        case .damaged(let problem):
            guard try store.holdsOwnRecords() else {
                throw .foreignRecords(store: path, problem: problem)
            }
            try store.writeFormat()
            return (store, problem)
        }
    }

    func format() throws(StoreError) -> Format {
        try wrapped { () throws(FileError) in
            do throws(FileError) {
                return Self.format(try files.read(layout.formatMarker))
            } catch {
                if error.code == ENOTDIR {
                    throw FileError(operation: "open", path: layout.root, code: ENOTDIR)
                }
                if error.isAbsence { return .none }
                if error.found != nil { return .damaged(error.problem) }
                throw error
            }
        }
    }

    /// Every version writes `hide-pipeline store` and its number.
    private static func format(_ bytes: [UInt8]) -> Format {
        if bytes == Array((StoreLayout.formatText + "\n").utf8) { return .ours }
        if bytes.isEmpty { return .damaged("it is empty") }
        let line = Printable.text(Array(bytes.prefix { $0 != 10 }.prefix(200)))
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        if line.hasPrefix("hide-pipeline store "), words.count == 3, let number = Int(words[2]),
            number > 1
        {
            return .other(line)
        }
        let rest = bytes.count > line.utf8.count + 1 ? " and more" : ""
        return .damaged("it reads '\(Printable.quoted(line, limit: 60))'\(rest)")
    }

    /// Whether a record is of this version, or there is none at all.
    private func holdsOwnRecords() throws(StoreError) -> Bool {
        let names = try wrapped { () throws(FileError) in try files.names(in: layout.records) }
        if names.isEmpty { return true }
        return try !records().isEmpty
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
