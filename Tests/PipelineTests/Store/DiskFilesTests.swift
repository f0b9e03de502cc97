import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

/// What stands in a store's folder and is no plain file neither holds the program up nor is written
/// through.
@Suite struct DiskFilesTests {
    private let folder: TemporaryFolder
    private let files = DiskFiles()

    init() throws { folder = try TemporaryFolder() }

    /// Puts something at `path` that is no plain file, and returns what it is called.
    private func put(_ kind: String, at name: String) throws -> String {
        let path = folder.path(name)
        switch kind {
        case "a FIFO": #expect(mkfifo(path, 0o600) == 0)
        case "a socket": try folder.makeSocket(name)
        case "a device": #expect(symlink("/dev/zero", path) == 0)
        default: try files.makeFolder(path)
        }
        return path
    }

    private static let kinds = ["a FIFO", "a socket", "a device", "a folder"]

    private func expectRefusal(
        _ kind: String, _ operation: String, _ path: String, _ body: () throws -> Void
    ) {
        let error = #expect(throws: FileError.self, performing: body)
        #expect(error?.description == "cannot \(operation) '\(path)': it is \(kind), not a file")
    }

    @Test(arguments: kinds)
    func readingWhatIsNoFileIsAnErrorAtOnce(kind: String) throws {
        let path = try put(kind, at: "odd")
        expectRefusal(kind, "read", path) { _ = try files.read(path) }
        expectRefusal(kind, "read", path) { _ = try files.digest(of: path) }
        expectRefusal(kind, "read", path) {
            _ = try Checksum.Algorithm.sha256.digest(ofFile: path)
        }
    }

    @Test(arguments: ["a FIFO", "a socket", "a folder"])
    func aLockOfWhatIsNoFileIsAnErrorAtOnce(kind: String) throws {
        let path = try put(kind, at: "lock")
        expectRefusal(kind, "create", path) { _ = try files.lock(path) }
    }

    @Test(arguments: ["a FIFO", "a socket", "a device"])
    func writingReplacesWhatIsNoFile(kind: String) throws {
        let path = try put(kind, at: "odd")
        try files.write([1, 2], to: path)
        #expect(try files.read(path) == [1, 2])
    }

    @Test func nothingIsWrittenThroughALinkOrAnotherName() throws {
        let precious = try folder.write([9], to: "precious")
        #expect(symlink(precious, folder.path("soft")) == 0)
        #expect(link(precious, folder.path("hard")) == 0)
        try files.write([1], to: folder.path("soft"))
        try files.write([2], to: folder.path("hard"))
        #expect(try files.read(precious) == [9])
        #expect(symlink(precious, folder.path("lock")) == 0)
        #expect(throws: FileError.self) { try files.lock(folder.path("lock")) }
    }

    @Test func namesAreListedWhateverTheirBytes() throws {
        // 255 bytes is the longest name of most file systems.
        let names = [String(repeating: "é", count: 127), String(repeating: "a", count: 255), "ü"]
        for name in names { try files.write([], to: folder.path(name)) }
        let listed = try files.names(in: folder.path(""))
        #expect(Set(listed).isSuperset(of: names))
    }

    @Test func aFileInThePlaceOfAFolderIsNoEmptyFolder() throws {
        let path = try folder.write([], to: "records")
        #expect(throws: FileError(operation: "list", path: path, code: ENOTDIR)) {
            try files.names(in: path)
        }
        #expect(try files.names(in: folder.path("absent")) == [])
    }

    /// Nanoseconds since 1970 end in the year 2262; the times of files do not.
    @Test(arguments: [99_999_999_999, 9_223_372_037, -99_999_999_999, 0])
    func aTimeBeyondAllNanosecondsIsTheNearest(seconds: Int) throws {
        let path = try folder.write([1], to: "old")
        let moment = timespec(tv_sec: seconds, tv_nsec: 5)
        guard utimensat(AT_FDCWD, path, [moment, moment], 0) == 0 else { return }
        let facts = try #require(try files.status(of: path)).facts
        // A file system that keeps no such time has clamped it already.
        #expect(seconds <= 0 ? facts.modified <= 5 : facts.modified > 0)
    }

    @Test func aLockThatOnlyMayBeReadIsStillALock() throws {
        let path = try folder.write([], to: "lock")
        #expect(chmod(path, 0o400) == 0)
        let lock = try #require(try files.lock(path))
        #expect(try files.lock(path) == nil)
        lock.release()
        #expect(try files.status(of: path) == nil)
    }

    @Test func interruptedCallsAreMadeAgain() {
        var calls = 0
        let code: Int32 = retrying {
            calls += 1
            errno = EINTR
            return calls < 3 ? -1 : 7
        }
        #expect(code == 7 && calls == 3)
        let failed: Int = retrying {
            calls += 1
            errno = EIO
            return -1
        }
        #expect(failed == -1 && calls == 4 && errno == EIO)
        let pointer: Int? = retryingPointer {
            calls += 1
            errno = EINTR
            return calls < 7 ? nil : calls
        }
        #expect(pointer == 7)
    }
}
