import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

@Suite struct HDF5ArtifactStoreTests {
    let folder: TemporaryFolder
    let files = FaultyFiles()

    init() throws { folder = try TemporaryFolder() }

    static let artifact = Artifact(
        attributes: [
            "metric.faa": .real(71.25), "rows": .array([.array([.real(1)]), .array([])]),
            "note": .string("ä\0"), "count": .integer(3), "isFinal": .bool(true), "none": .null,
        ],
        arrays: [
            "pet/lora_layer.k_lora_A": TypedArray(shape: [2, 2], .float32([1, 2, 3, .nan])),
            "names": TypedArray(shape: [2], .text(["a", "öö"])),
            "empty": TypedArray(shape: [0, 4], .int64([])),
        ])

    static func unit(_ number: Int = 1) -> UnitProtocol {
        UnitProtocol(
            name: UnitName(unit: "toy/run[1]", stage: "toy", pipeline: "test"),
            document: KeyDocument(
                kind: "toy", version: 1, parameters: .object(["number": .integer(number)]),
                seed: 42, inputs: [:], sources: [:]),
            seconds: 1.5, log: ["first line", "", "last line"], environment: ["host": "here"])
    }

    private func open() throws -> HDF5ArtifactStore {
        try HDF5ArtifactStore(path: folder.path("store"), files: files)
    }

    @Test func aStoredArtifactReadsBackWithItsProtocol() throws {
        let unit = Self.unit()
        let record = try open().save(Self.artifact, unit)
        let store = try open()
        #expect(try store.state(of: unit.document.key) == .present(record))
        let read = try store.artifact(of: record)
        #expect(read.digest == Self.artifact.digest && read.digest == record.digest)
        #expect(read.attributes == Self.artifact.attributes)
        #expect(try store.unitProtocol(of: record) == unit)
        #expect(try store.records() == [record])
        #expect(try store.entries().map(\.unit) == ["toy/run[1]"])
        #expect(try store.verify(isDeep: true).isEmpty)
    }

    @Test func lookingAtAStoreLeavesNoTrace() throws {
        let store = try open()
        #expect(try store.state(of: Self.unit().document.key) == .absent)
        #expect(try store.records().isEmpty && store.entries().isEmpty)
        store.removeLeftovers()
        #expect(!FileManager.default.fileExists(atPath: store.path))
    }

    @Test func aStoreOfAnotherFormatIsNamed() throws {
        try files.makeFolder(folder.path("store/v1"))
        try files.write(Array("hide-pipeline store 9\n".utf8), to: folder.path("store/v1/format"))
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(
            error?.description == """
                store '\(folder.path("store"))' has the format 'hide-pipeline store 9', this \
                program reads and writes 'hide-pipeline store 1'
                  hint: name another folder with --store
                """)
    }

    @Test func everyCutAndEveryAlteredByteIsSeenBeforeHDF5IsAsked() throws {
        let store = try open()
        let unit = Self.unit()
        let key = unit.document.key
        let record = try store.save(Artifact(attributes: ["count": .integer(3)]), unit)
        for path in [
            "\(store.path)/v1/artifacts/\(key).h5", "\(store.path)/v1/records/\(key).json",
        ] {
            let whole = try files.read(path)
            func expectDamage(_ what: String) throws {
                let state = try store.state(of: key)
                let isDamaged = if case .damaged = state { true } else { false }
                #expect(isDamaged, "\(what) of \(path): \(state)")
            }
            let handle = try FileHandle(forUpdating: URL(filePath: path))
            for index in whole.indices.reversed() {
                try handle.truncate(atOffset: UInt64(index))
                try expectDamage("cut at \(index)")
            }
            try handle.write(contentsOf: Data(whole))
            for index in whole.indices {
                for byte in [whole[index] ^ 0x20, whole[index]] {
                    try handle.seek(toOffset: UInt64(index))
                    try handle.write(contentsOf: Data([byte]))
                    if byte != whole[index] { try expectDamage("altered byte \(index)") }
                }
            }
            try handle.close()
            #expect(try store.state(of: key) == .present(record))
        }
    }

