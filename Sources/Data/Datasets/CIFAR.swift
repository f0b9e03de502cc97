import Pipeline

/// CIFAR-10: 60,000 colour pictures of 32 × 32 pixels in ten classes, binary or python version.
public struct CIFAR10: CIFARDataset {
    /// The folder with `cifar-10-batches-bin`, `cifar-10-batches-py` or an archive of these.
    public let root: String
    let memory = PackedMemory()

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    func placed(at root: String) -> CIFAR10 { CIFAR10(root: root) }

    var presplitPlaces: [String] { ["", "cifar10", "cifar-10", "CIFAR10", "CIFAR-10"] }

    var binary: CIFARRecords {
        CIFARRecords(
            root: root, folder: Self.folders.binary, hint: hint,
            trainFiles: (1...5).map { "data_batch_\($0).bin" }, testFiles: ["test_batch.bin"],
            namesFile: "batches.meta.txt", classCount: 10, labelCount: 1,
            officialCounts: [.train: 10_000, .test: 10_000])
    }

    var pickles: CIFARPickleSet {
        CIFARPickleSet(
            folder: Self.folders.python, trainFiles: (1...5).map { "data_batch_\($0)" },
            testFiles: ["test_batch"], namesFile: "batches.meta", namesKey: "label_names",
            labelKey: "labels", classCount: 10, officialCounts: [.train: 10_000, .test: 10_000])
    }

    static let folders = (binary: "cifar-10-batches-bin", python: "cifar-10-batches-py")
    static let archives = (
        binary: "cifar-10-binary.tar.gz", python: "cifar-10-python.tar.gz"
    )
}

/// CIFAR-100 with its fine labels: 60,000 colour pictures of 32 × 32 pixels in a hundred classes,
/// binary or python version.
public struct CIFAR100: CIFARDataset {
    /// The folder with `cifar-100-binary`, `cifar-100-python` or an archive of these.
    public let root: String
    let memory = PackedMemory()

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    func placed(at root: String) -> CIFAR100 { CIFAR100(root: root) }

    var presplitPlaces: [String] { ["", "cifar100", "cifar-100", "CIFAR100", "CIFAR-100"] }

    var binary: CIFARRecords {
        CIFARRecords(
            root: root, folder: Self.folders.binary, hint: hint,
            trainFiles: ["train.bin"], testFiles: ["test.bin"],
            namesFile: "fine_label_names.txt", classCount: 100, labelCount: 2,
            officialCounts: [.train: 50_000, .test: 10_000])
    }

    var pickles: CIFARPickleSet {
        CIFARPickleSet(
            folder: Self.folders.python, trainFiles: ["train"], testFiles: ["test"],
            namesFile: "meta", namesKey: "fine_label_names", labelKey: "fine_labels",
            classCount: 100, officialCounts: [.train: 50_000, .test: 10_000])
    }

    static let folders = (binary: "cifar-100-binary", python: "cifar-100-python")
    static let archives = (
        binary: "cifar-100-binary.tar.gz", python: "cifar-100-python.tar.gz"
    )
}

/// What the two CIFAR datasets have in common. Of two versions in one folder the binary one is read.
protocol CIFARDataset: PublishedDataset {
    var root: String { get }
    var memory: PackedMemory { get }
    var binary: CIFARRecords { get }
    var pickles: CIFARPickleSet { get }
    /// The folders of the two versions, as the archives name them.
    static var folders: (binary: String, python: String) { get }
    static var archives: (binary: String, python: String) { get }
}

extension CIFARDataset {
    /// Sorted into folders, pictures may have any size.
    public var pictureBytes: Int? {
        (try? presplit()) == nil ? CIFARRecords.pictureBytes : nil
    }

    /// Where the dataset belongs, for messages.
    var hint: String {
        "'\(root)' must hold the folder '\(Self.folders.binary)' as in \(Self.archives.binary), or "
            + "'\(Self.folders.python)' as in \(Self.archives.python), or one of these archives"
    }

    var place: PublishedFolder {
        PublishedFolder(
            root: root,
            layouts: [
                PublishedLayout(
                    markers: [Self.folders.binary],
                    archives: [PublishedArchive(Self.archives.binary, items: [Self.folders.binary])]
                ),
                PublishedLayout(
                    markers: [Self.folders.python],
                    archives: [PublishedArchive(Self.archives.python, items: [Self.folders.python])]
                ),
            ])
    }

    /// The names of the classes, or some pictures.
    var signs: [[String]] {
        [binary.namesFile, binary.testFiles[0]].map { ["\(Self.folders.binary)/\($0)"] }
            + [pickles.namesFile, pickles.testFiles[0]].map { ["\(Self.folders.python)/\($0)"] }
    }

