import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct FingerprintsTests {
    let folder: TemporaryFolder
    let files = DiskFiles()

    init() throws { folder = try TemporaryFolder() }

    /// Writes a file whose modification time lies `age` seconds in the past.
    private func write(_ text: String, _ name: String, age: Int) throws {
        try files.write(Array(text.utf8), to: folder.path(name))
        try files.setModified(folder.path(name), to: files.now() - age * 1_000_000_000)
    }

    /// A memory that takes every file to have been written long before.
    private func memory() -> Fingerprints {
        Fingerprints(files: LaterFiles(seconds: 10), path: folder.path("memory"))
    }

    /// A memory whose clock is that of the files.
    private func promptMemory() -> Fingerprints {
        Fingerprints(files: files, path: folder.path("memory"))
    }

    @Test func anUnchangedFileIsReadOnceAlsoAcrossRuns() throws {
        try write("content", "a", age: 10)
        let first = memory()
        let fingerprint = try first.fingerprint(of: folder.path("a"))
        #expect(fingerprint == FileFingerprint(byteCount: 7, sha256: Digest(of: "content").hex))
        #expect(try first.fingerprint(of: folder.path("a")) == fingerprint)
        #expect(first.hashedCount == 1)
        try first.save(by: folder.path("staged"))
        let second = memory()
        #expect(try second.fingerprint(of: folder.path("a")) == fingerprint)
        #expect(second.hashedCount == 0)
    }

    @Test func aFileNotOlderThanItsHashIsHashedAgain() throws {
        try write("content", "a", age: 0)
        let memory = promptMemory()
        _ = try memory.fingerprint(of: folder.path("a"))
        // Same size, same modification time, same inode: nothing but the content tells.
        let modified = try #require(try files.facts(about: folder.path("a"))).modified
        try files.write(Array("CONTENT".utf8), to: folder.path("a"))
        try files.setModified(folder.path("a"), to: modified)
        let again = try memory.fingerprint(of: folder.path("a"))
        #expect(again.sha256 == Digest(of: "CONTENT").hex)
    }

    @Test func aFileThatIsGivenItsOldTimeBackIsHashedAgain() throws {
        // An unpacker or a copy that keeps times writes new content of equal size under an old time.
        try write("content", "a", age: 3600)
        let time = try #require(try files.facts(about: folder.path("a"))).modified
        for (memory, content) in [(memory(), "CONTENT"), (promptMemory(), "COntent")] {
            _ = try memory.fingerprint(of: folder.path("a"))
            let before = try files.status(of: folder.path("a"))
            var after = before
            // Until the kernel's clock has ticked, where the memory relies on it.
            repeat {
                try files.write(Array(content.utf8), to: folder.path("a"))
                try files.setModified(folder.path("a"), to: time)
                after = try files.status(of: folder.path("a"))
            } while after == before && content == "CONTENT"
            let again = try memory.fingerprint(of: folder.path("a"))
            #expect(again.sha256 == Digest(of: content).hex)
        }
    }

    @Test func aFileOfACoarseClockIsHashedAgainWithinItsTick() throws {
        // FAT stamps every two seconds: a file hashed within them may change under the same time.
        try write("content", "a", age: 0)
        let path = folder.path("a")
        let second = try #require(try files.facts(about: path)).modified / 2_000_000_000
        try files.setModified(path, to: second * 2_000_000_000)
        let memory = Fingerprints(files: LaterFiles(seconds: 0), path: nil)
        _ = try memory.fingerprint(of: path)
        _ = try memory.fingerprint(of: path)
        #expect(memory.hashedCount == 2)
    }

    @Test func aTouchedFileIsHashedAgain() throws {
        try write("content", "a", age: 10)
        let memory = memory()
        let before = try memory.fingerprint(of: folder.path("a"))
        try write("content", "a", age: 5)
        #expect(try memory.fingerprint(of: folder.path("a")) == before)
        #expect(memory.hashedCount == 2)
    }

    @Test func aDamagedMemoryIsForgotten() throws {
        try write("content", "a", age: 10)
        let first = memory()
        let fingerprint = try first.fingerprint(of: folder.path("a"))
        try first.save(by: folder.path("staged"))
        var bytes = try files.read(folder.path("memory"))
        bytes[bytes.count / 2] ^= 1
        try files.write(bytes, to: folder.path("memory"))
        let second = memory()
        #expect(try second.fingerprint(of: folder.path("a")) == fingerprint)
        #expect(second.hashedCount == 1)
    }

    @Test func aMissingFileIsAnInputError() throws {
        let path = folder.path("none")
        let error = #expect(throws: UnreadableInput.self) { try memory().fingerprint(of: path) }
        #expect(error?.description == "\(path): does not exist")
    }
}

@Suite struct VectorMemoTests {
    let folder: TemporaryFolder
    private let store: HDF5ArtifactStore

    init() throws {
        folder = try TemporaryFolder()
        store = try HDF5ArtifactStore(path: folder.path("store"))
    }

    @Test func vectorsAddedBySeveralAreJoined() async throws {
        let path = store.path
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    let memo = try? HDF5ArtifactStore(path: path).memo
                    try? memo?.add(["picture-\(index)": [Float(index), 0.5]], to: "slot")
                }
            }
        }
        let vectors = store.memo.vectors(of: "slot")
        #expect(vectors.count == 8)
        #expect(vectors["picture-3"] == [3, 0.5])
        #expect(store.memo.vectors(of: "another slot").isEmpty)
    }

    @Test func aDamagedMemoIsEmptyAndCanBeFilledAgain() throws {
        try store.memo.add(["a": [1]], to: "slot")
        let files = DiskFiles()
        let folder = "\(store.path)/v1/memo"
        let name = try #require(try files.names(in: folder).first)
        var bytes = try files.read("\(folder)/\(name)")
        for position in bytes.indices {
            bytes[position] ^= 0x40
            try files.write(bytes, to: "\(folder)/\(name)")
            #expect(store.memo.vectors(of: "slot").isEmpty)
            bytes[position] ^= 0x40
        }
        try store.memo.add(["b": [2]], to: "slot")
        try files.write(Array(bytes.prefix(40)), to: "\(folder)/\(name)")
        try store.memo.add(["c": [3]], to: "slot")
        #expect(store.memo.vectors(of: "slot") == ["c": [3]])
    }
}
