public import Pipeline

/// ImageNet-R with the split of the prompt-based continual-learning papers: `imagenet-r_train.yaml`
/// and `imagenet-r_test.yaml` beside the folder `imagenet-r`. An entry is resolved by what follows
/// `imagenet-r/` in it, wherever its author kept the data. Or with a random split of all pictures, as
/// those papers' first code made it. Or sorted into folders `train/CLASS` and `test/CLASS`.
public struct ImageNetR: PublishedDataset {
    private static let folder = "imagenet-r"

    /// The folder with the lists and `imagenet-r`.
    public let root: String
    /// The split of all pictures; nil: that of the lists.
    public let split: RandomSplit?
    public var location: String { root + (split.map { ", \($0.words)" } ?? "") }

    /// Creates a dataset.
    public init(root: String, split: RandomSplit? = nil) {
        self.root = root
        self.split = split
    }

    var place: PublishedFolder {
        PublishedFolder(
            root: root,
            layouts: [
                PublishedLayout(
                    markers: [Self.folder],
                    archives: [
                        PublishedArchive(
                            "imagenet-r.tar", "imagenet-r.tar.gz", items: [Self.folder])
                    ])
            ])
    }

    /// Its lists; a random split needs none, but class folders.
    var signs: [[String]] {
        split == nil ? Split.allCases.map { ["imagenet-r_\($0.rawValue).yaml"] } : []
    }

    /// With a random split the root itself may hold another dataset's parts.
    var presplitPlaces: [String] { split == nil ? [Self.folder, ""] : [Self.folder] }

    func placed(at root: String) -> ImageNetR { ImageNetR(root: root, split: split) }

    /// With a random split also where the folder of the classes is, and is not one of parts.
    public var isInPlace: Bool {
        get throws {
            guard split != nil else { return try isAsPublished || presplit() != nil }
            guard try presplit() == nil, try InputPath.isFolder("\(root)/\(Self.folder)") else {
                return false
            }
            let walk = FolderWalk(root: root)
            return try walk.folders(in: Self.folder).prefix(3).contains {
                try !walk.holdsOnlyFolders("\(Self.folder)/\($0)")
            }
        }
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try presplitPicture(entry) ?? ListedPictures.picture("\(root)/\(entry.path)")
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        if let split { return try drawn(split, fingerprints) }
        return try presplitListing(fingerprints) ?? listed(fingerprints)
    }

    /// Every picture below the folders of the classes, in byte order, divided at random.
    private func drawn(
        _ split: RandomSplit, _ fingerprints: any FingerprintCache
    ) throws -> DatasetListing {
        let walk = FolderWalk(root: root) { try fingerprints.checkStop() }
        let names = try classFolders(walk)
        let pictures = try names.enumerated().flatMap { label, name in
            try walk.pictures(below: "\(Self.folder)/\(name)").map { ($0, label) }
        }
        let items = zip(pictures, split.splits(labels: pictures.map(\.1))).map {
            ListedPictures.Item(path: $0.0, label: $0.1, split: $1)
        }
        return try ListedPictures(
            folder: root, classNames: names, items: items, hint: Self.hint(root),
            warnings: walk.warnings
        ).listing(fingerprints)
    }

    private var isFolderThere: Bool {
        get throws(UnreadableInput) { try InputPath.isFolder("\(root)/\(Self.folder)") }
    }

    private static func hint(_ root: String) -> String {
        "'\(root)' must hold the folder '\(folder)' or imagenet-r.tar"
    }

