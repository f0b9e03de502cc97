public import Pipeline

/// Stanford Dogs: photographs of 120 breeds, by the lists of the owners, or sorted into folders
/// `train/CLASS` and `test/CLASS`.
public struct StanfordDogs: PublishedDataset {
    /// The folder with the dataset.
    public let root: String

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    var place: PublishedFolder {
        let lists = ["train_list.mat", "test_list.mat"]
        return PublishedFolder(
            root: root, places: ["", "stanford_dogs"],
            layouts: [
                PublishedLayout(
                    markers: ["Images"] + lists,
                    archives: [
                        PublishedArchive("images.tar", items: ["Images"]),
                        PublishedArchive("lists.tar", items: lists),
                    ]),
                PublishedLayout(
                    markers: ["Images"] + lists.map { "lists/\($0)" },
                    archives: [PublishedArchive("images.tar", items: ["Images"])]),
                PublishedLayout(markers: ["train", "test"]),
            ])
    }

    private var hint: String {
        "'\(root)' must hold 'Images' with 'train_list.mat' and 'test_list.mat', or images.tar and "
            + "lists.tar; or 'train' and 'test' with a folder a class"
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try ListedPictures.picture("\(place.found?.folder ?? root)/\(entry.path)")
    }

    func placed(at root: String) -> StanfordDogs { StanfordDogs(root: root) }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        guard let found = try place.found else {
            throw UnreadableInput(path: root, problem: "holds no Stanford Dogs", hint: hint)
        }
        if found.layout == 2 {
            return try ImageFolder(root: found.folder).listing(fingerprints)
        }
        let lists = found.layout == 0 ? found.folder : "\(found.folder)/lists"
        return try UnreadableInput.hinting(hint) {
            let parts = [
                try DogList(path: "\(lists)/train_list.mat"),
                try DogList(path: "\(lists)/test_list.mat"),
            ]
            let names = try DogList.classNames(parts)
            let items = zip(Split.allCases, parts).flatMap { split, list in
                list.pictures.map {
                    ListedPictures.Item(path: "Images/\($0.path)", label: $0.label, split: split)
                }
            }
            return try ListedPictures(
                folder: found.folder, classNames: names, items: items, hint: hint
            ).listing(fingerprints)
        }
    }
}

/// A list of Stanford Dogs: cells `file_list` (`CLASS/PICTURE`) and numbers `labels`, from 1.
private struct DogList {
    let path: String
    let pictures: [(path: String, label: Int)]

    init(path: String) throws(UnreadableInput) {
        self.path = path
        let variables = try ForeignFile(path).matlab(["file_list", "labels"])
        guard case .cells(_, let cells) = variables["file_list"] else {
            throw UnreadableInput(path: path, problem: "has no cells 'file_list'")
        }
        let names = cells.compactMap(\.text)
        let labels = variables["labels"]?.numbers?.compactMap(Int.init(exactly:)) ?? []
        guard names.count == cells.count, labels.count == names.count, !names.isEmpty,
            labels.allSatisfy({ (1...100_000).contains($0) })
        else {
            throw UnreadableInput(
                path: path, problem: "has \(names.count) pictures and \(labels.count) labels")
        }
        for name in names
        where name.split(separator: "/").count != 2 || !ListedPictures.isInside(name) {
            throw UnreadableInput(path: path, problem: "'\(name)' is not CLASS/PICTURE")
        }
        pictures = zip(names, labels).map { ($0, $1 - 1) }
    }

    /// The folder of each class, by label.
    static func classNames(_ lists: [DogList]) throws(UnreadableInput) -> [String] {
        var names: [Int: String] = [:]
        for list in lists {
            for (path, label) in list.pictures {
                let folder = String(path.prefix { $0 != "/" })
                guard names.updateValue(folder, forKey: label) ?? folder == folder else {
                    throw UnreadableInput(
                        path: list.path, problem: "class \(label + 1) has several folders")
                }
            }
        }
        let count = (names.keys.max() ?? -1) + 1
        if let absent = (0..<count).first(where: { names[$0] == nil }) {
            throw UnreadableInput(
                path: lists[0].path, problem: "class \(absent + 1) has no picture")
        }
        return (0..<count).compactMap { names[$0] }
    }
}

extension StanfordDogs {
    public static let description = DatasetDescription(
        name: "stanford-dogs",
        summary:
            "Stanford Dogs: ROOT (or ROOT/stanford_dogs) with Images, train_list.mat and test_list.mat, "
            + "or images.tar and lists.tar, or train/CLASS and test/CLASS",
        transforms: .standard,
        layout: "`Images/`, `train_list.mat`, `test_list.mat` (the lists also in `lists/`), "
            + "or `images.tar` and `lists.tar`; or `train/CLASS` and `test/CLASS`; also in "
            + "a folder `stanford_dogs`",
        official: .given(OfficialFigures(classes: 120, train: 12_000, test: 8580)),
        classFigures: .given(
            ClassFigures(120, train: 100, test: nil)),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Khosla, Aditya",
                    "Jayadevaprakash, Nityananda",
                    "Yao, Bangpeng",
                    "Fei-Fei, Li",
                ],
                title: "Novel Dataset for Fine-Grained Image Categorization",
                venue: "First Workshop on Fine-Grained Visual Categorization, CVPR", year: 2011)),
        recognition: .given(
            DatasetRecognition(signs: ["stanford_dogs", "Images"]) {
                StanfordDogs(root: $0)
            }),
        read: { StanfordDogs(root: $0.path("root")) })

    private static let published: FetchItem = {
        let base = "http://vision.stanford.edu/aditya86/ImageNetDogs/"
        return FetchItem(
            name: "stanford-dogs", kind: .dataset, about: "20,580 dogs of 120 breeds",
            licence: "none stated (pictures of ImageNet: non-commercial research)", page: base,
            files: [
                FetchFile(
                    name: "lists.tar", addresses: [base + "lists.tar"], byteCount: 481_280,
                    checksum: Checksum(
                        .sha256, "34b47cacd9a98b5d150e084f24d29391c084c55272295ec65c85651bc35f4d6c"),
                    folder: "stanford_dogs", items: ["train_list.mat", "test_list.mat"]),
                FetchFile(
                    name: "images.tar", addresses: [base + "images.tar"], byteCount: 793_579_520,
                    checksum: Checksum(
                        .sha256, "a443fc2f9a851aa1a7b8e4fa4af94b8459fce2c9f5a2f4dd4669cf9673a4ec58"),
                    folder: "stanford_dogs", items: ["Images"]),
            ])
    }()
}
