import Data
import Foundation
import Pipeline
import TestSupport
import Testing

/// Tiny datasets in the layout of the originals, made by Scripts/fixtures/datasets.py: a picture is one
/// colour, red 10 times its label, green its number in its part, blue 1 for test.
@Suite struct PublishedDatasetTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The folder of one dataset, as downloaded.
    private func downloaded(_ name: String) throws -> String {
        let archive = SharedData.packageRoot
            .appending(path: "Tests/StagesTests/Fixtures/datasets.tar.gz")
        try ArchiveUnpacker(archive: archive.path, into: folder.url.path, items: [name]).unpack()
        return folder.path(name)
    }

    /// Digests and reads a dataset as a run does.
    private func read(_ dataset: any DatasetKind) throws -> (DatasetListing, [String]) {
        let source = DatasetSource(dataset, counts: .any)
        let state = try source.digest(CountingFingerprints())
        let listing = try dataset.listing(CountingFingerprints())
        for split in Split.allCases {
            #expect(
                state.facts["\(split.rawValue)-pictures"]
                    == listing.entries.count { $0.split == split })
        }
        #expect(state.facts["classes"] == listing.classNames.count)
        return (
            listing, source.preparationNotes.map { String($0.dropFirst(folder.url.path.count)) }
        )
    }

    private func labels(_ listing: DatasetListing, _ split: Split) -> [Int] {
        listing.entries.filter { $0.split == split }.map(\.label)
    }

    /// Checks that every picture is the one that its label and part announce.
    ///
    /// - Parameter inOrder: whether the pictures of a part are in the order of their numbers.
    private func check(_ listing: DatasetListing, _ dataset: any DatasetKind, inOrder: Bool = true)
        throws
    {
        for split in Split.allCases {
            for (index, entry) in listing.entries.filter({ $0.split == split }).enumerated() {
                let last = Array(try dataset.picture(entry).pixels.suffix(3))
                #expect(Int(last[0]) == 10 * (entry.label % 10), "\(entry.path)")
                #expect(Int(last[2]) == (split == .test ? 1 : 0), "\(entry.path)")
                if inOrder { #expect(Int(last[1]) == index, "\(entry.path)") }
            }
        }
    }

    @Test func cifarTenOfThePythonVersion() throws {
        let dataset = CIFAR10(root: try downloaded("cifar10"))
        let (listing, notes) = try read(dataset)
        #expect(notes.count == 1 && notes[0].hasSuffix("/cifar10/cifar-10-python.tar.gz"))
        #expect(listing.classNames == (0..<10).map { "kind\($0)" })
        #expect(labels(listing, .train) == (1...5).flatMap { [$0, 9 - $0] })
        #expect(labels(listing, .test) == [7])
        #expect(listing.entries[3].path == "cifar-10-batches-py/data_batch_2#1")
        try check(listing, dataset, inOrder: false)
        #expect(try dataset.picture(listing.entries[0]).pixels.prefix(6) == [255, 0, 0, 10, 0, 0])
    }

    /// The bytes of a picture are the same in both versions, so its digest is, and so is the split.
    @Test func bothVersionsOfCIFARGiveTheSameDigests() throws {
        let python = CIFAR10(root: try downloaded("cifar10"))
        _ = try python.prepare()
        let pickles = try python.listing(CountingFingerprints())
        let other = try TemporaryFolder()
        for file in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
            let entries = pickles.entries.filter { $0.path.contains("/\(file)#") }
            let records = try entries.flatMap { entry -> [UInt8] in
                let pixels = try python.picture(entry).pixels
                let planes = (0..<3).flatMap { channel in
                    stride(from: channel, to: pixels.count, by: 3).map { pixels[$0] }
                }
                return [UInt8(entry.label)] + planes
            }
            try other.write(records, to: "cifar-10-batches-bin/\(file).bin")
        }
        let names = pickles.classNames.map { "\($0)\n" }.joined()
        try other.write(Array(names.utf8), to: "cifar-10-batches-bin/batches.meta.txt")
        let binary = try CIFAR10(root: other.url.path).listing(CountingFingerprints())
        #expect(binary.entries.map(\.sha256) == pickles.entries.map(\.sha256))
        #expect(binary.entries.map(\.label) == pickles.entries.map(\.label))
    }

    /// Written by Python 3, with an old protocol and with the newest.
    @Test func cifarHundredOfThePythonVersion() throws {
        let dataset = CIFAR100(root: try downloaded("cifar100"))
        let (listing, _) = try read(dataset)
        #expect(listing.classNames.count == 100 && listing.classNames[42] == "fine42")
        #expect(labels(listing, .train) == [99, 0, 42])
        #expect(labels(listing, .test) == [7, 99])
        let lasts = try listing.entries.map { Array(try dataset.picture($0).pixels.suffix(3)) }
        #expect(lasts == [[90, 0, 0], [0, 1, 0], [40, 2, 0], [70, 0, 1], [90, 1, 1]])
    }

    @Test func birds() throws {
        let dataset = CUB200(root: try downloaded("cub200"))
        let (listing, notes) = try read(dataset)
        #expect(notes.count == 1)
        #expect(listing.classNames == ["001.Auk", "002.Tit"])
        #expect(labels(listing, .train) == [0, 1, 1] && labels(listing, .test) == [0, 1])
        try check(listing, dataset, inOrder: false)
    }

    @Test func imageNetRByItsLists() throws {
        let dataset = ImageNetR(root: try downloaded("imagenet-r"))
        let (listing, _) = try read(dataset)
        #expect(listing.classNames == ["n01443537", "n01484850"])
        #expect(labels(listing, .train) == [1, 0, 0, 1] && labels(listing, .test) == [0, 1])
        #expect(listing.entries[5].path == "imagenet-r/n01484850/test_1.jpg")
        try check(listing, dataset)
    }

    /// `random.Random(7).shuffle` of six gives 5, 2, 0, 3, 4, 1 … of which the first four train.
    @Test func imageNetRWithARandomSplit() throws {
        let root = try downloaded("imagenet-r")
        let drawn = ImageNetR(root: root, split: RandomSplit(seed: 7, trainShare: 0.7))
        let (listing, _) = try read(drawn)
        #expect(listing.entries.map(\.path) == listing.entries.map(\.path).sorted())
        #expect(listing.entries.map(\.label) == [0, 0, 0, 1, 1, 1])
        var order = Array(0..<6)
        var random = PythonRandom(seed: 7)
        order = random.shuffled(order)
        let train = Set(order.prefix(4))
        #expect(
            listing.entries.indices.filter { listing.entries[$0].split == .train } == train.sorted()
        )
        let again = ImageNetR(root: root, split: RandomSplit(seed: 8, trainShare: 0.7))
        #expect(drawn.location != again.location)
    }

    @Test func carsByTheDevkit() throws {
        let dataset = StanfordCars(root: try downloaded("stanford-cars"))
        let (listing, notes) = try read(dataset)
        #expect(notes.count == 3)
        #expect(listing.classNames[2] == "Ram C/V Cargo Van Minivan 2012")
        #expect(labels(listing, .train) == [2, 0, 1, 2] && labels(listing, .test) == [1, 0, 2])
        #expect(listing.entries[0].path == "cars_train/00001.jpg")
        try check(listing, dataset)
    }

    @Test func carsByOneFile() throws {
        let dataset = StanfordCars(root: try downloaded("stanford-cars-annos"))
        let (listing, _) = try read(dataset)
        #expect(labels(listing, .train) == [0, 2, 1] && labels(listing, .test) == [1, 0, 2])
        try check(listing, dataset, inOrder: false)
    }

    @Test func dogs() throws {
        let dataset = StanfordDogs(root: try downloaded("stanford-dogs"))
        let (listing, notes) = try read(dataset)
        #expect(notes.count == 2)
        #expect(listing.classNames[1] == "n02085782-Japanese_spaniel")
        #expect(labels(listing, .train) == [1, 0, 2, 2] && labels(listing, .test) == [0, 2, 1])
        try check(listing, dataset)
    }

    @Test(arguments: ["stanford_cars", "."])
    func foldersOfClassesAreReadInByteOrder(place: String) throws {
        for (part, blue) in [("train", 0), ("test", 1)] {
            for (green, name) in ["Z", "b", "c"].enumerated() {
                let picture = PNGBuilder.file(
                    width: 1, height: 1, depth: 8, colorType: 2,
                    rows: [[UInt8(10 * green), UInt8(green), UInt8(blue)]])
                try folder.write(picture, to: "\(place)/\(part)/\(name)/x.jpg")
            }
        }
        let cars = StanfordCars(root: folder.url.path)
        let (listing, _) = try read(cars)
        #expect(listing.classNames == ["Z", "b", "c"])
        try check(listing, cars)
        if place == "." {
            #expect(
                try StanfordDogs(root: folder.url.path).listing(CountingFingerprints()) == listing)
        }
    }

    @Test func aircraft() throws {
        let dataset = FGVCAircraft(root: try downloaded("fgvc-aircraft"))
        let (listing, _) = try read(dataset)
        #expect(listing.classNames == ["707-320", "F/A-18", "Cessna 172"])
        #expect(labels(listing, .train) == [0, 2, 1] && labels(listing, .test) == [2, 1, 0, 0])
        try check(listing, dataset)
    }

    @Test func streetViewNumbers() throws {
        let dataset = SVHN(root: try downloaded("svhn"))
        let (listing, _) = try read(dataset)
        #expect(labels(listing, .train) == [0, 1, 9, 5] && labels(listing, .test) == [2, 0])
        try check(listing, dataset)
        // The mark of row 1, column 2.
        let picture = try dataset.picture(listing.entries[1])
        #expect(picture.pixels[(32 + 2) * 3] == 255)
        #expect(picture.pixels.count { $0 == 255 } == 1)
    }

    @Test func digitsPackedAndClothingNot() throws {
        for (dataset, name) in [
            (MNIST(root: try downloaded("mnist")) as any DatasetKind, "7"),
            (FashionMNIST(root: try downloaded("fashion-mnist")), "Sneaker"),
            (MNIST(root: folder.url.path), "7"), (FashionMNIST(root: folder.url.path), "Sneaker"),
        ] {
            let (listing, _) = try read(dataset)
            #expect(listing.classNames[7] == name)
            #expect(labels(listing, .train) == [3, 1, 4, 1] && labels(listing, .test) == [5, 9])
            #expect(listing.entries[5].path == "t10k-images-idx3-ubyte#1")
            for entry in listing.entries {
                let pixels = try dataset.picture(entry).pixels
                let level = UInt8(10 * entry.label)
                let first = UInt8(255 - (Int(entry.path.split(separator: "#")[1]) ?? -1))
                #expect(
                    pixels == [first, first, first] + [UInt8](repeating: level, count: 3 * 783))
            }
        }
    }

    @Test func lettersWithoutThePicturesThatAreNone() throws {
        let root = try downloaded("not-mnist")
        let dataset = NotMNIST(root: root)
        let source = DatasetSource(dataset, counts: .any)
        _ = try source.digest(CountingFingerprints())
        let manifest = try source.manifest(taskCount: 5)
        #expect(manifest.classNames.joined() == "ABCDEFGHIJ")
        // Four fifths of 42, and one of B, which seed 42 left without; the two that are no pictures
        // were drawn for training.
        #expect(manifest.entries.count == 40)
        #expect(manifest.entries(split: .train).count == 33 + 1 - 2)
        #expect(manifest.entries(split: .train).count { $0.label == 1 } == 1)
        let unreadable = try dataset.unreadable(dataset.listing(CountingFingerprints()).entries)
        #expect(
            unreadable.map(\.path) == [
                "notMNIST_small/A/RGVtb2NyYXRpY2FCb2xk.png", "notMNIST_small/F/Q3Jvc3NvdmVy.png",
            ])
        for entry in manifest.entries {
            #expect(try dataset.picture(entry).pixels.first == UInt8(10 * entry.label))
        }
        let other = NotMNIST(root: root, split: RandomSplit(seed: 1, trainShare: 0.7))
        #expect(
            try other.listing(CountingFingerprints()).entries.count { $0.split == .train } == 29)
        try FileManager.default.removeItem(atPath: "\(root)/notMNIST_small/B/b0.png")
        #expect(throws: UnreadableInput.self) {
            _ = try dataset.unreadable(manifest.entries.filter { $0.path.hasSuffix("b0.png") })
        }
    }

    @Test func lettersInTwoParts() throws {
        let dataset = NotMNIST(root: try downloaded("not-mnist-parts"))
        let (listing, notes) = try read(dataset)
        #expect(notes.count == 1 && notes[0].hasSuffix("notMNIST.zip"))
        #expect(labels(listing, .train).count == 42 && labels(listing, .test).count == 40)
        #expect(listing.entries[0].path == "notMNIST/Train/A/RGVtb2NyYXRpY2FCb2xk.png")
    }

    @Test func whatIsAbsentIsNamedWithThePlace() throws {
        let root = folder.url.path
        let kinds: [any DatasetKind] = [
            ImageNetR(root: root), CIFAR10(root: root), CIFAR100(root: root), CUB200(root: root),
            StanfordCars(root: root), StanfordDogs(root: root), FGVCAircraft(root: root),
            SVHN(root: root), MNIST(root: root), FashionMNIST(root: root), NotMNIST(root: root),
        ]
        for kind in kinds {
            let error = #expect(throws: UnreadableInput.self) {
                try DatasetSource(kind).digest(CountingFingerprints())
            }
            #expect(error?.path.hasPrefix(root) == true)
            #expect(type(of: kind).name == "imagenet-r" || error?.hint?.contains(root) == true)
            // Of notMNIST there is no published split.
            #expect((kind.official == nil) == (kind is NotMNIST))
        }
    }
}
