public import Pipeline

/// CUB-200-2011 as its archive unpacks: pictures of birds of 200 kinds, the official split; or sorted
/// into folders `train/CLASS` and `test/CLASS`.
public struct CUB200: PublishedDataset {
    static let folder = "CUB_200_2011"

    /// The folder with `CUB_200_2011`.
    public let root: String

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    var place: PublishedFolder {
        PublishedFolder(
            root: root,
            layouts: [
                PublishedLayout(
                    markers: [Self.folder],
                    archives: [PublishedArchive("CUB_200_2011.tgz", items: [Self.folder])])
            ])
    }

    /// One of its lists, so that what misses another says so.
    var signs: [[String]] {
        ["images.txt", "image_class_labels.txt", "train_test_split.txt", "classes.txt"]
            .map { ["\(Self.folder)/\($0)"] }
    }

    var presplitPlaces: [String] { [Self.folder, "", "CUB", "CUB_200", "cub200", "cub"] }

    func placed(at root: String) -> CUB200 { CUB200(root: root) }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try presplitPicture(entry) ?? ListedPictures.picture("\(root)/\(entry.path)")
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        if let listing = try presplitListing(fingerprints) { return listing }
        let pictures = try list("images.txt")
        let labels = try labels(like: pictures)
        let splits = try splits(like: pictures)
        let items = try pictures.values.indices.map { index in
            ListedPictures.Item(
                path: try path(pictures, index), label: labels.ofPictures[index],
                split: splits[index])
        }
        return DatasetListing(
            classNames: labels.names,
            entries: try ListedPictures.entries(items, below: root, fingerprints, hint: hint))
    }

    /// The path of a picture below the root. The list names it below `images`.
    private func path(_ pictures: NumberedList, _ index: Int) throws -> String {
        let name = pictures.values[index]
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw error(pictures, index, "'\(name)' is not CLASS/PICTURE")
        }
        return "\(Self.folder)/images/\(name)"
    }

    /// The label of each picture, from 0, and the names by label. The files count classes from 1.
    private func labels(
        like pictures: NumberedList
    ) throws -> (names: [String], ofPictures: [Int]) {
        let names = try list("classes.txt").values
        let labels = try list("image_class_labels.txt", like: pictures)
        let ofPictures = try labels.values.enumerated().map { index, text in
            guard let number = Int(text), (1...names.count).contains(number) else {
                throw error(
                    labels, index, "class '\(text)' is none of the \(names.count) of classes.txt")
            }
            return number - 1
        }
        return (names, ofPictures)
    }

    private func splits(like pictures: NumberedList) throws -> [Split] {
        let flags = try list("train_test_split.txt", like: pictures)
        return try flags.values.enumerated().map { index, flag in
            switch flag {
            case "1": .train
            case "0": .test
            default: throw error(flags, index, "'\(flag)' is neither 1 (train) nor 0 (test)")
            }
        }
    }

    private func list(_ name: String, like pictures: NumberedList? = nil) throws -> NumberedList {
        let path = "\(root)/\(Self.folder)/\(name)"
        return try UnreadableInput.hinting(hint) {
            let list = try NumberedList(path: path)
            if let pictures, list.values.count != pictures.values.count {
                throw UnreadableInput(
                    path: path,
                    problem: "has \(list.values.count) lines, but images.txt has "
                        + "\(pictures.values.count)")
            }
            return list
        }
    }

    private func error(
        _ list: NumberedList, _ index: Int, _ problem: String
    ) -> UnreadableInput {
        UnreadableInput(path: "\(list.path):\(index + 1)", problem: problem, hint: hint)
    }

    private var hint: String {
        "'\(root)' must hold the folder '\(Self.folder)' as in CUB_200_2011.tgz"
    }
}

/// A text file whose line n is `n value`, from 1 on.
struct NumberedList {
    let path: String
    /// What follows the number, by line; not empty.
    let values: [String]

    /// Reads a list.
    ///
    /// - Throws: `UnreadableInput` that names file and line.
    init(path: String) throws(UnreadableInput) {
        self.path = path
        var values: [String] = []
        for line in try TextLines(path: path).lines {
            let parts = line.split(separator: " ", maxSplits: 1)
            let number = values.count + 1
            guard parts.count == 2, Int(parts[0]) == number else {
                throw UnreadableInput(
                    path: "\(path):\(number)",
                    problem: "expected '\(number) …', found '\(Printable.quoted(line))'")
            }
            values.append(String(parts[1]))
        }
        guard !values.isEmpty else { throw UnreadableInput(path: path, problem: "is empty") }
        self.values = values
    }
}

extension CUB200 {
    public static let description = DatasetDescription(
        name: "cub200",
        summary:
            "CUB-200-2011: ROOT/CUB_200_2011 with its lists and pictures, or CUB_200_2011.tgz, or "
            + "train/CLASS and test/CLASS",
        transforms: .standard,
        layout: "`CUB_200_2011/` or `CUB_200_2011.tgz`",
        official: .given(OfficialFigures(classes: 200, train: 5994, test: 5794)),
        classFigures: .absent(because: "the classes have different sizes"),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Wah, Catherine",
                    "Branson, Steve",
                    "Welinder, Peter",
                    "Perona, Pietro",
                    "Belongie, Serge",
                ],
                title: "The Caltech-UCSD Birds-200-2011 Dataset",
                venue: "Technical Report CNS-TR-2011-001, California Institute of Technology",
                year: 2011)),
        recognition: .given(
            DatasetRecognition(signs: ["CUB_200_2011"]) {
                CUB200(root: $0)
            }),
        read: { CUB200(root: $0.path("root")) })

    private static let published = FetchItem(
        name: "cub200", kind: .dataset, about: "CUB-200-2011: 11,788 birds of 200 kinds",
        licence: "non-commercial research and education",
        page: "https://www.vision.caltech.edu/datasets/cub_200_2011",
        files: [
            FetchFile(
                name: "CUB_200_2011.tgz",
                addresses: ["https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz"],
                byteCount: 1_150_585_339,
                checksum: Checksum(.md5, "97eceeb196236b17998738112f37df78"),
                items: ["CUB_200_2011"])
        ])
}
