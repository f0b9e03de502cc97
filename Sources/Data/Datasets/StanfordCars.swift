public import Pipeline

/// Stanford Cars: photographs of 196 models of cars, by the annotation files of the owners, or sorted
/// into folders `train/CLASS` and `test/CLASS`.
public struct StanfordCars: PublishedDataset {
    public static let name = "stanford-cars"
    public static let summary =
        "Stanford Cars: ROOT (or ROOT/stanford_cars) with devkit, cars_train and cars_test, or "
        + "car_ims and cars_annos.mat, or train/CLASS and test/CLASS; archives are unpacked"

    static let testAnnotations = "cars_test_annos_withlabels.mat"

    /// The folder with the dataset.
    public let root: String
    public var official: OfficialFigures? {
        OfficialFigures(classes: 196, train: 8144, test: 8041)
    }

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