    /// The python version, where that is the one that is there.
    private func files() throws -> PackedFiles? {
        try place.found?.layout == 1 ? try pickles.files(root: root, hint: hint) : nil
    }

    public func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState? {
        if try presplit() != nil { return nil }
        return try files()?.state(fingerprints) ?? binary.state(fingerprints)
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        if let listing = try presplitListing(fingerprints) { return listing }
        return try files()?.listing(memory) ?? binary.listing()
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        if let picture = try presplitPicture(entry) { return picture }
        if entry.path.hasPrefix("\(Self.folders.python)/"), let files = try files() {
            return try files.picture(entry, memory)
        }
        return try binary.picture(entry)
    }
}

/// The files of a python version of CIFAR.
struct CIFARPickleSet: Sendable {
    /// The folder below the root, as the archive names it.
    let folder: String
    let trainFiles: [String]
    let testFiles: [String]
    let namesFile: String
    /// The key of the class names in `namesFile`.
    let namesKey: String
    /// The key of the labels in the other files.
    let labelKey: String
    let classCount: Int
    /// The pictures of a published file.
    let officialCounts: [Split: Int]

    func files(root: String, hint: String) throws -> PackedFiles {
        let path = "\(root)/\(folder)"
        return try UnreadableInput.hinting(hint) {
            return PackedFiles(
                folder: root, format: CIFARPickles(labelKey: labelKey),
                classNames: try CIFARPickles.classNames(
                    "\(path)/\(namesFile)", key: namesKey, count: classCount),
                files: files(trainFiles, .train) + files(testFiles, .test), hint: hint)
        }
    }

    private func files(_ names: [String], _ split: Split) -> [PackedFile] {
        names.map {
            PackedFile(
                name: "\(folder)/\($0)", split: split, sources: ["\(folder)/\($0)"],
                officialCount: officialCounts[split] ?? 0)
        }
    }
}

extension CIFAR10 {
    public static let description = DatasetDescription(
        name: "cifar10",
        summary:
            "CIFAR-10: ROOT/cifar-10-batches-bin or -py, or cifar-10-binary.tar.gz or -python.tar.gz, "
            + "or train/CLASS and test/CLASS",
        transforms: .cifar,
        layout: "`cifar-10-batches-bin/` or `cifar-10-batches-py/`, or "
            + "`cifar-10-binary.tar.gz` or `cifar-10-python.tar.gz`",
        official: .given(OfficialFigures(classes: 10, train: 50_000, test: 10_000)),
        classFigures: .given(
            ClassFigures(10, train: 5000, test: 1000)),
        published: .given(published),
        citation: .given(.krizhevsky),
        recognition: .given(
            DatasetRecognition(signs: ["cifar-10-batches-bin", "cifar-10-batches-py"]) {
                CIFAR10(root: $0)
            }),
        read: { CIFAR10(root: $0.path("root")) })

    private static let published = FetchItem(
        name: "cifar10", kind: .dataset, about: "60,000 pictures of 32 × 32 pixels, 10 classes",
        licence: "none stated", page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: [
            FetchFile(
                name: "cifar-10-binary.tar.gz",
                addresses: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
                byteCount: 170_052_171,
                checksum: Checksum(
                    .sha256, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
                items: ["cifar-10-batches-bin"])
        ])
}

extension Citation {
    /// Of both datasets.
    fileprivate static let krizhevsky = Citation(
        authors: ["Krizhevsky, Alex"],
        title: "Learning Multiple Layers of Features from Tiny Images",
        venue: "Technical report, University of Toronto", year: 2009)
}

extension CIFAR100 {
    public static let description = DatasetDescription(
        name: "cifar100",
        summary:
            "CIFAR-100, fine labels: ROOT/cifar-100-binary or -python, or one of the two .tar.gz, or "
            + "train/CLASS and test/CLASS",
        transforms: .cifar,
        layout: "`cifar-100-binary/` or `cifar-100-python/`, or their `.tar.gz`; the fine "
            + "labels",
        official: .given(OfficialFigures(classes: 100, train: 50_000, test: 10_000)),
        classFigures: .given(
            ClassFigures(100, train: 500, test: 100)),
        published: .given(published),
        citation: .given(.krizhevsky),
        recognition: .given(
            DatasetRecognition(signs: ["cifar-100-binary", "cifar-100-python"]) {
                CIFAR100(root: $0)
            }),
        read: { CIFAR100(root: $0.path("root")) })

    private static let published = FetchItem(
        name: "cifar100", kind: .dataset, about: "60,000 pictures of 32 × 32 pixels, 100 classes",
        licence: "none stated", page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: [
            FetchFile(
                name: "cifar-100-binary.tar.gz",
                addresses: ["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"],
                byteCount: 168_513_733,
                checksum: Checksum(
                    .sha256, "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
                items: ["cifar-100-binary"])
        ])
}
