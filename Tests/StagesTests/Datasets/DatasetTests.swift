import Data
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct ImageFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A folder of two classes with two train and one test picture each, and files to pass over.
    private func fill(_ folder: TemporaryFolder) throws {
        for (level, name) in [(UInt8(1), "zebra"), (2, "Ant")] {
            for (index, file) in ["b.PNG", "a.jpeg"].enumerated() {
                try folder.write(picture(level + 10 * UInt8(index)), to: "train/\(name)/\(file)")
            }
            try folder.write(picture(level + 100), to: "test/\(name)/t.png")
        }
        try folder.write([], to: "train/Ant/.hidden.png")
        try folder.write([], to: "train/Ant/notes.txt")
        try folder.write([], to: "train/notes.txt")
    }

    /// A picture of one pixel.
    private func picture(_ level: UInt8) -> [UInt8] {
        PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[level]])
    }

    private func message(_ dataset: ImageFolder) -> String? {
        let error = #expect(throws: UnreadableInput.self) {
            try dataset.listing(CountingFingerprints())
        }
        return error?.description.replacingOccurrences(of: folder.url.path, with: "ROOT")
    }

    @Test func labelsAreRanksInByteOrderAndOtherFilesArePassedOver() throws {
        try fill(folder)
        let dataset = ImageFolder(root: folder.url.path)
        let listing = try dataset.listing(CountingFingerprints())
        #expect(listing.classNames == ["Ant", "zebra"])
        #expect(
            listing.entries.map(\.path) == [
                "train/Ant/a.jpeg", "train/Ant/b.PNG", "train/zebra/a.jpeg", "train/zebra/b.PNG",
                "test/Ant/t.png", "test/zebra/t.png",
            ])
        #expect(listing.entries.map(\.label) == [0, 0, 1, 1, 0, 1])
        #expect(try dataset.picture(listing.entries[0]).pixels == [12, 12, 12])
    }

    @Test func aCopyAtAnotherPathHasTheSameDigest() throws {
        let copy = try TemporaryFolder()
        try fill(folder)
        try fill(copy)
        let states = try [folder, copy].map {
            try DatasetSource(ImageFolder(root: $0.url.path)).digest(CountingFingerprints())
        }
        #expect(states[0] == states[1])
        #expect(states[0].facts["train-pictures"] == 4 && states[0].facts["classes"] == 2)
        #expect(states[0].facts["test-pictures[1]"] == 1)
        try copy.write(picture(77), to: "test/Ant/t.png")
        let changed = try DatasetSource(ImageFolder(root: copy.url.path))
            .digest(CountingFingerprints())
        #expect(changed.digest != states[0].digest)
    }

    @Test func whatIsMissingIsNamed() throws {
        let absent = ImageFolder(root: folder.path("absent"))
        let layout = "hint: an image folder holds train/CLASS/ and test/CLASS/ with pictures"
        #expect(message(absent) == "ROOT/absent: does not exist\n  \(layout)")
        let dataset = ImageFolder(root: folder.url.path)
        #expect(message(dataset) == "ROOT/train: does not exist\n  \(layout)")
        try folder.write([], to: "train/notes.txt")
        #expect(message(dataset) == "ROOT/train: holds no class folder\n  \(layout)")
        try folder.write(picture(1), to: "train/cat/1.png")
        #expect(message(dataset) == "ROOT/test: does not exist\n  \(layout)")
        try folder.write(picture(1), to: "test/dog/1.png")
        let both = "hint: every class has a folder in 'train' and in 'test'"
        #expect(
            message(dataset) == "ROOT/test/dog: is a class without a folder in 'train'\n  \(both)")
        try folder.write([], to: "train/dog/notes.txt")
        #expect(
            message(dataset) == "ROOT/test/cat: does not exist, but 'train/cat' does\n  \(both)")
        try folder.write(picture(1), to: "test/cat/1.png")
        #expect(
            message(dataset)
                == "ROOT/train/dog: holds no picture\n  hint: put pictures into it, or move the folders of the class away"
        )
    }

    @Test func aDamagedPictureIsNamed() throws {
        try fill(folder)
        try folder.write(Array(picture(1).dropLast(20)), to: "train/Ant/b.PNG")
        let dataset = ImageFolder(root: folder.url.path)
        let entry = try dataset.listing(CountingFingerprints()).entries[1]
        let error = #expect(throws: PictureError.self) { try dataset.picture(entry) }
        #expect(
            error?.description.replacingOccurrences(of: folder.url.path, with: "ROOT")
                == "picture 'ROOT/train/Ant/b.PNG' cannot be read: truncated: it ends after "
                + "\(picture(1).count - 20) bytes\n  hint: fetch or copy the file again")
        try FileManager.default.removeItem(atPath: folder.path("train/Ant/b.PNG"))
        #expect(throws: UnreadableInput.self) { try dataset.picture(entry) }
    }

    @Test func tooManyTasksAreRefused() throws {
        try fill(folder)
        let source = DatasetSource(ImageFolder(root: folder.url.path))
        #expect(try source.manifest(taskCount: 2).tasks == [[0], [1]])
        let error = #expect(throws: UnreadableInput.self) { try source.manifest(taskCount: 3) }
        #expect(error?.problem == "2 classes do not fill 3 equal tasks")
    }
}

