public import Pipeline

/// Stanford Cars: photographs of 196 models of cars, by the annotation files of the owners, or sorted
/// into folders `train/CLASS` and `test/CLASS`.
public struct StanfordCars: PublishedDataset {
    static let testAnnotations = "cars_test_annos_withlabels.mat"

    /// The folder with the dataset.
    public let root: String

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    /// The forms, in the order of `listing`.
    var place: PublishedFolder {
        let devkit = [
            PublishedArchive("car_devkit.tgz", items: ["devkit"]),
            PublishedArchive("cars_train.tgz", items: ["cars_train"]),
            PublishedArchive("cars_test.tgz", items: ["cars_test"]),
        ]
        let folders = ["devkit/cars_train_annos.mat", "cars_train", "cars_test"]
        return PublishedFolder(
            root: root, places: ["", "stanford_cars"],
            layouts: [
                PublishedLayout(
                    markers: folders + ["devkit/\(Self.testAnnotations)"], archives: devkit),
                PublishedLayout(markers: folders + [Self.testAnnotations], archives: devkit),
                PublishedLayout(
                    markers: ["cars_annos.mat", "car_ims"],
                    archives: [PublishedArchive("car_ims.tgz", items: ["car_ims"])]),
                PublishedLayout(markers: ["train", "test"]),
            ])
    }

    private var hint: String {
        "'\(root)' must hold 'devkit' and '\(Self.testAnnotations)', 'cars_train' and 'cars_test'; "
            + "or 'cars_annos.mat' and 'car_ims'; or 'train' and 'test' with a folder a class"
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try ListedPictures.picture("\(place.found?.folder ?? root)/\(entry.path)")
    }

    func placed(at root: String) -> StanfordCars { StanfordCars(root: root) }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        guard let found = try place.found else {
            throw UnreadableInput(path: root, problem: "holds no Stanford Cars", hint: hint)
        }
        if found.layout == 3 {
            return try ImageFolder(root: found.folder).listing(fingerprints)
        }
        let list = try UnreadableInput.hinting(hint) {
            found.layout == 2
                ? try CarList(path: "\(found.folder)/cars_annos.mat")
                : try devkit(found.folder, test: found.layout == 0 ? "devkit/" : "")
        }
        return try ListedPictures(
            folder: found.folder, classNames: list.classNames, items: list.items, hint: hint
        ).listing(fingerprints)
    }

    private func devkit(_ folder: String, test: String) throws -> CarList {
        let names = try CarList.classNames("\(folder)/devkit/cars_meta.mat")
        return try CarList(
            classNames: names,
            items: CarList.items(
                "\(folder)/devkit/cars_train_annos.mat", folder: "cars_train", .train,
                classCount: names.count)
                + CarList.items(
                    "\(folder)/\(test)\(Self.testAnnotations)", folder: "cars_test", .test,
                    classCount: names.count))
    }
}

/// The annotations of Stanford Cars: arrays of structures, a picture each.
package struct CarList {
    /// The names of the classes, by label.
    package let classNames: [String]
    let items: [ListedPictures.Item]

    /// The number of pictures, and of different labels among them.
    package var counts: (pictures: Int, labels: Int) {
        (items.count, Set(items.map(\.label)).count)
    }

    init(classNames: [String], items: [ListedPictures.Item]) {
        self.classNames = classNames
        self.items = items
    }

    /// Reads the annotations of one part.
    ///
    /// - Parameters:
    ///   - path: `cars_train_annos.mat`, say.
    ///   - meta: `cars_meta.mat`.
    package init(train path: String, meta: String) throws(UnreadableInput) {
        classNames = try Self.classNames(meta)
        items = try Self.items(path, folder: "cars_train", .train, classCount: classNames.count)
    }

    /// Reads the annotations of both parts in one file, `cars_annos.mat`.
    init(path: String) throws(UnreadableInput) {
        let variables = try ForeignFile(path).matlab(["annotations", "class_names"])
        let names = try Self.names(variables["class_names"], path)
        classNames = names
        items = try Self.rows(variables["annotations"], path).map { row throws(UnreadableInput) in
            guard let name = row["relative_im_path"]?.text, let test = row["test"]?.integer,
                0...1 ~= test
            else { throw Self.damaged(path) }
            return try Self.item(
                name, row, test == 1 ? .test : .train, classCount: names.count, path)
        }
    }

    static func classNames(_ path: String) throws(UnreadableInput) -> [String] {
        try names(ForeignFile(path).matlab(["class_names"])["class_names"], path)
    }

    static func items(
        _ path: String, folder: String, _ split: Split, classCount: Int
    ) throws(UnreadableInput) -> [ListedPictures.Item] {
        let variables = try ForeignFile(path).matlab(["annotations"])
        return try rows(variables["annotations"], path).map { row throws(UnreadableInput) in
            guard let name = row["fname"]?.text else { throw damaged(path) }
            return try item("\(folder)/\(name)", row, split, classCount: classCount, path)
        }
    }

    /// The class counts from 1 in the file.
    private static func item(
        _ name: String, _ row: [String: MATValue], _ split: Split, classCount: Int, _ path: String
    ) throws(UnreadableInput) -> ListedPictures.Item {
        guard let number = row["class"]?.integer, (1...classCount).contains(number) else {
            throw UnreadableInput(
                path: path, problem: "the class of '\(name)' is none of \(classCount)")
        }
        guard ListedPictures.isInside(name) else {
            throw UnreadableInput(path: path, problem: "'\(name)' is no path of a picture")
        }
        return ListedPictures.Item(path: name, label: number - 1, split: split)
    }

    private static func rows(
        _ value: MATValue?, _ path: String
    ) throws(UnreadableInput) -> [[String: MATValue]] {
        guard case .structures(_, _, let rows) = value, !rows.isEmpty else { throw damaged(path) }
        return rows
    }

    private static func names(
        _ value: MATValue?, _ path: String
    ) throws(UnreadableInput) -> [String] {
        guard case .cells(_, let cells) = value else { throw damaged(path) }
        let names = cells.compactMap(\.text)
        guard names.count == cells.count, !names.isEmpty else { throw damaged(path) }
        return names
    }

    private static func damaged(_ path: String) -> UnreadableInput {
        UnreadableInput(path: path, problem: "is no annotation file of Stanford Cars")
    }
}

