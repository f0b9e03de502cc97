import Data
import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// One download from a server with faults.
@Suite struct DownloadTests {
    static let content = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    static let sha256 = Checksum(.sha256, Digest(of: content).hex)
    typealias Answer = LoopbackServer.Answer

    let folder: TemporaryFolder
    var destination: String { folder.path("data/file.bin") }
    var part: String { destination + ".part" }

    init() throws { folder = try TemporaryFolder() }

    /// What a download did.
    struct Trace {
        var error: (any Error)?
        var notes: [String] = []
        var pauses: [Int] = []
        var received: [Int] = []

        var problem: String? { (error as? Download.Failure)?.problem }
    }

    private func download(
        _ address: String, byteCount: Int? = content.count, checksum: Checksum? = sha256,
        retries: Int = 3, stop: StopRequest = StopRequest(),
        onProgress: @escaping (Download.Progress) -> Void = { _ in }
    ) -> Trace {
        var trace = Trace()
        let pauses = Mutex<[Int]>([])
        var settings = DownloadSettings { seconds in pauses.withLock { $0.append(seconds) } }
        settings.patience = 1
        settings.retries = retries
        let download = Download(
            address: address, destination: destination,
            expectation: .init(byteCount: byteCount, checksum: checksum), settings: settings,
            stop: stop
        ) { progress in
            onProgress(progress)
            switch progress {
            case .note(let text): trace.notes.append(text)
            case .received(let count, _): trace.received.append(count)
            case .checked: break
            }
        }
        do {
            try download.run()
        } catch {
            trace.error = error
        }
        trace.pauses = pauses.withLock { $0 }
        return trace
    }

