import Data
import Pipeline
import TestSupport
import Testing

/// What a zip archive may not do.
@Suite struct ZipArchiveTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func archive(_ bytes: [UInt8]) throws -> ZipArchive {
        try ZipArchive(BinaryFile(try folder.write(bytes, to: "a.zip")))
    }

    private func problem(_ bytes: [UInt8]) -> String? {
        #expect(throws: UnreadableInput.self) { try archive(bytes) }?.problem
    }

    private func file(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
        ZipBuilder.file(entries, checksum: Inflation.checksum)
    }

    /// The place of the nth record of the directory.
    private func record(_ number: Int, in bytes: [UInt8]) throws -> Int {
        let places = bytes.indices.dropLast(3).filter {
            bytes[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 1, 2])
        }
        try #require(number < places.count)
        return places[number]
    }

    @Test func whatIsWrittenIsRead() throws {
        let archive = try archive(file([("a/b", [1, 2, 3]), ("empty", [])]))
        #expect(archive.entries.map(\.name) == ["a/b", "empty"])
        #expect(try archive.entries.map { try archive.bytes(of: $0) } == [[1, 2, 3], []])
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../../up", "a\\b", "", "a\0b"])
    func pathsThatLeadElsewhereAreRefused(name: String) {
        let text = problem(file([(name, [1])]))
        #expect(text?.hasSuffix("has a path that is not read") == true)
    }

    @Test func entriesThatShareBytesAreRefused() throws {
        var bytes = file([("a", [UInt8](repeating: 7, count: 40)), ("b", [1])])
        let second = try record(1, in: bytes)
        // The second entry starts inside the first.
        bytes[second + 42] = 35
        #expect(problem(bytes) == "entry 'b' shares bytes with another")
    }

    @Test func anEntryThatRunsIntoTheDirectoryIsRefused() throws {
        var bytes = file([("a", [1, 2, 3, 4])])
        let first = try record(0, in: bytes)
        for field in [20, 24] { bytes[first + field] = 5 }
        #expect(problem(bytes) == "the last entry shares bytes with the archive's directory")
    }

    @Test func growthBeyondTheLimitIsRefused() throws {
        var bytes = file([("a", [UInt8](repeating: 0, count: 8))])
        let first = try record(0, in: bytes)
        // Deflated, eight bytes that claim to be 1 GiB.
        bytes[first + 10] = 8
        bytes.replaceSubrange(first + 24..<first + 28, with: ZipBuilder.littleEndian(1 << 30, 4))
        #expect(problem(bytes) == "entry 'a' claims 1073741824 bytes")
    }

    @Test func manySmallClaimsAreCountedTogether() throws {
        let names = (0..<100).map { "entry\($0)" }
        var bytes = file(names.map { ($0, [0]) })
        for index in names.indices {
            let place = try record(index, in: bytes)
            bytes[place + 10] = 8
            bytes.replaceSubrange(
                place + 24..<place + 28, with: ZipBuilder.littleEndian(16_000_000, 4))
        }
        #expect(problem(bytes) == "the archive claims 1600000000 bytes")
    }

    @Test func twoDescriptionsThatDifferAreDamage() throws {
        var bytes = file([("a", [1, 2, 3])])
        bytes[8] = 8
        let archive = try archive(bytes)
        let error = #expect(throws: UnreadableInput.self) {
            try archive.bytes(of: archive.entries[0])
        }
        #expect(error?.problem == "entry 'a' is damaged")
    }
}