    /// The folders of the classes of a random split.
    ///
    /// - Throws: where they are the parts of a split instead.
    private func classFolders(_ walk: FolderWalk) throws -> [String] {
        let beside = ImageNetR(root: root)
        if let parts = try presplit() ?? (isFolderThere ? nil : beside.presplit()) {
            throw UnreadableInput(
                path: parts.root,
                problem:
                    "holds the folders 'train' and 'test': the pictures are divided already, and "
                    + "a random split would take the two for classes",
                hint: "leave out 'split: {random: …}', which reads them as the split that they are")
        }
        let place = "\(root)/\(Self.folder)"
        guard try isFolderThere else {
            throw UnreadableInput(
                path: place, problem: try InputPath.absence(at: place), hint: Self.hint(root))
        }
        let names = try walk.folders(in: Self.folder)
        try ImageFolder.refuseParts(names, in: place, walk: walk, below: Self.folder)
        try ImageFolder.refuseWrapper(names, walk: walk, below: Self.folder)
        return names
    }

    private func listed(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        var names: [Int: String] = [:]
        var items: [ListedPictures.Item] = []
        for split in Split.allCases {
            let file = "\(root)/imagenet-r_\(split.rawValue).yaml"
            let list = try PictureList(path: file)
            for (written, label) in list.pictures {
                guard let path = Self.resolved(written),
                    let folder = path.split(separator: "/")
                        .dropFirst().first.map(String.init)
                else {
                    throw UnreadableInput(
                        path: file, problem: "entry '\(written)' is not below 'imagenet-r/'")
                }
                if let known = names[label], known != folder {
                    throw UnreadableInput(
                        path: file, problem: "class \(label) is both '\(known)' and '\(folder)'")
                }
                names[label] = folder
                items.append(ListedPictures.Item(path: path, label: label, split: split))
            }
        }
        let classNames = try classNames(names, items)
        return DatasetListing(
            classNames: classNames,
            entries: try ListedPictures.entries(items, below: root, fingerprints))
    }

    /// The names by label; every label up to the greatest must occur in training.
    private func classNames(
        _ names: [Int: String], _ items: [ListedPictures.Item]
    ) throws(UnreadableInput) -> [String] {
        let trained = Set(items.lazy.filter { $0.split == .train }.map(\.label))
        let count = (names.keys.max() ?? -1) + 1
        if let absent = (0..<count).first(where: { !trained.contains($0) }) {
            throw UnreadableInput(
                path: "\(root)/imagenet-r_train.yaml", problem: "class \(absent) has no picture")
        }
        return (0..<count).compactMap { names[$0] }
    }

    /// The path below the root: from the last `imagenet-r/` on. Nil where there is none, or where
    /// the rest leaves the folder.
    private static func resolved(_ entry: String) -> String? {
        let parts = entry.split(separator: "/", omittingEmptySubsequences: true)
        guard let start = parts.lastIndex(of: "imagenet-r") else { return nil }
        let rest = parts[start...]
        guard rest.count == 3, !rest.contains("..") else { return nil }
        return rest.joined(separator: "/")
    }
}

/// A list file with two sequences of equal length: `data` (paths) and `targets` (labels). Only this
/// form of YAML is read, one entry a line, plain or quoted, because the lists are long.
package struct PictureList {
    /// Paths as written, with labels.
    package let pictures: [(path: String, label: Int)]

    /// The greatest label, so that a slip of the pen takes no memory.
    static let maximumLabel = 99_999

    /// Reads a list.
    ///
    /// - Throws: `UnreadableInput` that names file and line.
    package init(path: String) throws(UnreadableInput) {
        var lists: [String: [String]] = [:]
        var current: String?
        var number = 0
        for text in try TextLines(path: path).lines {
            number += 1
            if text.isEmpty || text.hasPrefix("#") || text == "---" { continue }
            if text == "data:" || text == "targets:" {
                current = String(text.dropLast())
                lists[text == "data:" ? "data" : "targets", default: []] += []
            } else if let current, text.hasPrefix("- ") {
                lists[current, default: []].append(Self.unquoted(Self.trimmed(text.dropFirst(2))))
            } else {
                throw UnreadableInput(
                    path: "\(path):\(number)", problem: "expected 'data:', 'targets:' or '- entry'")
            }
        }
        guard let paths = lists["data"], let targets = lists["targets"] else {
            throw UnreadableInput(path: path, problem: "has no 'data' or no 'targets'")
        }
        guard paths.count == targets.count, !paths.isEmpty else {
            throw UnreadableInput(
                path: path,
                problem: "has \(paths.count) entries of 'data' and \(targets.count) of 'targets'")
        }
        let labels = targets.map { Int($0) ?? -1 }
        if let wrong = labels.firstIndex(where: { !(0...Self.maximumLabel).contains($0) }) {
            throw UnreadableInput(path: path, problem: "target '\(targets[wrong])' is no label")
        }
        pictures = Array(zip(paths, labels))
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var bytes = Array(text.utf8)[...]
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return String(decoding: bytes.drop(while: isSpace), as: UTF8.self)
    }

    private static func unquoted(_ text: String) -> String {
        for quote in ["'", "\""] where text.count >= 2 {
            if text.hasPrefix(quote), text.hasSuffix(quote) {
                return String(text.dropFirst().dropLast())
            }
        }
        return text
    }
}

