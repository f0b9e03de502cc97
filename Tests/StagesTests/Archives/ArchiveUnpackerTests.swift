import Data
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct ArchiveUnpackerTests {
    private typealias Entry = ArchiveBuilder.Entry

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted() }
    }

    private func unpacker(_ items: [String], of name: String = "set.tar") -> ArchiveUnpacker {
        ArchiveUnpacker(archive: folder.path(name), into: folder.url.path, items: items)
    }

    private func message(_ entries: [Entry], _ items: [String]) throws -> String? {
        try folder.write(ArchiveBuilder.tar(entries), to: "set.tar")
        let error = #expect(throws: UnreadableInput.self) { try unpacker(items).unpack() }
        #expect(try names == ["set.tar"])
        return error?.problem
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try BinaryFile.contents(of: folder.path(name)), as: UTF8.self)
    }

    private static let set = [
        Entry("./set/", type: "5"), Entry("./set/a/1.txt", Array("one".utf8)),
        Entry("set/2.txt", [UInt8](repeating: 65, count: 1000)), Entry("stray.txt", [1]),
    ]

    @Test func whatIsWantedComesOutAndNothingElse() throws {
        try folder.write(ArchiveBuilder.tar(Self.set), to: "set.tar")
        #expect(try unpacker(["set"]).unpack())
        #expect(try names == ["set", "set.tar"])
        #expect(try text("set/a/1.txt") == "one")
        #expect(try text("set/2.txt") == String(repeating: "A", count: 1000))
    }

    @Test func aPackedArchiveIsToldByItsContent() throws {
        let tar = ArchiveBuilder.tar(Self.set)
        try folder.write(
            ArchiveBuilder.gzip(tar, checksum: Inflation.checksum(tar)), to: "set.tgz")
        var calls: [Int] = []
        #expect(
            try unpacker(["set", "stray.txt"], of: "set.tgz").unpack { done, of in
                calls.append(of - done)
            })
        #expect(calls == [0])
        #expect(try names == ["set", "set.tgz", "stray.txt"])
        #expect(try text("set/a/1.txt") == "one")
    }

    @Test func whatIsThereIsLeftAlone() throws {
        try folder.write(ArchiveBuilder.tar(Self.set), to: "set.tar")
        try folder.write([7], to: "set/own.txt")
        #expect(try !unpacker(["set"]).unpack())
        #expect(try unpacker(["set", "stray.txt"]).unpack())
        #expect(try text("set/own.txt") == "\u{7}")
        #expect(!FileManager.default.fileExists(atPath: folder.path("set/2.txt")))
    }

    /// A process that died while unpacking leaves a folder with half of the files.
    @Test func leftOversDoNotBlockAndDoNotEnter() throws {
        try folder.write(ArchiveBuilder.tar(Self.set), to: "set.tar")
        try folder.write([1], to: ".unpacking-set.tar/set/half.jpg")
        #expect(try unpacker(["set"]).unpack())
        #expect(try names == ["set", "set.tar"])
        #expect(!FileManager.default.fileExists(atPath: folder.path("set/half.jpg")))
    }

    @Test func pathsThatLeaveTheFolderAreRefused() throws {
        for path in ["../set/x", "set/../../x", "/set/x"] {
            #expect(
                try message([Entry("set/a", [1]), Entry(path, [2])], ["set"])
                    == "holds the path '\(path)', which leaves the folder")
        }
    }

    @Test func linksAreRefused() throws {
        for type: Character in ["1", "2"] {
            #expect(
                try message(
                    [Entry("set/a", [1]), Entry("set/b", type: type, link: "/etc")], ["set"])
                    == "'set/b' is a link or device, which is not unpacked")
        }
    }

    @Test func anArchiveWithoutTheFolderIsNamed() throws {
        #expect(try message([Entry("other/a", [1])], ["set"]) == "does not hold 'set'")
        #expect(
            try message([Entry("set", [1]), Entry("set/a", [1])], ["set"])?
                .hasPrefix("cannot be unpacked: ") == true)
    }

    @Test func cutAndForeignFilesAreRefused() throws {
        let tar = ArchiveBuilder.tar(Self.set)
        let whole = ArchiveBuilder.gzip(tar, checksum: Inflation.checksum(tar))
        // Up to the second file the end of an archive may also be the end of its content.
        for count in [0, 1, 100, 700, 1600, whole.count / 2] {
            try folder.write(Array(whole.prefix(count)), to: "set.tgz")
            let error = #expect(throws: UnreadableInput.self) {
                try unpacker(["set"], of: "set.tgz").unpack()
            }
            #expect(error?.path == folder.path("set.tgz"))
            #expect(try names == ["set.tgz"])
        }
        try folder.write(Array("no archive at all".utf8), to: "set.tgz")
        #expect(throws: UnreadableInput.self) { try unpacker(["set"], of: "set.tgz").unpack() }
        #expect(throws: UnreadableInput.self) { try unpacker(["set"], of: "absent.tar").unpack() }
    }

    @Test func givingUpLeavesNothing() throws {
        struct Stop: Error {}
        try folder.write(ArchiveBuilder.tar(Self.set), to: "set.tar")
        #expect(throws: Stop.self) { try unpacker(["set"]).unpack { _, _ in throw Stop() } }
        #expect(try names == ["set.tar"])
    }

    @Test func twoAtOnceUnpackOnce() async throws {
        try folder.write(ArchiveBuilder.tar(Self.set), to: "set.tar")
        let unpacker = unpacker(["set"])
        let count = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 { group.addTask { try unpacker.unpack() } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(count == 1)
        #expect(try names == ["set", "set.tar"])
    }
}
