import Pipeline
import TestSupport
import Testing

/// What the system says of the user's files, and what is said of it.
@Suite struct InputPathTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func bothDoorsToAFolderNameTheSame() throws {
        let names = [".hidden", "B", "a", "ä", "z.txt"]
        for name in names { try folder.write([1], to: name) }
        #expect(
            try InputPath.names(in: folder.path)
                == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(try DiskFiles().names(in: folder.path) == InputPath.names(in: folder.path))
    }

    @Test func whatIsNoFolderHasNoNames() throws {
        try folder.write([1], to: "file")
        let (file, absent) = (folder.path("file"), folder.path("absent"))
        #expect(throws: UnreadableInput(path: file, problem: "is not a folder")) {
            try InputPath.names(in: file)
        }
        #expect(throws: UnreadableInput(path: absent, problem: "does not exist")) {
            try InputPath.names(in: absent)
        }
        // A folder of the store that nobody has made is as good as empty.
        #expect(try DiskFiles().names(in: absent) == [])
        #expect(throws: FileError.self) { try DiskFiles().names(in: file) }
    }

    @Test func aHintTakesThePlaceOfAnother() throws {
        let error = UnreadableInput(path: "a", problem: "is damaged", hint: "first")
        func hinted(_ hint: String?) -> UnreadableInput? {
            #expect(throws: UnreadableInput.self) {
                try UnreadableInput.hinting(hint) { throw error }
            }
        }
        #expect(hinted("second")?.description == "a: is damaged\n  hint: second")
        #expect(hinted(nil) == error)
        #expect(throws: UnitInterrupted.self) {
            try UnreadableInput.hinting("second") { throw UnitInterrupted() }
        }
        #expect(try UnreadableInput.hinting("second") { 3 } == 3)
    }
}
