import Data
import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// What lies in class folders beside pictures: links, FIFOs, names that look alike.
@Suite struct FolderWalkTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for (level, name) in ["train/ant/1", "train/bee/1", "test/ant/2", "test/bee/2"].enumerated()
        {
            try folder.write(picture(UInt8(level)), to: "\(name).png")
        }
    }

    private func picture(_ level: UInt8) -> [UInt8] {
        PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[level]])
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(name), withDestinationPath: target)
    }

    private func listing() throws -> DatasetListing {
        try ImageFolder(root: folder.url.path).listing(CountingFingerprints())
    }

    /// The error about the folder.
    private func message() -> String? {
        let error = #expect(throws: UnreadableInput.self) { try listing() }
        return error.map { "\($0.path): \($0.problem)" }?
            .replacing(folder.url.path, with: "ROOT")
    }

    private func move(_ name: String, to other: String) throws {
        try FileManager.default.moveItem(atPath: folder.path(name), toPath: folder.path(other))
    }

    private func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: folder.path(name))
    }

    // MARK: Links

    @Test(arguments: ["..", "../..", "../../..", ".", "/", "../ant"])
    func aLinkThatLeadsBackIsNamed(target: String) throws {
        try link("train/ant/again", to: target)
        #expect(
            message()
                == "ROOT/train/ant/again: is a link to '\(target)', a folder that it lies in")
    }

    /// Without the rule, two such links make 2^40 paths.
    @Test func twoLinksThatLeadBackAreNamed() throws {
        try link("train/bee/first", to: "..")
        try link("train/bee/second", to: "..")
        #expect(message() == "ROOT/train/bee/first: is a link to '..', a folder that it lies in")
    }

    @Test func aFolderIsReadOnceHoweverManyLinksLeadToIt() throws {
        try folder.write(picture(9), to: "train/ant/more/x.png")
        for name in ["a", "y", "z"] { try link("train/ant/\(name)", to: "more") }
        let listing = try listing()
        #expect(
            listing.entries.filter { $0.split == .train && $0.label == 0 }.map(\.path)
                == ["train/ant/1.png", "train/ant/a/x.png"])
        #expect(listing.warnings.count == 3)
        #expect(listing.warnings.allSatisfy { $0.hasSuffix("which is read once") })
    }

    @Test func linksOutOfTheRootAreFollowed() throws {
        try move("train/ant", to: "elsewhere")
        try link("train/ant", to: folder.path("elsewhere"))
        try move("test/bee/2.png", to: "far.png")
        try link("test/bee/2.png", to: "../../far.png")
        let listing = try listing()
        #expect(listing.entries.count == 4 && listing.warnings.isEmpty)
        #expect(listing.classNames == ["ant", "bee"])
    }

    @Test func twoClassesOfOneFolderAreNamed() throws {
        try remove("train/bee")
        try link("train/bee", to: "ant")
        #expect(
            message() == "ROOT/train/bee: is the same folder as 'ROOT/train/ant': 'train/bee' is a "
                + "link to 'ant'")
    }

    @Test func trainAndTestOfOneFolderAreNamed() throws {
        try remove("test")
        try link("test", to: "train")
        #expect(message() == "ROOT/test: is the same folder as 'train'")
        try remove("test")
        try folder.write(picture(5), to: "test/bee/1.png")
        try link("test/ant", to: "../train/ant")
        #expect(
            message()
                == "ROOT/test/ant: is the same folder as 'ROOT/train/ant': 'test/ant' is a link "
                + "to '../train/ant'")
    }

    @Test func linksThatLeadNowhereAreNamed() throws {
        try link("train/ant/x.jpg", to: "/nowhere/x.jpg")
        #expect(
            message() == "ROOT/train/ant/x.jpg: is a link to '/nowhere/x.jpg', where nothing is")
        try remove("train/ant/x.jpg")
        try link("test/cat", to: "../gone")
        #expect(message() == "ROOT/test/cat: is a link to '../gone', where nothing is")
        try remove("test/cat")
        try link("train/ant/x.jpg", to: "x.jpg")
        #expect(message() == "ROOT/train/ant/x.jpg: is a link that leads to itself")
        try remove("train")
        try link("train", to: "old-train")
        #expect(message() == "ROOT/train: is a link to 'old-train', where nothing is")
    }

    // MARK: What is no picture

    @Test func whatHasTheNameOfAPictureAndIsNoFileIsNamed() throws {
        #expect(mkfifo(folder.path("test/ant/a.jpg"), 0o600) == 0)
        #expect(message() == "ROOT/test/ant/a.jpg: is a FIFO, not a picture")
        try remove("test/ant/a.jpg")
        try folder.write([], to: "test/ant/b.png/notes.txt")
        #expect(message() == "ROOT/test/ant/b.png: is a folder, not a picture")
        try remove("test/ant/b.png")
        try link("test/ant/c.jpg", to: "/dev/null")
        #expect(message() == "ROOT/test/ant/c.jpg: is a device, not a picture")
    }

    @Test func aPartThatIsNoFolderIsNamed() throws {
        try remove("test")
        try folder.write([], to: "test")
        #expect(message() == "ROOT/test: is a file")
        try remove("test")
        #expect(mkfifo(folder.path("test"), 0o600) == 0)
        #expect(message() == "ROOT/test: is a FIFO")
    }

    /// A name longer than the system takes is an error, and no absence.
    @Test func anErrorOfTheSystemIsNoAbsence() {
        let root = folder.path(String(repeating: "x", count: 300))
        let error = #expect(throws: UnreadableInput.self) {
            try ImageFolder(root: root).listing(CountingFingerprints())
        }
        #expect(error?.problem == String(cString: strerror(ENAMETOOLONG)))
    }

    @Test func picturesOfNoClassAreTold() throws {
        try folder.write(picture(9), to: "train/stray.png")
        #expect(
            try listing().warnings.map { $0.replacing(folder.url.path, with: "ROOT") } == [
                "1 picture in 'ROOT/train' itself is of no class and left alone"
            ])
    }

    @Test func emptyFilesAreNamedAllAtOnce() throws {
        for name in ["train/ant/x", "train/bee/y", "test/ant/z"] {
            try folder.write([], to: "\(name).png")
        }
        let error = #expect(throws: UnreadableInput.self) {
            try DatasetSource(ImageFolder(root: folder.url.path)).digest(CountingFingerprints())
        }
        #expect(error?.path == folder.path("train/ant/x.png"))
        #expect(
            error?.problem == "is an empty file, not a picture; 2 more cannot be read: "
                + "train/bee/y.png, test/ant/z.png")
    }

    // MARK: Names

    private let composed = "caf\u{E9}"
    private let decomposed = "cafe\u{301}"

    @Test func aClassInTwoUnicodeFormsIsNamed() throws {
        try move("train/ant", to: "train/\(composed)")
        try move("test/ant", to: "test/\(decomposed)")
        #expect(
            message()?.utf8.elementsEqual(
                ("ROOT/test/\(decomposed): is 'train/\(composed)' in another Unicode form: "
                    + #"'cafe\u{301}', not 'caf\u{E9}'"#).utf8) == true)
        try move("train/bee", to: "train/\(decomposed)")
        #expect(
            message()?.hasSuffix(
                "and another folder have one name in two Unicode forms: "
                    + #"'cafe\u{301}' and 'caf\u{E9}'"#) == true)
    }

    /// Two files whose names look alike are two pictures.
    @Test func picturesInTwoUnicodeFormsAreTwo() throws {
        try folder.write(picture(100), to: "train/ant/\(composed).png")
        try folder.write(picture(200), to: "train/ant/\(decomposed).png")
        let dataset = ImageFolder(root: folder.url.path)
        let entries = try listing().entries.filter { $0.path.contains("caf") }
        #expect(entries.count == 2)
        let access = CachedPictures(dataset, in: PictureMemory(), dataset: "d")
        #expect(try entries.map { try access.picture($0).pixels[0] } == [200, 100])
    }

    @Test func aClassInOtherLetterCaseIsNamed() throws {
        try move("test/ant", to: "test/Ant")
        #expect(
            message() == "ROOT/test/Ant: differs from 'train/ant' in upper and lower case alone")
    }

    @Test func namesThatAreNoUTF8AreNamed() throws {
        let path = Array("\(folder.url.path)/train/".utf8) + [0xFF, 0x1B, 0]
        #expect(mkdir(path.map { CChar(bitPattern: $0) }, 0o700) == 0)
        #expect(message() == #"ROOT/train: holds a name that is not UTF-8: '\xFF\u{1B}'"#)
    }

    // MARK: Levels

    @Test func theRightRootIsNamed() throws {
        #expect(try rightRoot(from: "train") == "ROOT")
        #expect(try rightRoot(from: "train/ant") == "ROOT")
        try folder.write([], to: "shelf/photos/notes.txt")
        for part in ["train", "test"] { try move(part, to: "shelf/photos/\(part)") }
        #expect(try rightRoot(from: "shelf") == "ROOT/shelf/photos")
        #expect(try rightRoot(from: "") == "ROOT/shelf/photos")
        try remove("shelf/photos/test")
        #expect(try rightRoot(from: "shelf") == nil)
    }

    /// The root that an error about another one names.
    private func rightRoot(from root: String) throws -> String? {
        let path = root.isEmpty ? folder.url.path : folder.path(root)
        let error = #expect(throws: UnreadableInput.self) {
            try DatasetSource(ImageFolder(root: path)).digest(CountingFingerprints())
        }
        let found = error?.hint?.firstMatch(of: #/it lies in '(.*)': write that as the root$/#)
        return found.map { String($0.output.1).replacing(folder.url.path, with: "ROOT") }
    }

    @Test func classesALevelTooDeepAreNamed() throws {
        for part in ["train", "test"] {
            try move(part, to: "\(part)-all")
            try folder.write([], to: "\(part)/notes.txt")
            try move("\(part)-all", to: "\(part)/all")
        }
        #expect(
            message()
                == "ROOT/train: holds one class, 'all', and in that only folders: the folders of "
                + "the classes lie a level too deep")
    }

    @Test func aValidationPartInPlaceOfTheTestPartIsTold() throws {
        try move("test", to: "val")
        let error = #expect(throws: UnreadableInput.self) { try listing() }
        #expect(
            error?.hint == "'val' is there: if it is the test part, ln -s val "
                + folder.path("test"))
    }

    // MARK: Stopping

    /// Fingerprints of somebody who wants to stop after some files.
    private final class Impatient: FingerprintCache {
        private let left: Mutex<Int>

        init(_ count: Int) { left = Mutex(count) }

        func fingerprint(of path: String) throws -> FileFingerprint {
            try CountingFingerprints().fingerprint(of: path)
        }

        func checkStop() throws {
            let left = left.withLock { left in
                left -= 1
                return left
            }
            if left < 0 { throw UnitInterrupted() }
        }
    }

    @Test func aWalkStopsWhenAsked() throws {
        let dataset = ImageFolder(root: folder.url.path)
        for count in 0..<4 {
            #expect(throws: UnitInterrupted.self) { try dataset.listing(Impatient(count)) }
        }
        #expect(try dataset.listing(Impatient(4)).entries.count == 4)
    }
}
