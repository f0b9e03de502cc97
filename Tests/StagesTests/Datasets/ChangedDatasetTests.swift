import Data
import Foundation
import Pipeline
import TestSupport
import Testing

/// What becomes of a dataset between two openings is noticed, whatever its files' times say.
@Suite struct ChangedDatasetTests {
    private let folder: TemporaryFolder
    private let files = DiskFiles()

    init() throws {
        folder = try TemporaryFolder()
        for path in ["train/a/1", "train/a/2", "train/b/1", "test/a/1", "test/b/1"] {
            let file = try folder.write(content(1), to: "data/\(path).png")
            try files.setModified(file, to: files.now() - 3_600_000_000_000)
        }
    }

    private func content(_ level: UInt8) -> [UInt8] {
        PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[level]])
    }

    private func path(_ name: String) -> String { folder.path("data/\(name).png") }

    /// Opens the dataset as a run does: with the memory that the last one saved.
    ///
    /// - Parameter files: the clock that says how long ago files were written.
    private func open(
        _ files: any FileLayer = DiskFiles()
    ) throws -> (state: SourceState, hashed: Int) {
        let memory = Fingerprints(files: files, path: folder.path("memory"))
        let source = DatasetSource(ImageFolder(root: folder.path("data")))
        let state = try source.digest(memory)
        try memory.save(by: folder.path("staged"))
        return (state, memory.hashedCount)
    }

    @Test func anUnchangedDatasetIsOpenedWithoutReadingAPicture() throws {
        let first = try open(LaterFiles(seconds: 10))
        #expect(first.hashed == 5)
        let second = try open(LaterFiles(seconds: 10))
        #expect(second.state == first.state && second.hashed == 0)
    }

    @Test func aChangedAnAddedAndARemovedFileAreNoticed() throws {
        var states = [try open(LaterFiles(seconds: 10)).state]
        try folder.write(content(2), to: "data/train/a/2.png")
        states.append(try open().state)
        try folder.write(content(3), to: "data/train/b/2.png")
        states.append(try open().state)
        #expect(states.last?.facts["train-pictures"] == 4)
        try files.remove(path("train/a/1"))
        states.append(try open().state)
        #expect(states.last?.facts["train-pictures"] == 3)
        #expect(Set(states.map(\.digest)).count == 4)
    }

    @Test func aFileChangedWithinTheSameSecondIsNoticed() throws {
        var digests: Set<String> = []
        for level in UInt8(1)...6 {
            // Equal size, equal file; the loop takes milliseconds.
            try files.write(content(level), to: path("train/a/1"))
            digests.insert(try open().state.digest)
        }
        #expect(digests.count == 6)
    }

    @Test func aFileChangedUnderAnEqualTimeIsNoticed() throws {
        let time = files.now() / 1_000_000_000 * 1_000_000_000
        var digests: Set<String> = []
        for level in UInt8(1)...6 {
            try files.write(content(level), to: path("train/a/1"))
            try files.setModified(path("train/a/1"), to: time)
            digests.insert(try open().state.digest)
        }
        #expect(digests.count == 6)
    }

    @Test func filesThatChangePlacesAreNoticed() throws {
        try folder.write(content(9), to: "data/train/b/1.png")
        let before = try open(LaterFiles(seconds: 10)).state
        try files.replace(folder.path("spare"), with: path("train/a/1"))
        try files.replace(path("train/a/1"), with: path("train/b/1"))
        try files.replace(path("train/b/1"), with: folder.path("spare"))
        let after = try open(LaterFiles(seconds: 10)).state
        #expect(after.digest != before.digest)
    }
}
