import Foundation
import Pipeline
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Text files come through one door, and what is none is said at once.
@Suite(.timeLimit(.minutes(1))) struct InputTextTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func reason(_ path: String) -> String? {
        do {
            _ = try InputText.bytes(of: path, limit: 10)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func whatIsNoFileIsNamed() throws {
        #expect(mkfifo(folder.path("fifo"), 0o600) == 0)
        #expect(symlink("loop", folder.path("loop")) == 0)
        #expect(reason(folder.path("fifo")) == "it is a FIFO")
        #expect(reason(folder.path("loop")) == "it is a link that leads to itself")
        #expect(reason(folder.path) == "it is a folder")
        #expect(reason("/dev/zero") == "it is a device")
        #expect(reason(folder.path("none")) == "no such file")
        #expect(reason(folder.path("none/below")) == "no such file")
    }

    @Test func noMoreIsReadThanTheLimitAndOne() throws {
        let path = folder.path("t")
        try Data(repeating: 65, count: 100_000).write(to: folder.url.appending(path: "t"))
        #expect(try InputText.bytes(of: path, limit: 10).count == 11)
        #expect(try InputText.bytes(of: path, limit: 200_000).count == 100_000)
    }

    @Test func onlyTheMarkOfUTF8IsTakenOff() throws {
        #expect(try Array(InputText.unmarked([0xEF, 0xBB, 0xBF, 65])) == [65])
        #expect(try Array(InputText.unmarked([0xEF, 0xBB])) == [0xEF, 0xBB])
        #expect(try Array(InputText.unmarked([])) == [])
        for (bytes, name) in [([0xFF, 0xFE], "UTF-16"), ([0xFF, 0xFE, 0, 0], "UTF-32")]
            as [([UInt8], String)]
        {
            let error = #expect(throws: InputText.Failure.self) {
                try InputText.unmarked(bytes)
            }
            #expect(error?.reason == name)
        }
    }

    /// Editors leave the mark in pipeline files, included files and files of settings alike.
    @Test func everyTextMayBeginWithAMark() throws {
        let toy = try ToyFile()
        let mark = "\u{FEFF}"
        try toy.write("\(mark)variables: {value: 1}\n", to: "v.yaml")
        try toy.write("\(mark)value: 7\n", to: "s.yaml")
        try toy.write(
            "\(mark)pipeline: toy\ninclude: \"${here}/v.yaml\"\n"
                + "stages: {a: {uses: toy-number, with: {value: \"${value}\"}}}\n")
        let file = try PipelineFile.read(
            toy.folder.path("f.yaml"),
            settings: try Setting.list(parsing: "@\(toy.folder.path("s.yaml"))"), registry: .toys)
        #expect(file.graph.units[0].definition.parameters == .object(["value": .integer(7)]))
    }

    @Test func theHomeFolderIsFilledIn() throws {
        let home = try #require(ProcessInfo.processInfo.environment["HOME"], "no home folder")
        #expect(UserPath.expanded("~") == home)
        #expect(UserPath.expanded("~/a b") == home + "/a b")
        #expect(UserPath.expanded("$HOME/a") == home + "/a")
        for path in ["~user/a", "a/~/b", "./~", "$HOMES/a", "$DATA/a", "", "/"] {
            #expect(UserPath.expanded(path) == path)
        }
    }
}