extension StanfordCars {
    public static let description = DatasetDescription(
        name: "stanford-cars",
        summary:
            "Stanford Cars: ROOT (or ROOT/stanford_cars) with devkit, cars_train and cars_test, or "
            + "car_ims and cars_annos.mat, or train/CLASS and test/CLASS; archives are unpacked",
        transforms: .standard,
        layout: "`devkit/`, `cars_train/`, `cars_test/` (or `car_devkit.tgz`, "
            + "`cars_train.tgz`, `cars_test.tgz`) and `cars_test_annos_withlabels.mat`, "
            + "here or in `devkit`; or `cars_annos.mat` and `car_ims/` (`car_ims.tgz`); or "
            + "`train/CLASS` and `test/CLASS`; all of it also in a folder `stanford_cars`",
        official: .given(OfficialFigures(classes: 196, train: 8144, test: 8041)),
        classFigures: .absent(because: "the classes have different sizes"),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Krause, Jonathan",
                    "Stark, Michael",
                    "Deng, Jia",
                    "Fei-Fei, Li",
                ],
                title: "3D Object Representations for Fine-Grained Categorization",
                venue:
                    "4th International IEEE Workshop on 3D Representation and Recognition (3dRR-13)",
                year: 2013)),
        recognition: .given(
            DatasetRecognition(signs: ["stanford_cars", "cars_train", "car_ims"]) {
                StanfordCars(root: $0)
            }),
        read: { StanfordCars(root: $0.path("root")) })

    private static let published = FetchItem(
        name: "stanford-cars", kind: .dataset, about: "16,185 cars of 196 models",
        licence: "non-commercial research",
        page: "https://ai.stanford.edu/~jkrause/cars/car_dataset.html",
        files: [
            FetchFile(
                name: "car_devkit.tgz", addresses: [], byteCount: 330_960,
                checksum: Checksum(
                    .sha256, "b97deb463af7d58b6bfaa18b2a4de9829f0f79e8ce663dfa9261bf7810e9accd"),
                folder: "stanford_cars", items: ["devkit"]),
            FetchFile(
                name: "cars_test_annos_withlabels.mat", addresses: [], byteCount: 185_758,
                checksum: Checksum(
                    .sha256, "790f75be8ea34eeded134cc559332baf23e30e91367e9ddca97d26ed9b895f05"),
                folder: "stanford_cars"),
            FetchFile(
                name: "cars_train.tgz", addresses: [], byteCount: 979_269_282,
                checksum: Checksum(
                    .sha256, "512b227b30e2f0a8aab9e09485786ab4479582073a144998da74d64b801fd288"),
                folder: "stanford_cars", items: ["cars_train"]),
            FetchFile(
                name: "cars_test.tgz", addresses: [], byteCount: 977_350_468,
                checksum: Checksum(
                    .sha256, "bffea656d6f425cba3c91c6d83336e4c5f86c6cffd8975b0f375d3a10da8e243"),
                folder: "stanford_cars", items: ["cars_test"]),
        ],
        remarks: [
            "its owner's address is dead; copies of the files are with torchvision's issue 7545",
            "(https://github.com/pytorch/vision/issues/7545) and on Kaggle",
        ])
}