extension ImageNetR {
    public static let description = DatasetDescription(
        name: "imagenet-r",
        summary:
            "ImageNet-R: ROOT/imagenet-r or imagenet-r.tar, with imagenet-r_train.yaml and _test.yaml, or "
            + "train/CLASS and test/CLASS",
        transforms: .standard,
        layout: "`imagenet-r/` or `imagenet-r.tar`, and the lists `imagenet-r_train.yaml` "
            + "and `imagenet-r_test.yaml` (not for a random split)",
        official: .given(OfficialFigures(classes: 200, train: 24_000, test: 6000)),
        classFigures: .absent(because: "the classes have different sizes"),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Hendrycks, Dan",
                    "Basart, Steven",
                    "Mu, Norman",
                    "Kadavath, Saurav",
                    "Wang, Frank",
                    "Dorundo, Evan",
                    "Desai, Rahul",
                    "Zhu, Tyler",
                    "Parajuli, Samyak",
                    "Guo, Mike",
                    "Song, Dawn",
                    "Steinhardt, Jacob",
                    "Gilmer, Justin",
                ],
                title:
                    "The Many Faces of Robustness: A Critical Analysis of Out-of-Distribution Generalization",
                venue: "IEEE/CVF International Conference on Computer Vision (ICCV)", year: 2021)),
        recognition: .given(
            DatasetRecognition(signs: ["imagenet-r", "imagenet-r_train.yaml"]) {
                ImageNetR(root: $0)
            }),
        read: { ImageNetR(root: $0.path("root"), split: RandomSplit($0, else: "lists")) })

    /// The lists are those of CODA-Prompt, at one commit, so that they cannot change.
    private static let published: FetchItem = {
        let lists =
            "https://raw.githubusercontent.com/GT-RIPL/CODA-Prompt/"
            + "6417d4f68754be68b697c7ca2323ee61e791e1a3/dataloaders/splits/"
        return FetchItem(
            name: "imagenet-r", kind: .dataset,
            about: "30,000 renditions of 200 classes of ImageNet, with the split of CODA-Prompt",
            licence: "MIT (pictures: their owners')",
            page: "https://github.com/hendrycks/imagenet-r",
            files: [
                FetchFile(
                    name: "imagenet-r_train.yaml", addresses: [lists + "imagenet-r_train.yaml"]),
                FetchFile(
                    name: "imagenet-r_test.yaml", addresses: [lists + "imagenet-r_test.yaml"],
                    byteCount: 284_216,
                    checksum: Checksum(
                        .sha256, "57275ac242d68983a4f39ccb81ec34f48b1bd920b9cd79e6e8040d7c042db02a")
                ),
                FetchFile(
                    name: "imagenet-r.tar",
                    addresses: ["https://people.eecs.berkeley.edu/~hendrycks/imagenet-r.tar"],
                    byteCount: 2_191_079_936,
                    checksum: Checksum(
                        .sha256, "18c6bf493b39a0d975d48e587437f562caab9c52ae6327dcfa9dd8eb54aa1b52"),
                    items: ["imagenet-r"]),
            ])
    }()
}
