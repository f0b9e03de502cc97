import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

/// Records whose seal is right and whose content is not: never a crash, never another result.
@Suite struct OddRecordTests {
    private let folder: TemporaryFolder
    private let files = DiskFiles()
    private let store: HDF5ArtifactStore
    private let record: UnitRecord
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        store = try HDF5ArtifactStore(path: folder.path("store"))
        record = try store.save(
            Artifact(attributes: ["count": .integer(3)]), HDF5ArtifactStoreTests.unit())
        path = folder.path("store/v1/records/\(record.key.hex).json")
    }

    /// Values that some field would rather not have.
    private static let odd: [Value?] =
        [
            nil, .null, .bool(true), .integer(0), .integer(-1), .integer(.max), .integer(.min),
            .real(0), .real(-1), .real(1e300), .real(-1e300), .real(.nan), .real(.infinity),
            .real(-.infinity), .real(.leastNonzeroMagnitude), .string(""), .string("\u{1B}[2J\0"),
            .string(String(repeating: "a", count: 64)), .string(String(repeating: "é", count: 500)),
            .string("../../etc/passwd"), .array([]), .array([.null]), .object([:]),
            .object(["": .object(["key": .string("x")])]),
            (0..<200).reduce(.null) { value, _ in .array([value]) },
        ]

    /// The record with another value at each of its places.
    private func mutants() throws -> [Value] {
        let line = try files.read(path).prefix { $0 != 10 }
        let whole = try Value(json: String(decoding: line, as: UTF8.self))
        return Self.places(in: whole).flatMap { place in
            Self.odd.map { Self.replacing(place[...], in: whole, by: $0) }
        }
    }

    private static func places(in value: Value) -> [[String]] {
        guard case .object(let members) = value else { return [] }
        return members.sorted { $0.key < $1.key }.flatMap { name, member in
            [[name]] + places(in: member).map { [name] + $0 }
        }
    }

    private static func replacing(
        _ place: ArraySlice<String>, in value: Value, by other: Value?
    ) -> Value {
        guard let name = place.first, case .object(var members) = value else {
            return other ?? .null
        }
        let isLast = place.count == 1
        members[name] =
            isLast
            ? other : members[name].map { replacing(place.dropFirst(), in: $0, by: other) }
        return .object(members)
    }

    private func seal(_ line: String) throws {
        let line = line + "\n"
        try files.write(Array((line + Digest(of: line).hex + "\n").utf8), to: path)
    }

    /// Asks everything that reads records, and holds what may be answered.
    private func expectSafety(_ what: String) throws {
        let again = try HDF5ArtifactStore(path: store.path)
        _ = try again.entries()
        _ = try again.verify(isDeep: false).map(\.description)
        let state = try again.state(of: record.key)
        guard case .present(let found) = state else {
            let isDamaged = if case .damaged = state { true } else { false }
            #expect(isDamaged, "\(what): \(state)")
            return
        }
        #expect(found.key == record.key, "\(what)")
        do throws(StoreError) {
            let artifact = try again.artifact(of: found)
            #expect(artifact.digest == record.digest, "\(what)")
            #expect(found.digest == record.digest, "\(what)")
        } catch {
            // What contradicts its file is forgotten, so that the unit runs again.
            #expect(try again.state(of: record.key) == .absent, "\(what): \(error)")
        }
    }

    @Test func noValueOfAnyFieldIsACrashOrAnotherResult() throws {
        let mutants = try mutants()
        #expect(mutants.count >= 500)
        for mutant in mutants {
            try seal(mutant.canonicalJSON)
            try expectSafety(mutant.canonicalJSON.prefix(300).description)
        }
    }

    /// What no `Value` can hold.
    @Test func noTextIsACrash() throws {
        let line = String(decoding: try files.read(path).prefix { $0 != 10 }, as: UTF8.self)
        let numbers = [
            "1e400", "-1e400", "9223372036854775808", "1e-400", "0x10", "01", "--1", "1.",
        ]
        var texts = numbers.map {
            line.replacing(#/"seconds":[0-9.e-]+/#, with: "\"seconds\":\($0)")
        }
        texts += numbers.map { line.replacing(#/"bytes":[0-9]+/#, with: "\"bytes\":\($0)") }
        texts += numbers.map { line.replacing(#/"inode":[0-9]+/#, with: "\"inode\":\($0)") }
        texts.append(line.replacing("\"seconds\":", with: "\"seconds\":1.0,\"seconds\":"))
        texts.append("{" + line.dropFirst().dropLast() + "," + line.dropFirst())
        for bracket in ["[", "{\"a\":"] {
            texts.append(String(repeating: bracket, count: 100_000))
            texts.append(
                line.replacing(
                    "\"kind\":", with: "\"x\":\(String(repeating: bracket, count: 5000))"))
        }
        texts += ["", "\u{FEFF}" + line, line + line, "null", "\"\\ud800\"", "\"\\u12\""]
        for text in texts {
            try seal(text)
            try expectSafety(String(text.prefix(300)))
        }
    }

    @Test func aRecordOfAnotherContentIsForgottenWhenItIsFound() throws {
        let line = String(decoding: try files.read(path).prefix { $0 != 10 }, as: UTF8.self)
        try seal(
            line.replacing(
                "\"digest\":\"\(record.digest.hex)\"",
                with: "\"digest\":\"\(Digest(of: "other").hex)\""))
        guard case .present(let wrong) = try store.state(of: record.key) else {
            Issue.record("the seal is right")
            return
        }
        let error = #expect(throws: StoreError.self) { try store.artifact(of: wrong) }
        #expect(
            error
                == .unreadable(
                    key: record.key, problem: "the file holds another artifact than the record says"
                ))
        #expect(try store.state(of: record.key) == .absent)
    }

    @Test func aRecordUnderAnotherNameIsNone() throws {
        let other = folder.path("store/v1/records/\(Digest(of: "x").hex).json")
        try files.write(try files.read(path), to: other)
        #expect(try store.records() == [record])
        #expect(try store.state(of: UnitKey(Digest(of: "x"))) == .damaged(nil))
        #expect(
            try store.verify(isDeep: true).map(\.problem) == ["the record is damaged"])
    }

    @Test(arguments: ["a FIFO", "a folder"])
    func whatIsNoFileIsNoRecordAndNoWait(words: String) throws {
        try files.remove(path)
        if words == "a FIFO" {
            #expect(mkfifo(path, 0o600) == 0)
        } else {
            try files.makeFolder(path)
        }
        let again = try HDF5ArtifactStore(path: store.path)
        #expect(try again.records().isEmpty)
        #expect(try again.verify(isDeep: false).map(\.problem) == ["the record is damaged"])
        let error = #expect(throws: StoreError.self) { try again.state(of: record.key) }
        #expect(
            error?.description == """
                store '\(store.path)': cannot read '\(path)': it is \(words), not a file
                  hint: move it away, then run again
                """)
    }

    // MARK: The other files

    @Test(arguments: [Double.nan, .infinity, -1, 1e300])
    func progressOfAnOddAgeIsNone(seconds: Double) throws {
        let state = Artifact(attributes: ["step": .integer(1)])
        let saved = UnitProgress(state: state, seconds: seconds, log: ["\u{1B}[2J"])
        try store.saveProgress(saved, of: record.key)
        #expect(try store.progress(of: record.key) == (seconds == 1e300 ? saved : nil))
    }

    @Test func fingerprintsOfAnyNumbersAreNoCrash() throws {
        let input = try folder.write([1, 2, 3], to: "input")
        let numbers: [Int] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        for number in numbers {
            for place in 0..<4 {
                var values = [3, 0, 0, 0]
                values[place] = number
                var writer = SealedWriter(format: "hide-pipeline fingerprints 2")
                writer.append(input)
                writer.append(values[0])
                writer.append(values[1])
                writer.append(UInt64(truncatingIfNeeded: number))
                writer.append(values[2])
                writer.append(values[3])
                writer.append(Digest(of: "other").hex)
                try files.write(writer.sealed(), to: folder.path("memory"))
                let memory = Fingerprints(files: files, path: folder.path("memory"))
                #expect(try memory.fingerprint(of: input).sha256 == Digest(of: [1, 2, 3]).hex)
            }
        }
    }

    @Test func vectorsOfAnyBytesAreNoCrash() throws {
        try store.memo.add(["picture": [1, 2]], to: "group")
        let memo = folder.path("store/v1/memo")
        let file = try #require(try files.names(in: memo).first)
        let whole = Array(try files.read("\(memo)/\(file)").dropLast(32))
        for index in whole.indices {
            for byte: UInt8 in [0, 1, 127, 255] {
                var bytes = whole
                bytes[index] = byte
                try files.write(bytes + Digest(of: bytes).bytesForTests, to: "\(memo)/\(file)")
                _ = store.memo.vectors(of: "group")
            }
        }
    }

    @Test func leftoversThatCannotBeRemovedHinderNobody() throws {
        let folders = ["staging/x", "locks/x", "staging/\(record.key.hex).h5"]
        for name in folders { try files.makeFolder(folder.path("store/v1/\(name)/inner")) }
        #expect(mkfifo(folder.path("store/v1/locks/fifo"), 0o600) == 0)
        try files.write([1], to: folder.path("store/v1/staging/zz.h5"))
        store.removeLeftovers()
        #expect(!FileManager.default.fileExists(atPath: folder.path("store/v1/staging/zz.h5")))
        #expect(try store.records() == [record])
    }
}

extension Digest {
    /// The 32 bytes.
    fileprivate var bytesForTests: [UInt8] {
        let digits = Array(hex.utf8).map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return (0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }
}
