public import Pipeline

/// notMNIST: the letters A to J in many typefaces, gray, 28 × 28 pixels, a folder a letter.
///
/// Some pictures of the original are no pictures; as in the reference they are named and left out.
/// There is no published split to compare with.
public struct NotMNIST: PublishedDataset {
    private static let letters = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]
    private static let standard = RandomSplit(seed: 42, trainShare: 0.8)

    /// The folder with the dataset.
    public let root: String
    /// The split of `notMNIST_small`; nil: that of the folders, or where `notMNIST_small` is alone
    /// seed 42 and 80 % for training.
    public let split: RandomSplit?
    public var location: String { root + (split.map { ", \($0.words)" } ?? "") }

    /// Creates a dataset.
    public init(root: String, split: RandomSplit? = nil) {
        self.root = root
        self.split = split
    }

    /// The forms, in the order of `listing`.
    var place: PublishedFolder {
        let small = "notMNIST_small"
        let large = "notMNIST_large"
        let alone = PublishedLayout(
            markers: [small],
            archives: [PublishedArchive("\(small).tar.gz", items: [small])])
        if split != nil { return PublishedFolder(root: root, layouts: [alone]) }
        return PublishedFolder(
            root: root,
            layouts: [
                alone,
                PublishedLayout(
                    markers: ["notMNIST/Train", "notMNIST/Test"],
                    archives: [PublishedArchive("notMNIST.zip", items: ["notMNIST"])]),
                PublishedLayout(
                    markers: [large, small],
                    archives: [
                        PublishedArchive("\(large).tar.gz", items: [large]),
                        PublishedArchive("\(small).tar.gz", items: [small]),
                    ]),
            ].reversed())
    }

    private var hint: String {
        "'\(root)' must hold notMNIST_small or its .tar.gz, or 'notMNIST' with Train and Test"
    }

    func placed(at root: String) -> NotMNIST { NotMNIST(root: root, split: split) }

    /// Some of the original are empty.
    public func refusesEmptyFile(_ entry: DatasetManifest.Entry) -> Bool { false }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try ListedPictures.picture("\(root)/\(entry.path)")
    }

    public func unreadable(
        _ entries: [DatasetManifest.Entry]
    ) throws -> [(path: String, problem: String)] {
        var found: [(String, String)] = []
        for entry in entries {
            let path = "\(root)/\(entry.path)"
            // A file that cannot be read is an error; one that is no picture is left out.
            let bytes = try BinaryFile.contents(of: path)
            do {
                _ = try Picture.decode(bytes, name: path)
            } catch {
                found.append((entry.path, error.problem))
            }
        }
        return found
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        guard let found = try place.found else {
            throw UnreadableInput(path: root, problem: "holds no notMNIST", hint: hint)
        }
        let walk = FolderWalk(root: root) { try fingerprints.checkStop() }
        let items: [ListedPictures.Item]
        switch split == nil ? found.layout : 2 {
        case 0:
            items =
                try pictures("notMNIST_large", walk).map { .init($0, .train) }
                + pictures("notMNIST_small", walk).map { .init($0, .test) }
        case 1:
            items =
                try pictures("notMNIST/Train", walk).map { .init($0, .train) }
                + pictures("notMNIST/Test", walk).map { .init($0, .test) }
        default:
            let all = try pictures("notMNIST_small", walk)
            let splits = (split ?? Self.standard).splits(labels: all.map(\.label))
            items = zip(all, splits).map { .init($0, $1) }
        }
        return try ListedPictures(
            folder: root, classNames: Self.letters, items: items, hint: hint,
            warnings: walk.warnings
        ).listing(fingerprints)
    }

    /// The pictures of a folder with the ten letters, by letter and name in byte order.
    private func pictures(
        _ folder: String, _ walk: FolderWalk
    ) throws -> [(path: String, label: Int)] {
        try Self.letters.enumerated().flatMap { label, letter in
            try walk.pictures(below: "\(folder)/\(letter)").map { ($0, label) }
        }
    }
}

extension ListedPictures.Item {
    fileprivate init(_ picture: (path: String, label: Int), _ split: Split) {
        self.init(path: picture.path, label: picture.label, split: split)
    }
}

extension NotMNIST {
    public static let description = DatasetDescription(
        name: "not-mnist",
        summary:
            "notMNIST: ROOT with notMNIST/{Train,Test}/A…J or notMNIST.zip, notMNIST_large and _small, "
            + "or notMNIST_small alone, or these as .tar.gz",
        transforms: .standard,
        layout: "`notMNIST/Train/` and `Test/` (`notMNIST.zip`); or `notMNIST_large/` to "
            + "train and `notMNIST_small/` to test; or `notMNIST_small/` alone "
            + "(`.tar.gz`), 80 % of it to train, drawn with seed 42",
        official: .absent(because: "no published split: 10 classes"),
        classFigures: .absent(because: "no published split"),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Bulatov, Yaroslav"
                ],
                title: "notMNIST dataset",
                venue: "Machine Learning, etc. (blog)", year: 2011)),
        recognition: .given(
            DatasetRecognition(signs: ["notMNIST", "notMNIST_small"]) {
                NotMNIST(root: $0)
            }),
        read: { NotMNIST(root: $0.path("root"), split: RandomSplit($0, else: "folders")) })

    private static let published = FetchItem(
        name: "not-mnist", kind: .dataset, about: "letters A to J of many fonts, 28 × 28 pixels",
        licence: "none stated",
        page: "https://github.com/facebookresearch/Adversarial-Continual-Learning",
        files: [
            FetchFile(
                name: "notMNIST.zip",
                addresses: [
                    "https://github.com/facebookresearch/Adversarial-Continual-Learning/"
                        + "raw/main/data/notMNIST.zip"
                ],
                items: ["notMNIST"])
        ])
}
