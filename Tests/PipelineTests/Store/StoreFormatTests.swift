import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

/// A damaged format line loses nothing, and a line of another version is left alone.
@Suite struct StoreFormatTests {
    private let folder: TemporaryFolder
    private let files = DiskFiles()
    private var path: String { folder.path("store") }
    private var marker: String { path + "/v1/format" }

    init() throws { folder = try TemporaryFolder() }

    private func fill() throws -> UnitRecord {
        try HDF5ArtifactStore(path: path)
            .save(HDF5ArtifactStoreTests.artifact, HDF5ArtifactStoreTests.unit())
    }

    /// Bytes in the place of the line, and what is said of them.
    static let damages: [(bytes: [UInt8], words: String)] = [
        (Array("hide-pipeline store 1\nx".utf8), "it reads 'hide-pipeline store 1' and more"),
        (Array("hide-pipeline store 1".utf8), "it reads 'hide-pipeline store 1'"),
        ([], "it is empty"),
        (Array("hide-pipe".utf8), "it reads 'hide-pipe'"),
        (Array("hide-pipeline store 0\n".utf8), "it reads 'hide-pipeline store 0'"),
        (Array("hide-pipeline store -2\n".utf8), "it reads 'hide-pipeline store -2'"),
        (Array("hide-pipeline store two\n".utf8), "it reads 'hide-pipeline store two'"),
        ([0x1B, 0x5B, 0x32, 0x4A, 0xFF, 10], "it reads '\\u{1B}[2J\\xFF'"),
        ([10], "it reads ''"),
        ([0], "it reads '\\u{0}'"),
        (Array("another store 7\n".utf8), "it reads 'another store 7'"),
    ]

    @Test(arguments: damages)
    func aDamagedLineIsNamedAndMended(bytes: [UInt8], words: String) throws {
        let record = try fill()
        try files.write(bytes, to: marker)
        let error = #expect(throws: StoreError.self) { try HDF5ArtifactStore(path: path) }
        #expect(
            error?.description == """
                store '\(path)': the format line in '\(marker)' is damaged: \(words)
                  hint: 'hide-pipeline store verify --store \(path)' checks what is there and \
                writes the line anew
                """)
        let (store, problem) = try HDF5ArtifactStore.mending(path: path)
        #expect(problem == words)
        #expect(try store.verify(isDeep: true).isEmpty)
        let again = try HDF5ArtifactStore(path: path)
        #expect(try again.state(of: record.key) == .present(record))
        #expect(try HDF5ArtifactStore.mending(path: path).problem == nil)
    }

    @Test(arguments: ["a FIFO", "a socket", "a device"])
    func whatIsNoFileIsReplaced(words: String) throws {
        let record = try fill()
        try files.remove(marker)
        switch words {
        case "a FIFO": #expect(mkfifo(marker, 0o600) == 0)
        case "a socket": try folder.makeSocket("store/v1/format")
        default: #expect(symlink("/dev/zero", marker) == 0)
        }
        let error = #expect(throws: StoreError.self) { try HDF5ArtifactStore(path: path) }
        #expect(error == .damagedFormat(store: path, problem: "it is \(words), not a file"))
        _ = try HDF5ArtifactStore.mending(path: path)
        let state = try HDF5ArtifactStore(path: path).state(of: record.key)
        #expect(state == .present(record))
    }

    @Test func aFolderInItsPlaceIsToBeMovedAway() throws {
        _ = try fill()
        try files.remove(marker)
        try files.makeFolder(marker)
        let error = #expect(throws: StoreError.self) { try HDF5ArtifactStore.mending(path: path) }
        #expect(
            error?.description == """
                store '\(path)': cannot replace '\(marker)': Is a directory
                  hint: move it away, then run again
                """)
    }

    @Test(arguments: ["hide-pipeline store 2", "hide-pipeline store 17"])
    func aLaterVersionIsNeverMended(line: String) throws {
        _ = try fill()
        try files.write(Array((line + "\n").utf8), to: marker)
        let refusal = StoreError.otherFormat(store: path, found: line)
        #expect(throws: refusal) { try HDF5ArtifactStore(path: path) }
        #expect(throws: refusal) { try HDF5ArtifactStore.mending(path: path) }
        #expect(try files.read(marker) == Array((line + "\n").utf8))
    }

    @Test func recordsOfAnotherKindAreNotClaimed() throws {
        try files.makeFolder(path + "/v1/records")
        try files.write([1, 2, 3], to: path + "/v1/records/something")
        try files.write([7], to: marker)
        let refusal = StoreError.otherFormat(store: path, found: "\\u{7}")
        #expect(throws: refusal) { try HDF5ArtifactStore(path: path) }
        #expect(throws: refusal) { try HDF5ArtifactStore.mending(path: path) }
        #expect(try files.read(marker) == [7])
    }

    @Test(arguments: ["", "hide", "hide-pipeline store 1", "hide-pipeline store 1\n\n"])
    func aCutLineOfAnEmptyStoreIsMendedToo(text: String) throws {
        try files.makeFolder(path + "/v1")
        try files.write(Array(text.utf8), to: marker)
        #expect(throws: StoreError.self) { try HDF5ArtifactStore(path: path) }
        #expect(try HDF5ArtifactStore.mending(path: path).problem != nil)
        #expect(try HDF5ArtifactStore(path: path).records().isEmpty)
    }

    @Test func anUnreadableLineIsNoDamage() throws {
        _ = try fill()
        try files.remove(marker)
        #expect(symlink("format", marker) == 0)
        let error = #expect(throws: StoreError.self) { try HDF5ArtifactStore(path: path) }
        #expect(
            error
                == .file(
                    store: path, FileError(operation: "read", path: marker, code: ELOOP)))
    }
}
