import Data
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct CUB200Tests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let files = [
        "images.txt": "1 001.Auk/a.jpg\n2 001.Auk/b.jpg\n3 002.Tit/c.jpg\n4 002.Tit/d.jpg\n",
        "image_class_labels.txt": "1 1\n2 1\n3 2\n4 2\n",
        "train_test_split.txt": "1 0\n2 1\n3 1\n4 0\n",
        "classes.txt": "1 001.Auk\r\n2 002.Tit\r\n",
    ]

    private func write(_ text: String, _ name: String) throws {
        try folder.write(Array(text.utf8), to: "CUB_200_2011/\(name)")
    }

    /// Four pictures of one pixel and the four lists.
    private func fill() throws {
        for (name, text) in Self.files { try write(text, name) }
        for (level, name) in ["001.Auk/a", "001.Auk/b", "002.Tit/c", "002.Tit/d"].enumerated() {
            let picture = PNGBuilder.file(
                width: 1, height: 1, depth: 8, colorType: 0, rows: [[UInt8(level)]])
            try folder.write(picture, to: "CUB_200_2011/images/\(name).jpg")
        }
    }

    private func message() -> String? {
        let error = #expect(throws: UnreadableInput.self) {
            try CUB200(root: folder.url.path).listing(CountingFingerprints())
        }
        return error?.description.replacingOccurrences(of: folder.url.path, with: "ROOT")
    }

    /// What `message()` says after the change of one list.
    private func message(_ name: String, _ text: String) throws -> String? {
        try fill()
        try write(text, name)
        return message()
    }

    private let hint = "\n  hint: 'ROOT' must hold the folder 'CUB_200_2011' as in CUB_200_2011.tgz"

    @Test func listsGiveLabelsFromZeroAndFlagOneIsTraining() throws {
        try fill()
        let dataset = CUB200(root: folder.url.path)
        let listing = try dataset.listing(CountingFingerprints())
        #expect(listing.classNames == ["001.Auk", "002.Tit"])
        #expect(listing.entries.map(\.label) == [0, 0, 1, 1])
        #expect(listing.entries.map(\.split) == [.test, .train, .train, .test])
        #expect(listing.entries[2].path == "CUB_200_2011/images/002.Tit/c.jpg")
        #expect(try dataset.picture(listing.entries[2]).pixels == [2, 2, 2])
    }

    @Test(.enabled(if: SharedData.real != nil, "the folder of real data is absent"))
    func theOfficialListsAreRead() throws {
        let real = try #require(SharedData.real).appending(path: "lists")
        let listing = try CUB200(root: real.path).listing(SameFingerprints(byteCount: 1))
        #expect(listing.classNames.count == 200)
        #expect(listing.classNames[0] == "001.Black_footed_Albatross")
        #expect(listing.entries.count { $0.split == .train } == 5994)
        #expect(listing.entries.count { $0.split == .test } == 5794)
        #expect(Set(listing.entries.map(\.label)) == Set(0..<200))
        // A class is named like the folder of its pictures.
        #expect(
            listing.entries.allSatisfy {
                $0.path.hasPrefix("CUB_200_2011/images/\(listing.classNames[$0.label])/")
            })
    }

    @Test func whatIsMissingIsNamed() throws {
        #expect(message() == "ROOT/CUB_200_2011/images.txt: does not exist" + hint)
        try fill()
        try FileManager.default.removeItem(atPath: folder.path("CUB_200_2011/classes.txt"))
        #expect(message() == "ROOT/CUB_200_2011/classes.txt: does not exist" + hint)
        try fill()
        try FileManager.default.removeItem(
            atPath: folder.path("CUB_200_2011/images/002.Tit/c.jpg"))
        #expect(message() == "ROOT/CUB_200_2011/images/002.Tit/c.jpg: does not exist" + hint)
    }

    @Test func cutListsAreRefusedWithThePlace() throws {
        let place = "ROOT/CUB_200_2011"
        #expect(try message("images.txt", "") == "\(place)/images.txt: is empty" + hint)
        #expect(
            try message("image_class_labels.txt", "1 1\n2 1\n3 ")
                == "\(place)/image_class_labels.txt:3: expected '3 …', found '3'" + hint)
        #expect(
            try message("train_test_split.txt", "1 0\n2 1\n")
                == "\(place)/train_test_split.txt: has 2 lines, but images.txt has 4" + hint)
        #expect(
            try message("classes.txt", "1 001.Auk\n")
                == "\(place)/image_class_labels.txt:3: class '2' is none of the 1 of classes.txt"
                + hint)
    }

    @Test func wrongListsAreRefusedWithThePlace() throws {
        let place = "ROOT/CUB_200_2011"
        #expect(
            try message("images.txt", "1 001.Auk/a.jpg\n3 002.Tit/c.jpg\n")
                == "\(place)/images.txt:2: expected '2 …', found '3 002.Tit/c.jpg'" + hint)
        #expect(
            try message("image_class_labels.txt", "1 1\n2 0\n3 2\n4 2\n")
                == "\(place)/image_class_labels.txt:2: class '0' is none of the 2 of classes.txt"
                + hint)
        #expect(
            try message("train_test_split.txt", "1 0\n2 1\n3 1\n4 2\n")
                == "\(place)/train_test_split.txt:4: '2' is neither 1 (train) nor 0 (test)" + hint)
        #expect(
            try message("images.txt", "1 001.Auk/a.jpg\n2 ../b.jpg\n3 002.Tit/c.jpg\n4 d.jpg\n")
                == "\(place)/images.txt:2: '../b.jpg' is not CLASS/PICTURE" + hint)
    }

    /// Files of other systems: a byte order mark, lines that end in CR alone.
    @Test func listsOfOtherSystemsAreRead() throws {
        try fill()
        let plain = try CUB200(root: folder.url.path).listing(CountingFingerprints())
        for change in [
            { "\u{FEFF}\($0)" }, { $0.replacing("\n", with: "\r") },
            { $0.replacing("\n", with: "\r\r\n") }, { String($0.dropLast()) },
        ] as [(String) -> String] {
            for (name, text) in Self.files {
                try write(change(text.replacing("\r\n", with: "\n")), name)
            }
            #expect(try CUB200(root: folder.url.path).listing(CountingFingerprints()) == plain)
        }
    }

    @Test func listsThatAreNoUTF8AreRefusedWithThePlace() throws {
        try fill()
        let latin = Array("1 001.Auk\n2 002.".utf8) + [0xE9] + Array("\n".utf8)
        try folder.write(latin, to: "CUB_200_2011/classes.txt")
        #expect(
            message() == #"ROOT/CUB_200_2011/classes.txt:2: is not UTF-8 text: '2 002.\xE9'"# + hint
        )
        try folder.write([0xFF, 0xFE, 0x31, 0], to: "CUB_200_2011/classes.txt")
        #expect(
            message() == "ROOT/CUB_200_2011/classes.txt: is UTF-16 text, and must be UTF-8" + hint)
    }

    /// Folders as macOS writes them, and lists as others do.
    @Test func aFolderInAnotherUnicodeFormThanTheListIsNamed() throws {
        let list = "1 001.Auk/a.jpg\n2 001.Auk/b.jpg\n3 caf\u{E9}/c.jpg\n4 caf\u{E9}/d.jpg\n"
        try fill()
        try write(list, "images.txt")
        let images = folder.path("CUB_200_2011/images")
        try FileManager.default.moveItem(
            atPath: "\(images)/002.Tit", toPath: "\(images)/cafe\u{301}")
        #expect(
            message()?.hasPrefix(
                "ROOT/CUB_200_2011/images/caf\u{E9}/c.jpg: does not exist, but 'caf\u{E9}' stands "
                    + #"there in another Unicode form: 'cafe\u{301}', not 'caf\u{E9}'; 1 more cannot be "#
                    + "read: CUB_200_2011/images/caf\u{E9}/d.jpg") == true)
        try FileManager.default.moveItem(
            atPath: "\(images)/cafe\u{301}", toPath: "\(images)/CAF\u{C9}")
        #expect(
            message()?.contains(
                "is there, which differs from 'caf\u{E9}' in upper and lower case alone")
                == true)
    }
}
