import Data
import Foundation
import Pipeline
import TestSupport
import Testing

/// Published datasets that somebody sorted into `train/CLASS` and `test/CLASS`, and their figures.
@Suite struct PresplitTests {
    private let folder: TemporaryFolder
    private var root: String { folder.url.path }

    init() throws { folder = try TemporaryFolder() }

    private static let kinds: [(place: String, open: @Sendable (String) -> any DatasetKind)] = [
        ("imagenet-r", { ImageNetR(root: $0) }), ("CUB_200_2011", { CUB200(root: $0) }),
        ("cifar10", { CIFAR10(root: $0) }), ("cifar-100", { CIFAR100(root: $0) }),
        ("stanford_cars", { StanfordCars(root: $0) }),
        ("stanford_dogs", { StanfordDogs(root: $0) }),
        ("fgvc-aircraft-2013b", { FGVCAircraft(root: $0) }), ("svhn", { SVHN(root: $0) }),
        ("mnist", { MNIST(root: $0) }), ("FashionMNIST", { FashionMNIST(root: $0) }),
    ]

    /// Classes with two training pictures and one test picture each, levels by class.
    private func fill(_ place: String, _ classes: [String]) throws {
        for (level, name) in classes.enumerated() {
            for file in ["train/\(name)/1", "train/\(name)/2", "test/\(name)/3"] {
                let picture = PNGBuilder.file(
                    width: 1, height: 1, depth: 8, colorType: 0, rows: [[UInt8(10 * level)]])
                try folder.write(picture, to: "\(place.isEmpty ? "" : place + "/")\(file).jpg")
            }
        }
    }

    private func failure(_ source: DatasetSource) -> UnreadableInput? {
        #expect(throws: UnreadableInput.self) { try source.digest(CountingFingerprints()) }
    }

    private func plain(_ text: String?) -> String {
        (text ?? "").replacing(root, with: "ROOT")
    }

    @Test(arguments: kinds.indices, [true, false])
    func everyKindIsReadAsTheSplitThatItsFoldersAre(index: Int, isBelow: Bool) throws {
        let (place, open) = Self.kinds[index]
        try fill(isBelow ? place : "", ["c", "B", "a"])
        let dataset = open(root)
        let source = DatasetSource(dataset, counts: .any)
        let state = try source.digest(CountingFingerprints())
        #expect(state.facts["classes"] == 3 && state.facts["train-pictures"] == 6)
        let manifest = try source.manifest(taskCount: 3)
        #expect(manifest.classNames == ["B", "a", "c"])
        // The level of a picture tells its class.
        for entry in manifest.entries {
            #expect(
                try dataset.picture(entry).pixels[0] == [10, 20, 0][entry.label], "\(entry.path)")
        }
        #expect(
            manifest.entries(split: .test).map(\.path)
                == ["B", "a", "c"].map { "test/\($0)/3.jpg" })
    }

    @Test func foldersThatAreNumberedHaveTheirNumbersAsLabels() throws {
        try fill("", (0..<12).map { "\($0)" })
        let listing = try CIFAR100(root: root).listing(CountingFingerprints())
        #expect(listing.classNames == (0..<12).map { "\($0)" })
        // The reference reads cars by the byte order of folders, whatever their names.
        let cars = try StanfordCars(root: root).listing(CountingFingerprints())
        #expect(cars.classNames.prefix(3) == ["0", "1", "10"])
        let other = try ImageFolder(root: root).listing(CountingFingerprints())
        #expect(other.classNames == cars.classNames)
    }

    @Test func otherFiguresThanTheOfficialOnesStop() throws {
        try fill("imagenet-r", ["n1", "n2"])
        let error = failure(DatasetSource(ImageNetR(root: root)))
        let text = plain(error?.description)
        #expect(
            text.hasPrefix(
                """
                ROOT: is not 'imagenet-r' as published, read as the split that the folders \
                'ROOT/imagenet-r/train' and 'ROOT/imagenet-r/test' are: 2 classes instead of 200, 4 \
                training pictures instead of 24000, 2 test pictures instead of 6000
                  hint: 'counts: any' beside its name takes it as it is
                """))
        #expect(
            DatasetSource(ImageNetR(root: root)).location
                != DatasetSource(ImageNetR(root: root), counts: .any).location)
    }

    /// The two folders are never taken for two classes.
    @Test func aRandomSplitOfWhatIsSplitIsRefused() throws {
        let split = RandomSplit(seed: 1, trainShare: 0.8)
        try fill("imagenet-r", ["n1", "n2"])
        for counts in [CountRule.official, .any] {
            let error = failure(DatasetSource(ImageNetR(root: root, split: split), counts: counts))
            #expect(plain(error?.path) == "ROOT/imagenet-r")
            #expect(error?.problem.hasPrefix("holds the folders 'train' and 'test'") == true)
        }
        let source = DatasetSource(ImageNetR(root: root, split: split), counts: .any)
        for (old, new) in [("test", "val"), ("train", "Train"), ("val", "Test")] {
            try FileManager.default.moveItem(
                atPath: "\(root)/imagenet-r/\(old)", toPath: "\(root)/imagenet-r/\(new)")
            let error = failure(source)
            #expect(error?.problem.contains("'\(new)'") == true)
            #expect(error?.problem.contains("where the folders of classes belong") == true)
        }
    }

    /// A class may be called as a part is: CIFAR-100 has trains.
    @Test func aClassNamedTrainIsAClass() throws {
        try fill("", ["test", "train"])
        let listing = try ImageFolder(root: root).listing(CountingFingerprints())
        #expect(listing.classNames == ["test", "train"])
    }

    @Test(arguments: kinds.indices) func theRightRootIsNamed(index: Int) throws {
        let (place, open) = Self.kinds[index]
        try fill("deep/\(place)", ["a", "b"])
        for (wrong, right) in [
            ("deep/\(place)/train", "deep/\(place)"), ("", "deep"),
        ] {
            let path = wrong.isEmpty ? root : "\(root)/\(wrong)"
            let hint = plain(failure(DatasetSource(open(path), counts: .any))?.hint)
            #expect(hint.hasSuffix("it lies in 'ROOT/\(right)': write that as the root"), "\(hint)")
        }
    }

    /// An archive unpacked into a folder of its own name.
    @Test func aFolderWithinAFolderOfTheSameNameIsNamed() throws {
        try folder.write(Array("1 a/b.jpg\n".utf8), to: "CUB_200_2011/CUB_200_2011/images.txt")
        let hint = plain(failure(DatasetSource(CUB200(root: root)))?.hint)
        #expect(hint.hasSuffix("it lies in 'ROOT/CUB_200_2011': write that as the root"), "\(hint)")
        for name in ["n1", "n2"] {
            try folder.write([1], to: "imagenet-r/imagenet-r/\(name)/x.jpg")
        }
        let split = RandomSplit(seed: 1, trainShare: 0.8)
        let wrapped = failure(DatasetSource(ImageNetR(root: root, split: split), counts: .any))
        #expect(wrapped?.problem.hasPrefix("holds one class, 'imagenet-r', and in that") == true)
        let advice = plain(wrapped?.hint)
        #expect(advice.hasSuffix("it lies in 'ROOT/imagenet-r': write that as the root"))
    }
}
