import Glibc
package import Pipeline
import Synchronization

/// A layer around the disk that fails, or dies, at the n-th operation that changes something.
package final class FaultyFiles: FileLayer {
    /// What happens at the chosen operation.
    package enum Fault: Sendable {
        /// It and all later ones fail with an error number; a write leaves half of its bytes, as a
        /// full disk or a killed process does.
        case allFail(Int32)
        /// It alone fails.
        case oneFails(Int32)
    }

    private struct Progress {
        var count = 0
        var fault: Fault?
        var position = Int.max
    }

    private let disk = DiskFiles()
    private let digests = Mutex(0)
    private let progress = Mutex(Progress())

    package init() {}

    /// Arms a fault at the n-th operation from now, from 0.
    package func fail(_ fault: Fault, at position: Int) {
        progress.withLock { $0 = Progress(count: 0, fault: fault, position: position) }
    }

    /// Disarms.
    package func heal() {
        progress.withLock { $0 = Progress() }
    }

    /// The changing operations since the last call of `fail` or `heal`.
    package var operationCount: Int { progress.withLock { $0.count } }

    private func fault() -> Int32? {
        progress.withLock { progress in
            defer { progress.count += 1 }
            switch progress.fault {
            case .allFail(let code)? where progress.count >= progress.position: return code
            case .oneFails(let code)? where progress.count == progress.position: return code
            default: return nil
            }
        }
    }

    private func check(_ operation: String, _ path: String) throws(FileError) {
        if let code = fault() { throw FileError(operation: operation, path: path, code: code) }
    }

    package func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        if let code = fault() {
            if code != EROFS { try disk.write(Array(bytes.prefix(bytes.count / 2)), to: path) }
            throw FileError(operation: "write", path: path, code: code)
        }
        try disk.write(bytes, to: path)
    }

    package func replace(_ path: String, with staged: String) throws(FileError) {
        try check("replace", path)
        try disk.replace(path, with: staged)
    }

    package func remove(_ path: String) throws(FileError) {
        try check("remove", path)
        try disk.remove(path)
    }

    package func makeFolder(_ path: String) throws(FileError) {
        try check("create", path)
        try disk.makeFolder(path)
    }

    package func setModified(_ path: String, to time: Int) throws(FileError) {
        try check("write", path)
        try disk.setModified(path, to: time)
    }

    package func lock(_ path: String) throws(FileError) -> (any FileLock)? {
        try check("create", path)
        return try disk.lock(path)
    }

    package func open(_ path: String) throws(FileError) -> OpenFile { try disk.open(path) }

    package func read(_ path: String) throws(FileError) -> [UInt8] { try disk.read(path) }

    package func names(in folder: String) throws(FileError) -> [String] {
        try disk.names(in: folder)
    }

    package func status(of path: String) throws(FileError) -> FileStatus? {
        try disk.status(of: path)
    }

    package func digest(of path: String) throws(FileError) -> Digest {
        digests.withLock { $0 += 1 }
        return try disk.digest(of: path)
    }

    /// How many files were read to be hashed.
    package var digestCount: Int { digests.withLock { $0 } }

    package func now() -> Int { disk.now() }
}
