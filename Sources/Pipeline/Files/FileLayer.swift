/// What the operating system tells about a file without reading it. Two equal values mean, short
/// of bad intent, that the content was not touched in between.
package struct FileFacts: Sendable, Hashable {
    /// The size in bytes.
    package let byteCount: Int
    /// The time of the last change, in nanoseconds since 1970.
    package let modified: Int
    /// The inode.
    package let inode: UInt64

    package init(byteCount: Int, modified: Int, inode: UInt64) {
        self.byteCount = byteCount
        self.modified = modified
        self.inode = inode
    }
}

/// The facts about a file with the time that a program cannot set: every change of content, times,
/// rights or links moves it on.
package struct FileStatus: Sendable, Hashable {
    /// Size, modification time and inode.
    package let facts: FileFacts
    /// The time of the last change of anything about the file, in nanoseconds since 1970.
    package let changed: Int

    package init(facts: FileFacts, changed: Int) {
        self.facts = facts
        self.changed = changed
    }
}

/// A lock of the operating system, held until `release` or the end of the process.
package protocol FileLock: Sendable {
    /// Gives the lock back. Later calls do nothing.
    func release()
}

/// All that the store does to the disk. The one real implementation is `DiskFiles`; tests put a
/// layer around it that fails at the n-th operation.
package protocol FileLayer: Sendable {
    /// Opens a plain file for reading.
    func open(_ path: String) throws(FileError) -> OpenFile
    /// Reads a whole file.
    func read(_ path: String) throws(FileError) -> [UInt8]
    /// Makes or replaces a file and waits until its bytes are on the disk.
    func write(_ bytes: [UInt8], to path: String) throws(FileError)
    /// Moves a file over another and waits until the folder is on the disk.
    func replace(_ path: String, with staged: String) throws(FileError)
    /// Removes a file; one that does not exist is no error.
    func remove(_ path: String) throws(FileError)
    /// Makes a folder and those above it; one that exists is no error.
    func makeFolder(_ path: String) throws(FileError)
    /// The names in a folder, sorted; none when it does not exist. An error is never taken for the end.
    func names(in folder: String) throws(FileError) -> [String]
    /// The status of a file; nil when it does not exist.
    func status(of path: String) throws(FileError) -> FileStatus?
    /// SHA-256 of the content.
    func digest(of path: String) throws(FileError) -> Digest
    /// Sets the time of the last change, in nanoseconds since 1970.
    func setModified(_ path: String, to time: Int) throws(FileError)
    /// Takes a lock whose holder is the process, and with it the file; nil when it is held.
    func lock(_ path: String) throws(FileError) -> (any FileLock)?
    /// The clock that stamps files, in nanoseconds since 1970.
    func now() -> Int
}

extension FileLayer {
    /// The facts about a file; nil when it does not exist.
    package func facts(about path: String) throws(FileError) -> FileFacts? {
        try status(of: path)?.facts
    }
}
