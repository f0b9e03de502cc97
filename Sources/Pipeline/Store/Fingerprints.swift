import Glibc
import Synchronization

/// Remembers the digests of files by (path, size, modification time, inode), between runs too.
///
/// A file whose modification time is not older than the moment it was hashed may have changed
/// again within one tick of the file system's clock: it is hashed again the next time.
package final class Fingerprints: FingerprintCache {
    private struct Entry {
        let facts: FileFacts
        let digest: Digest
        /// When hashing began, in nanoseconds since 1970.
        let hashed: Int

        /// The clock that stamps files ticks every 10 ms at worst on Linux.
        var isSettled: Bool { facts.modified < hashed - 20_000_000 }
    }

    private struct Memory {
        var entries: [String: Entry] = [:]
        var isLoaded = false
        var isChanged = false
        var hashedCount = 0
    }

    private static let formatText = "hide-pipeline fingerprints 1"
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
        guard let facts = try files.facts(about: path) else {
            throw FileError(operation: "read", path: path, code: ENOENT)
        }
        if let digest = remembered(path, facts) { return (facts, digest) }
        let entry = Entry(
            facts: facts, digest: try files.digest(of: path), hashed: files.now())
        memory.withLock { memory in
            memory.entries[path] = entry
            memory.isChanged = true
            memory.hashedCount += 1
        }
        return (facts, entry.digest)
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

    private func remembered(_ path: String, _ facts: FileFacts) -> Digest? {
        memory.withLock { memory in
            if !memory.isLoaded {
                memory.isLoaded = true
                let saved = self.path.map { Self.entries(in: files, at: $0) } ?? [:]
                memory.entries.merge(saved) { mine, _ in mine }
            }
            guard let entry = memory.entries[path], entry.facts == facts, entry.isSettled
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
            writer.append(entry.facts.byteCount)
            writer.append(entry.facts.modified)
            writer.append(entry.facts.inode)
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
            let hashed = reader.number(Int.self),
            let digest = reader.text().flatMap(Digest.init(hex:))
        {
            let facts = FileFacts(byteCount: byteCount, modified: modified, inode: inode)
            entries[path] = Entry(facts: facts, digest: digest, hashed: hashed)
        }
        return entries
    }
}