@Suite struct DatasetManifestTests {
    @Test func tasksAreEqualSlicesWithAShortLastOne() {
        #expect(
            DatasetManifest.equalTasks(classCount: 7, taskCount: 3)
                == [[0, 1, 2], [3, 4, 5], [6]])
        let cars = DatasetManifest.equalTasks(classCount: 196, taskCount: 10)
        #expect(cars?.map(\.count) == [20, 20, 20, 20, 20, 20, 20, 20, 20, 16])
        #expect(DatasetManifest.equalTasks(classCount: 5, taskCount: 4) == nil)
        #expect(DatasetManifest.equalTasks(classCount: 5, taskCount: 0) == nil)
    }

    @Test func anArtifactGivesTheManifestBack() throws {
        let dataset = EmbeddedDataset(
            classes: .continual, seed: 1, size: 8, trainPerClass: 2, testPerClass: 1)
        let manifest = try DatasetSource(dataset).manifest(taskCount: 4)
        #expect(try DatasetManifest(artifact: manifest.artifact) == manifest)
        #expect(
            manifest.entries(split: .train, task: 1).allSatisfy { manifest.task(of: $0.label) == 1 }
        )
        #expect(manifest.entries(split: .train).count == 2 * manifest.classNames.count)
        var damaged = manifest.artifact
        damaged.arrays["entries/split"] = nil
        let error = #expect(throws: ManifestError.self) { try DatasetManifest(artifact: damaged) }
        #expect(
            error?.description
                == "the artifact is no dataset manifest: array 'entries/split'")
    }

    @Test func embeddedPicturesAreToldApartBySeedAndSize() throws {
        func digest(seed: Int, size: Int) throws -> String {
            let dataset = EmbeddedDataset(
                classes: .base, seed: seed, size: size, trainPerClass: 1, testPerClass: 1)
            return try DatasetSource(dataset).digest(CountingFingerprints()).digest
        }
        #expect(try digest(seed: 1, size: 8) == digest(seed: 1, size: 8))
        #expect(try digest(seed: 1, size: 8) != digest(seed: 2, size: 8))
        #expect(try digest(seed: 1, size: 8) != digest(seed: 1, size: 16))
    }
}

@Suite struct ImageNetRTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, _ split: String) throws {
        try folder.write(Array(text.utf8), to: "imagenet-r_\(split).yaml")
    }

    private func message() -> String? {
        let error = #expect(throws: UnreadableInput.self) {
            try ImageNetR(root: folder.url.path).listing(CountingFingerprints())
        }
        return error?.description.replacingOccurrences(of: folder.url.path, with: "ROOT")
    }

    @Test func entriesAreResolvedWhateverStandsBeforeTheFolder() throws {
        for name in ["n1/a.jpg", "n2/b.jpg"] {
            try folder.write([1], to: "imagenet-r/\(name)")
        }
        try write("data:\n- data/imagenet-r/n2/b.jpg\ntargets:\n- 1\n- 0\n", "test")
        try write(
            """
            # a comment
            data:\r
              - 'data/imagenet-r/n2/b.jpg'
              - "/home/imagenet-r/imagenet-r/n1/a.jpg"
            targets:
            - 1
            - 0
            """, "train")
        #expect(
            message() == "ROOT/imagenet-r_test.yaml: has 1 entries of 'data' and 2 of 'targets'")
        try write("data:\n- imagenet-r/n1/a.jpg\ntargets:\n- 0\n", "test")
        let listing = try ImageNetR(root: folder.url.path).listing(CountingFingerprints())
        #expect(listing.classNames == ["n1", "n2"])
        #expect(
            listing.entries.map(\.path)
                == ["imagenet-r/n2/b.jpg", "imagenet-r/n1/a.jpg", "imagenet-r/n1/a.jpg"])
        #expect(listing.entries.map(\.label) == [1, 0, 0])
    }

    @Test func wrongListsAreRefusedWithThePlace() throws {
        #expect(message() == "ROOT/imagenet-r_train.yaml: does not exist")
        try write("data:\n- imagenet-r/n1/a.jpg\nsome: thing\n", "train")
        #expect(
            message()
                == "ROOT/imagenet-r_train.yaml:3: expected 'data:', 'targets:' or '- entry'")
        try write("data:\n- elsewhere/n1/a.jpg\ntargets:\n- 0\n", "train")
        #expect(
            message() == "ROOT/imagenet-r_train.yaml: "
                + "entry 'elsewhere/n1/a.jpg' is not below 'imagenet-r/'")
        try write("data:\n- imagenet-r/n1/../x.jpg\ntargets:\n- 0\n", "train")
        #expect(message()?.hasSuffix("is not below 'imagenet-r/'") == true)
        try write("data:\n- imagenet-r/n1/a.jpg\ntargets:\n- one\n", "train")
        #expect(message() == "ROOT/imagenet-r_train.yaml: target 'one' is no label")
        try write("data:\n- imagenet-r/n1/a.jpg\ntargets:\n- 0\n", "train")
        #expect(message() == "ROOT/imagenet-r_test.yaml: does not exist")
    }

    @Test(.enabled(if: SharedData.real != nil, "the folder of real data is absent"))
    func theTestListOfThePapersIsRead() throws {
        let real = try #require(SharedData.real).appending(path: "lists/imagenet-r_test.yaml")
        let list = try PictureList(path: real.path)
        #expect(list.pictures.count == 6000)
        #expect(list.pictures[0].path == "data/imagenet-r/n01910747/tattoo_75.jpg")
        #expect(list.pictures[0].label == 153 && list.pictures[5999].label == 182)
        #expect(Set(list.pictures.map(\.label)) == Set(0..<200))
    }
}