    private func bytes(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(filePath: path))).map { [UInt8]($0) }
    }

    /// The file is there, whole, and nothing else is.
    private func expectPlaced(_ location: SourceLocation = #_sourceLocation) throws {
        let isWhole = bytes(destination) == Self.content
        #expect(isWhole, sourceLocation: location)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("data"))
        #expect(names == ["file.bin"], sourceLocation: location)
    }

    private func expectNothing(_ location: SourceLocation = #_sourceLocation) {
        let exists = FileManager.default.fileExists(atPath: destination)
        #expect(!exists, sourceLocation: location)
    }

    // MARK: Success

    @Test func aFileIsFetchedCheckedAndPlaced() throws {
        let server = try LoopbackServer { request, _ in LoopbackServer.file(Self.content, request) }
        let trace = download(server.address("file.bin"))
        #expect(trace.error == nil)
        #expect(trace.received.last == Self.content.count)
        #expect(server.requests.map(\.path) == ["/file.bin"])
        #expect(server.requests[0].fields["range"] == nil)
        #expect(server.requests[0].fields["user-agent"] == "hide-pipeline")
        try expectPlaced()
    }

    @Test func nothingNeedsToBeKnownBeforehand() throws {
        let server = try LoopbackServer { _, _ in
            Answer("200 OK", body: Self.content)
        }
        let trace = download(server.address("f"), byteCount: nil, checksum: nil)
        #expect(trace.error == nil)
        try expectPlaced()
    }

    @Test func aRedirectIsFollowedAndALoopIsNot() throws {
        let server = try LoopbackServer { request, _ in
            switch request.path {
            case "/old": Answer("302 Found", ["Location": "/new", "Content-Length": "0"])
            case "/new": LoopbackServer.file(Self.content, request)
            default: Answer("301 Moved", ["Location": "/loop", "Content-Length": "0"])
            }
        }
        #expect(download(server.address("old")).error == nil)
        try expectPlaced()
        let trace = download(server.address("loop"))
        #expect(trace.problem == "Maximum (10) redirects followed")
        #expect(trace.pauses.isEmpty)
    }

    @Test func aRedirectToAnotherProtocolIsRefused() throws {
        let path = folder.path("secret")
        try Data(Self.content).write(to: URL(filePath: path))
        let server = try LoopbackServer { _, _ in
            Answer("302 Found", ["Location": "file://\(path)", "Content-Length": "0"])
        }
        #expect(download(server.address("f")).error != nil)
        expectNothing()
    }

    // MARK: Faults that are overcome

    @Test func aCutTransferIsResumedByARange() throws {
        let server = try LoopbackServer { request, number in
            let answer = LoopbackServer.file(Self.content, request)
            return number < 2 ? answer.cut(after: 20_000) : answer
        }
        let trace = download(server.address("f"))
        #expect(trace.error == nil)
        #expect(server.requests.map(\.firstByte) == [nil, 20_000, 40_000])
        #expect(server.requests[1].fields["if-range"] == "\"1\"")
        #expect(trace.pauses == [1, 1])
        #expect(trace.notes.contains("resuming after 20000 bytes"))
        try expectPlaced()
    }

    @Test func aStalledTransferIsResumed() throws {
        let server = try LoopbackServer { request, number in
            let answer = LoopbackServer.file(Self.content, request)
            return number == 0 ? answer.cut(after: 10_000, .stall) : answer
        }
        let trace = download(server.address("f"))
        #expect(trace.error == nil)
        #expect(server.requests.map(\.firstByte) == [nil, 10_000])
        try expectPlaced()
    }

    @Test func aServerThatIgnoresRangesIsReadFromTheStart() throws {
        let server = try LoopbackServer { _, number in
            let answer = Answer(
                "200 OK", ["Content-Length": "\(Self.content.count)", "ETag": "\"1\""],
                body: Self.content)
            return number == 0 ? answer.cut(after: 9_999) : answer
        }
        let trace = download(server.address("f"))
        #expect(trace.error == nil)
        #expect(server.requests.map(\.firstByte) == [nil, 9_999])
        #expect(trace.notes.contains("the server does not resume this file: from the start"))
        try expectPlaced()
    }

    @Test func aServerThatRefusesRangesIsReadFromTheStart() throws {
        let server = try LoopbackServer { request, number in
            if request.firstByte != nil {
                return Answer("416 Range Not Satisfiable", ["Content-Length": "0"])
            }
            let answer = LoopbackServer.file(Self.content, request)
            return number == 0 ? answer.cut(after: 9_999) : answer
        }
        let trace = download(server.address("f"))
        #expect(trace.error == nil)
        #expect(server.requests.map(\.firstByte) == [nil, 9_999, nil])
        try expectPlaced()
    }

    /// The wrong part, no part named at all, and the right part of a newer version.
    @Test(arguments: ["bytes 0-49999/50000", "bytes 9998-49999/50000", "chunks 1/2", "new version"])
    func aPartThatDoesNotFitIsThrownAway(range: String) throws {
        let server = try LoopbackServer { request, number in
            if request.firstByte != nil {
                let isNew = range == "new version"
                return Answer(
                    "206 Partial Content",
                    [
                        "Content-Range": isNew ? "bytes 9999-49999/50000" : range,
                        "Content-Length": "40001", "ETag": isNew ? "\"2\"" : "\"1\"",
                    ], body: Array(Self.content[9_999...]))
            }
            let answer = LoopbackServer.file(Self.content, request)
            return number == 0 ? answer.cut(after: 9_999) : answer
        }
        let trace = download(server.address("f"))
        #expect(trace.error == nil)
        #expect(server.requests.map(\.firstByte) == [nil, 9_999, nil])
        try expectPlaced()
    }

    @Test func aFileThatChangedMeanwhileIsReadFromTheStart() throws {
        let old = [UInt8](repeating: 7, count: 60_000)
        let server = try LoopbackServer { request, number in
            number == 0
                ? LoopbackServer.file(old, tag: "\"old\"", request).cut(after: 30_000)
                : LoopbackServer.file(Self.content, tag: "\"new\"", request)
        }
        let trace = download(server.address("f"), byteCount: nil)
        #expect(trace.error == nil)
        #expect(server.requests[1].fields["if-range"] == "\"old\"")
        try expectPlaced()
    }

    @Test func aBusyServerIsAskedAgainWhenItSaysSo() throws {
        let server = try LoopbackServer { request, number in
            switch number {
            case 0: Answer("503 Service Unavailable", ["Retry-After": "7", "Content-Length": "0"])
            case 1: Answer("429 Too Many", ["Retry-After": "7000", "Content-Length": "0"])
            case 2: Answer("500 Internal", ["Content-Length": "0"])
            default: LoopbackServer.file(Self.content, request)
            }
        }
        let trace = download(server.address("f"))
        #expect(trace.error == nil)
        #expect(trace.pauses == [7, 60, 8])
        try expectPlaced()
    }

    // MARK: Faults that are final

    @Test func absenceIsNotAskedForAgain() throws {
        let server = try LoopbackServer { _, _ in
            Answer("404 Not Found", ["Content-Length": "9"], body: Array("not here\n".utf8))
        }
        let trace = download(server.address("f"))
        #expect(trace.problem == "the server answers 404 (not found)")
        #expect(server.requests.count == 1 && trace.pauses.isEmpty)
        expectNothing()
    }

    @Test func nobodyListens() throws {
        let trace = download("http://127.0.0.1:\(try LoopbackServer.deadPort())/f")
        #expect(trace.problem?.contains("Failed to connect") == true, "\(trace)")
        #expect(trace.pauses.isEmpty)
        expectNothing()
    }

    @Test(arguments: ["http://", "gopher://127.0.0.1/f", "file:///etc/hostname", "f"])
    func anAddressThatIsNoneIsNotAskedForAgain(address: String) {
        let trace = download(address, byteCount: nil, checksum: nil)
        #expect(trace.problem != nil && trace.pauses.isEmpty, "\(trace)")
        expectNothing()
    }

    @Test func aServerThatAlwaysBreaksIsGivenUp() throws {
        let server = try LoopbackServer { request, _ in
            LoopbackServer.file(Self.content, request).cut(after: 0)
        }
        let trace = download(server.address("f"))
        #expect(trace.problem?.contains("0 of 50000 bytes are here") == true, "\(trace)")
        #expect(trace.pauses == [2, 4, 8])
        expectNothing()
    }

    @Test func aStalledServerIsGivenUpAndThePartIsKept() throws {
        let server = try LoopbackServer { request, number in
            LoopbackServer.file(Self.content, request)
                .cut(after: number == 0 ? 10_000 : 0, .stall)
        }
        let trace = download(server.address("f"), retries: 0)
        #expect(trace.pauses == [1])
        #expect(trace.problem?.contains("Operation too slow") == true, "\(trace)")
        #expect(bytes(part)?.count == 10_000)
        expectNothing()
    }

    @Test func wrongBytesAreRemoved() throws {
        let wrong = [UInt8](repeating: 0, count: Self.content.count)
        let server = try LoopbackServer { request, _ in LoopbackServer.file(wrong, request) }
        let trace = download(server.address("f"))
        let expected = try #require(Self.sha256)
        #expect(
            trace.problem == "the content is another one and is removed: expected \(expected), "
                + "received sha256:\(Digest(of: wrong).hex)")
        expectNothing()
        #expect(bytes(part) == nil && bytes(part + ".source") == nil)
    }

    @Test func anotherSizeIsRefusedBeforeAnyByte() throws {
        let server = try LoopbackServer { request, _ in
            LoopbackServer.file(Self.content + [1], request)
        }
        let trace = download(server.address("f"))
        #expect(trace.problem == "the server offers 50001 bytes, expected 50000")
        #expect(trace.received.isEmpty)
        expectNothing()
    }

    @Test func moreThanTheExpectedSizeIsNotTaken() throws {
        let server = try LoopbackServer { _, _ in
            Answer("200 OK", body: Self.content + [UInt8](repeating: 1, count: 200_000))
        }
        let trace = download(server.address("f"))
        #expect(trace.problem == "the server sends more than the expected 50000 bytes")
        #expect(bytes(part) == nil)
        expectNothing()
    }

    @Test func lessThanTheExpectedSizeIsRefused() throws {
        let server = try LoopbackServer { _, _ in
            Answer("200 OK", body: Array(Self.content.dropLast()))
        }
        let trace = download(server.address("f"), retries: 0)
        #expect(
            trace.problem == "the server ended early (49999 of 50000 bytes are here)", "\(trace)")
        expectNothing()
    }

    // MARK: Interruption and left-overs

    @Test func aStoppedDownloadKeepsItsPartAndIsResumed() throws {
        let server = try LoopbackServer { request, number in
            let answer = LoopbackServer.file(Self.content, request)
            return number == 0 ? answer.cut(after: 30_000, .stall) : answer
        }
        let stop = StopRequest()
        let trace = download(server.address("f"), stop: stop) { progress in
            if case .received(30_000, _) = progress { stop.request() }
        }
        let expected = FetchInterrupted(path: part, .receiving(30_000))
        #expect(trace.error as? FetchInterrupted == expected)
        let isKept = bytes(part) == Array(Self.content.prefix(30_000))
        #expect(isKept)
        #expect(download(server.address("f")).error == nil)
        #expect(server.requests.map(\.firstByte) == [nil, 30_000])
        try expectPlaced()
    }

    /// Whatever lies there from before, the file comes out right.
    @Test(arguments: [
        "", "hide-pipeline download 1\nADDRESS\n\"1\"\n", "hide-pipeline download 1\nADDRESS\n\n",
        "hide-pipeline download 1\nhttp://elsewhere/f\n\"1\"\n",
        "hide-pipeline download 2\nADDRESS",
        "\u{0}\u{1}",
    ])
    func leftOversDoNoHarm(source: String) throws {
        let server = try LoopbackServer { request, _ in LoopbackServer.file(Self.content, request) }
        for left in [Array(Self.content.prefix(100)), Array(Self.content), Self.content + [9]] {
            try FileManager.default.createDirectory(
                atPath: folder.path("data"), withIntermediateDirectories: true)
            try Data(left).write(to: URL(filePath: part))
            let text = source.replacing("ADDRESS", with: server.address("f"))
            try Data(text.utf8).write(to: URL(filePath: part + ".source"))
            #expect(download(server.address("f")).error == nil)
            try expectPlaced()
        }
    }

    @Test func anUnwritableFolderIsAnErrorOfTheDisk() throws {
        let server = try LoopbackServer { request, _ in LoopbackServer.file(Self.content, request) }
        try Data().write(to: URL(filePath: folder.path("data")))
        let trace = download(server.address("f"))
        #expect(
            (trace.error as? FileError)?.description
                == "cannot create '\(part)': Not a directory", "\(trace)")
    }
}
