import Data
import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// The look at a dataset's pictures before units read them.
@Suite struct PictureCheckTests {
    private let folder: TemporaryFolder
    private let root: String
    private let memo = VectorMemo()

    init() throws {
        folder = try TemporaryFolder()
        root = folder.path("p")
        for (index, name) in ["train/ant/1.png", "train/ant/2.png", "test/ant/1.png"].enumerated() {
            try write(picture(UInt8(index)), to: name)
        }
    }

    private func picture(_ level: UInt8) -> [UInt8] {
        PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[level]])
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try folder.write(bytes, to: "p/\(name)")
    }

    /// A source whose files are digested.
    private func source() throws -> DatasetSource {
        let source = DatasetSource(ImageFolder(root: root))
        _ = try source.digest(CountingFingerprints())
        return source
    }

    private func problem(_ source: DatasetSource, _ check: SourceCheck) -> String? {
        do {
            try source.check(check)
            return nil
        } catch {
            return "\(error)".replacing(root, with: "ROOT")
        }
    }

    private func spoil() throws {
        try write(Array(picture(7).dropLast(20)), to: "train/ant/cut.png")
        try write(Array("<html>".utf8), to: "test/ant/page.jpg")
    }

    @Test(arguments: [1, 2, 3, 7, 16, 64]) func everythingIsNamedAtOnce(threads: Int) throws {
        try spoil()
        #expect(
            problem(try source(), SourceCheck(.contents, memo: memo, threads: threads)) == """
                ROOT: 2 of 5 pictures cannot be read
                    train/ant/cut.png: truncated: it ends after \(picture(7).count - 20) bytes
                    test/ant/page.jpg: an HTML page, such as a login or an error, not a picture
                  hint: fetch or copy the file again; all of them: hide-pipeline inspect ROOT
                """)
    }

    @Test func firstBytesTellWhatIsNoPicture() throws {
        try spoil()
        let text = try #require(problem(try source(), SourceCheck(.beginnings, memo: memo)))
        #expect(text.hasPrefix("ROOT: 1 of 5 pictures cannot be read\n    test/ant/page.jpg: an"))
    }

    @Test func whatWasReadOnceIsNotReadAgain() throws {
        let source = try source()
        let done = Mutex<[Int]>([])
        #expect(problem(source, SourceCheck(.contents, memo: memo)) == nil)
        // The files are gone, and nothing asks for them.
        try FileManager.default.removeItem(atPath: root)
        let again = SourceCheck(
            .contents, memo: memo, progress: { count, _ in done.withLock { $0.append(count) } })
        #expect(problem(source, again) == nil)
        #expect(problem(source, SourceCheck(.beginnings, memo: memo)) == nil)
        #expect(done.withLock { $0 }.isEmpty)
        // Without the memory they would be read.
        #expect(problem(source, SourceCheck(.contents, memo: VectorMemo())) != nil)
    }

    /// A plan knows what a run found, and a mended picture has another content.
    @Test func whatWasFoundIsRemembered() throws {
        try spoil()
        #expect(problem(try source(), SourceCheck(.contents, memo: memo)) != nil)
        let plan = try #require(problem(try source(), SourceCheck(.beginnings, memo: memo)))
        #expect(plan.contains("2 of 5 pictures cannot be read\n    train/ant/cut.png: truncated"))
        try write(picture(8), to: "train/ant/cut.png")
        try write(picture(9), to: "test/ant/page.jpg")
        #expect(problem(try source(), SourceCheck(.contents, memo: memo)) == nil)
        #expect(problem(try source(), SourceCheck(.beginnings, memo: memo)) == nil)
    }

    /// What a unit would not find is not looked for either: pictures that stand twice count twice.
    @Test func everyPlaceOfOneContentIsNamed() throws {
        for name in ["train/ant/a.png", "test/ant/b.png"] { try write([1, 2], to: name) }
        let text = try #require(problem(try source(), SourceCheck(.contents, memo: memo)))
        #expect(text.contains("2 of 5 pictures cannot be read"))
        #expect(text.contains("train/ant/a.png: unknown content"))
        #expect(text.contains("test/ant/b.png: unknown content"))
    }

    @Test func onlyTheFirstTenAreNamed() throws {
        for index in 0..<12 {
            try write(Array("text \(index)".utf8), to: "train/ant/x\(index).jpg")
        }
        let text = try #require(problem(try source(), SourceCheck(.contents, memo: memo)))
        #expect(text.split(separator: "\n").count { $0.contains(": a text, not a picture") } == 10)
        #expect(text.contains("\n    and 2 more\n"))
    }

    @Test func aStopEndsTheCheck() throws {
        try spoil()
        let source = try source()
        let check = SourceCheck(.contents, memo: memo, threads: 2, isStopping: { true })
        #expect(throws: UnitInterrupted.self) { try source.check(check) }
    }

    /// The original of this dataset holds files that are no pictures, which the reference leaves out.
    @Test func whatADatasetIsKnownToHoldIsLeftOut() throws {
        for (index, letter) in "ABCDEFGHIJ".enumerated() {
            for copy in 0..<5 {
                try write(
                    picture(UInt8(10 * index + copy)), to: "notMNIST_small/\(letter)/\(copy).png")
            }
        }
        try write([1, 2, 3], to: "notMNIST_small/A/broken.png")
        let source = DatasetSource(NotMNIST(root: root))
        _ = try source.digest(CountingFingerprints())
        #expect(problem(source, SourceCheck(.contents, memo: memo)) == nil)
        // In a folder of somebody's own it is a mistake.
        try write([1, 2, 3], to: "train/ant/broken.png")
        #expect(problem(try self.source(), SourceCheck(.contents, memo: memo)) != nil)
    }

    /// A file that vanished or cannot be opened is as unreadable as a damaged one.
    @Test func aFileThatCannotBeOpenedIsNamed() throws {
        let source = try source()
        try FileManager.default.removeItem(atPath: "\(root)/train/ant/2.png")
        let text = try #require(problem(source, SourceCheck(.contents, memo: memo)))
        #expect(text.contains("1 of 3 pictures cannot be read\n    train/ant/2.png: "))
    }
}
