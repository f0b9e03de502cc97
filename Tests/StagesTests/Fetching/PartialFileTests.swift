import Data
import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

/// What stands where a download grows is never written through, and an empty beginning is not left.
@Suite struct PartialFileTests {
    private let folder: TemporaryFolder
    private var destination: String { folder.path("data/file.bin") }
    private var part: String { destination + ".part" }

    init() throws {
        folder = try TemporaryFolder()
        try folder.write([9, 9], to: "precious")
        try FileManager.default.createDirectory(
            atPath: folder.path("data"), withIntermediateDirectories: true)
    }

    private func download(_ answer: LoopbackServer.Answer) throws {
        let server = try LoopbackServer { _, _ in answer }
        var settings = DownloadSettings { _ in }
        settings.retries = 0
        settings.patience = 1
        try Download(
            address: server.address("f"), destination: destination, expectation: .init(),
            settings: settings, stop: StopRequest(), report: { _ in }
        ).run()
    }

    private static let content: [UInt8] = [1, 2, 3]

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path("data")).sorted()
    }

    private func expectRefusal(_ path: String, _ problem: String) throws {
        let error = #expect(throws: UnreadableInput.self) {
            try download(.init("200 OK", body: Self.content))
        }
        #expect(
            error
                == UnreadableInput(
                    path: path, problem: problem, hint: "remove it, then run again"))
        #expect(try BinaryFile.contents(of: folder.path("precious")) == [9, 9])
    }

    @Test(arguments: ["precious", "absent", "data/file.bin.part"])
    func aLinkIsRefused(target: String) throws {
        #expect(symlink(folder.path(target), part) == 0)
        try expectRefusal(part, "is a link, through which nothing is written")
    }

    @Test func aFileWithAnotherNameIsRefused() throws {
        #expect(link(folder.path("precious"), part) == 0)
        try expectRefusal(part, "is a file with another name besides (a hard link)")
    }

    @Test(arguments: ["a FIFO", "a folder"])
    func whatIsNoFileIsRefusedAtOnce(words: String) throws {
        if words == "a FIFO" {
            #expect(mkfifo(part, 0o600) == 0)
        } else {
            #expect(mkdir(part, 0o700) == 0)
        }
        try expectRefusal(part, "is \(words), not a file")
    }

    @Test(arguments: ["precious", "absent"])
    func aLinkAtTheDestinationIsRefused(target: String) throws {
        #expect(symlink(folder.path(target), destination) == 0)
        try expectRefusal(destination, "is a link, through which nothing is written")
    }

    @Test(arguments: ["precious", "absent"])
    func theFileBesideItIsReplacedAndNotWrittenThrough(target: String) throws {
        #expect(symlink(folder.path(target), part + ".source") == 0)
        try download(.init("200 OK", body: Self.content))
        #expect(try BinaryFile.contents(of: destination) == Self.content)
        #expect(try BinaryFile.contents(of: folder.path("precious")) == [9, 9])
        #expect(try names() == ["file.bin"])
    }

    @Test(arguments: ["404 Not Found", "500 Broken", "403 Forbidden"])
    func aFetchThatFailedLeavesNothing(status: String) throws {
        #expect(throws: Download.Failure.self) { try download(.init(status)) }
        #expect(try names().isEmpty)
    }

    @Test func whatHasArrivedIsKept() throws {
        try folder.write([1], to: "data/file.bin.part")
        #expect(throws: Download.Failure.self) { try download(.init("404 Not Found")) }
        #expect(try names() == ["file.bin.part"])
    }

    @Test(arguments: ["file", "link"])
    func whatIsNoFolderIsNoPlaceToUnpackInto(kind: String) throws {
        try folder.write(
            ArchiveBuilder.tar([.init("set/1.txt", [1])]), to: "set.tar")
        let staging = folder.path("data/.unpacking-set.tar")
        if kind == "file" {
            try folder.write([], to: "data/.unpacking-set.tar")
        } else {
            #expect(symlink(folder.url.path, staging) == 0)
        }
        let unpacker = ArchiveUnpacker(
            archive: folder.path("set.tar"), into: folder.path("data"), items: ["set"])
        let error = #expect(throws: UnreadableInput.self) { try unpacker.unpack() }
        #expect(
            error?.problem
                == "cannot be unpacked into '\(folder.path("data"))': '\(staging)' is in the way: "
                + "it is no folder")
        #expect(try BinaryFile.contents(of: folder.path("precious")) == [9, 9])
    }
}