    @Test func aDamagedOrLostArtifactIsAnErrorWhenItIsRead() throws {
        let store = try open()
        let unit = Self.unit()
        let record = try store.save(Self.artifact, unit)
        let path = "\(store.path)/v1/artifacts/\(record.key).h5"
        var bytes = try files.read(path)
        bytes[bytes.count - 1] ^= 1
        try files.write(bytes, to: path)
        let error = #expect(throws: StoreError.self) { try store.artifact(of: record) }
        let short = record.key.shortened
        #expect(
            error?.description == """
                artifact \(short) is unreadable: the file is not the recorded one
                  hint: the next run recomputes it
                """)
        let problem = "artifact \(short): the file is not the recorded one"
        #expect(
            try store.verify(isDeep: false).map(\.description) == ["toy/run[1]: \(problem)"])
        try files.remove(path)
        #expect(try store.state(of: record.key) == .missing(record))
    }

    @Test(arguments: [ENOSPC, EROFS, EIO])
    func aFaultAtAnyOperationLosesNothing(code: Int32) throws {
        let first = try open().save(Self.artifact, Self.unit(1))
        var old = try open().save(Self.artifact, Self.unit(2))
        var changed = Self.artifact
        changed.attributes["count"] = .integer(4)
        var position = 0
        while true {
            files.fail(.allFail(code), at: position)
            let outcome = Result { try open().save(changed, Self.unit(2)) }
            let isComplete = files.operationCount <= position
            files.heal()
            let store = try open()
            store.removeLeftovers()
            #expect(try store.state(of: first.key) == .present(first))
            switch outcome {
            case .success(let record):
                #expect(try store.state(of: record.key) == .present(record))
                #expect(try store.artifact(of: record).digest == changed.digest)
            case .failure(let error):
                let text = "\(error)"
                #expect(error is StoreError && text.hasPrefix("store '\(store.path)': cannot "))
                #expect(text.contains(String(cString: strerror(code))))
                // The old artifact, or the new one whose record is not there yet.
                let state = try store.state(of: old.key)
                #expect(state == .present(old) || state == .damaged(old))
            }
            #expect(try names("staging").isEmpty && names("locks").isEmpty)
            old = try store.save(Self.artifact, Self.unit(2))
            if isComplete { break }
            position += 1
        }
        #expect(position >= 5)
    }

    private func names(_ name: String) throws -> [String] {
        try files.names(in: folder.path("store/v1/\(name)"))
    }

    @Test func progressIsReplacedResumedAndForgottenWhenDone() throws {
        let store = try open()
        let key = Self.unit().document.key
        for step in 1...3 {
            let progress = UnitProgress(
                state: Artifact(attributes: ["step": .integer(step)]), seconds: Double(step),
                log: ["step \(step)"])
            try store.saveProgress(progress, of: key)
            #expect(try open().progress(of: key) == progress)
            #expect(try names("progress").count == 1)
        }
        let name = try #require(try names("progress").first)
        let path = folder.path("store/v1/progress/\(name)")
        let whole = try files.read(path)
        for position in stride(from: 0, to: whole.count, by: 97) {
            var bytes = whole
            bytes[position] ^= 1
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try store.progress(of: key) == nil)
        }
        _ = try store.save(Self.artifact, Self.unit())
        #expect(try names("progress").isEmpty)
    }

    @Test func aUnitHasOneOwnerUntilItIsReleased() throws {
        let (first, second) = (try open(), try open())
        let key = Self.unit().document.key
        let ownership = try #require(try first.own(key))
        #expect(try second.own(key) == nil)
        ownership.release()
        let next = try #require(try second.own(key))
        next.release()
        #expect(try names("locks").isEmpty)
    }

    @Test func leftoversOfTheLivingStayAndThoseOfTheDeadGo() throws {
        let store = try open()
        let living = try #require(try store.own(Self.unit(1).document.key))
        let dead = Self.unit(2).document.key
        try files.write([1], to: folder.path("store/v1/staging/\(Self.unit(1).document.key).h5"))
        try files.write([1], to: folder.path("store/v1/staging/\(dead).h5"))
        try files.write([], to: folder.path("store/v1/locks/\(dead)"))
        try store.saveLog(["failed"], of: dead)
        try open().removeLeftovers()
        #expect(try names("staging") == ["\(Self.unit(1).document.key).h5"])
        #expect(try names("locks") == [Self.unit(1).document.key.hex])
        #expect(try store.log(of: dead) == ["failed"])
        living.release()
    }
}
