import Glibc
import Synchronization

/// Remembers the digests of files by (path, size, modification time, change time, inode), between
/// runs too.
///
/// A file that was touched shortly before it was hashed may have changed again within one tick of
/// the file system's clock, while all of these stay equal: it is hashed again the next time.
package final class Fingerprints: FingerprintCache {
    private struct Entry {
        let status: FileStatus
        let digest: Digest
        /// When hashing began, in nanoseconds since 1970.
        let hashed: Int

        /// The coarsest file systems stamp modification every two seconds. Change is stamped by the
        /// kernel, whose clock ticks every 10 ms at worst on Linux.
        var isSettled: Bool {
            status.facts.modified < hashed - 2_100_000_000 && status.changed < hashed - 20_000_000
        }
    }

    private struct Memory {
        var entries: [String: Entry] = [:]
        var isLoaded = false
        var isChanged = false
        var hashedCount = 0
    }

    private static let formatText = "hide-pipeline fingerprints 2"
    private let files: any FileLayer
    private let path: String?
    private let memory = Mutex(Memory())

    /// Creates a memory.
    ///
    /// - Parameter path: the file that keeps it between runs; nil to keep it in this process alone.
    package init(files: any FileLayer, path: String?) {
        self.files = files
        self.path = path
    }

    /// How many files were read to be hashed.
    package var hashedCount: Int { memory.withLock { $0.hashedCount } }

    /// Whether there is something to save.
    var isChanged: Bool { memory.withLock { $0.isChanged } }

    package func fingerprint(of path: String) throws -> FileFingerprint {
        // Opening a FIFO would wait for a writer.
        try InputPath.requireFile(path)
        do throws(FileError) {
            let (facts, digest) = try digest(of: path)
            return FileFingerprint(byteCount: facts.byteCount, sha256: digest.hex)
        } catch {
            throw UnreadableInput(
                path: path, problem: error.isAbsence ? "does not exist" : error.problem)
        }
    }

    /// Facts and digest of a file, hashed only when in doubt.
    func digest(of path: String) throws(FileError) -> (facts: FileFacts, digest: Digest) {
        let path = Self.absolute(path)
        // Before the file is looked at: what changes from here on must not look settled.
        let begun = files.now()
        guard let status = try files.status(of: path) else {
            throw FileError(operation: "read", path: path, code: ENOENT)
        }
        if let digest = remembered(path, status) { return (status.facts, digest) }
        let entry = Entry(status: status, digest: try files.digest(of: path), hashed: begun)
        memory.withLock { memory in
            memory.entries[path] = entry
            memory.isChanged = true
            memory.hashedCount += 1
        }
        return (status.facts, entry.digest)
    }

    /// Saves the memory, joined with what other runs saved meanwhile.
    ///
    /// - Parameters:
    ///   - staged: a private name next to it, guarded by a lock that the caller holds.
    package func save(by staged: String) throws(FileError) {
        guard let path, memory.withLock({ $0.isChanged }) else { return }
        let saved = Self.entries(in: files, at: path)
        let entries = memory.withLock { memory in
            memory.isChanged = false
            memory.entries.merge(saved) { mine, _ in mine }
            return memory.entries
        }
        try files.write(Self.encode(entries), to: staged)
        try files.replace(path, with: staged)
    }

    private func remembered(_ path: String, _ status: FileStatus) -> Digest? {
        memory.withLock { memory in
            if !memory.isLoaded {
                memory.isLoaded = true
                let saved = self.path.map { Self.entries(in: files, at: $0) } ?? [:]
                memory.entries.merge(saved) { mine, _ in mine }
            }
            guard let entry = memory.entries[path], entry.status == status, entry.isSettled
            else { return nil }
            return entry.digest
        }
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    private static func encode(_ entries: [String: Entry]) -> [UInt8] {
        var writer = SealedWriter(format: formatText)
        for (path, entry) in entries {
            writer.append(path)
            writer.append(entry.status.facts.byteCount)
            writer.append(entry.status.facts.modified)
            writer.append(entry.status.facts.inode)
            writer.append(entry.status.changed)
            writer.append(entry.hashed)
            writer.append(entry.digest.hex)
        }
        return writer.sealed()
    }

    /// What a saved memory says; nothing when it is absent or damaged, for files can be hashed again.
    private static func entries(in files: any FileLayer, at path: String) -> [String: Entry] {
        guard let bytes = try? files.read(path),
            var reader = SealedReader(bytes, format: formatText)
        else { return [:] }
        var entries: [String: Entry] = [:]
        while let path = reader.text(), let byteCount = reader.number(Int.self),
            let modified = reader.number(Int.self), let inode = reader.number(UInt64.self),
            let changed = reader.number(Int.self),
            let hashed = reader.number(Int.self), hashed >= 0,
            let digest = reader.text().flatMap(Digest.init(hex:))
        {
            let facts = FileFacts(byteCount: byteCount, modified: modified, inode: inode)
            entries[path] = Entry(
                status: FileStatus(facts: facts, changed: changed), digest: digest, hashed: hashed)
        }
        return entries
    }
}
