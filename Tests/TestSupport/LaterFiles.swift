package import Pipeline
import Synchronization

/// The disk, with a clock that is ahead of the one that stamps files: to it, what was written just
/// now was written a while ago.
package final class LaterFiles: FileLayer {
    private let disk = DiskFiles()
    private let ahead: Int
    private let digests = Mutex(0)

    /// - Parameter seconds: how far ahead the clock is.
    package init(seconds: Int) { ahead = seconds * 1_000_000_000 }

    /// How many files were read to be hashed.
    package var digestCount: Int { digests.withLock { $0 } }

    package func now() -> Int { disk.now() + ahead }

    package func digest(of path: String) throws(FileError) -> Digest {
        digests.withLock { $0 += 1 }
        return try disk.digest(of: path)
    }

    package func open(_ path: String) throws(FileError) -> OpenFile { try disk.open(path) }

    package func read(_ path: String) throws(FileError) -> [UInt8] { try disk.read(path) }

    package func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try disk.write(bytes, to: path)
    }

    package func replace(_ path: String, with staged: String) throws(FileError) {
        try disk.replace(path, with: staged)
    }

    package func remove(_ path: String) throws(FileError) { try disk.remove(path) }

    package func makeFolder(_ path: String) throws(FileError) { try disk.makeFolder(path) }

    package func names(in folder: String) throws(FileError) -> [String] {
        try disk.names(in: folder)
    }

    package func status(of path: String) throws(FileError) -> FileStatus? {
        try disk.status(of: path)
    }

    package func setModified(_ path: String, to time: Int) throws(FileError) {
        try disk.setModified(path, to: time)
    }

    package func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        try disk.lock(path)
    }
}
