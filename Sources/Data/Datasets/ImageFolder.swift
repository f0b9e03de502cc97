public import Pipeline

/// Pictures in `ROOT/train/CLASS/` and `ROOT/test/CLASS/`.
///
/// The label of a class is the rank of its folder's name in byte order. A picture is a file, there or
/// in a folder below, whose name ends in a known picture extension (any case) and does not begin with
/// a dot; other files are left alone. What a picture is made of is told by its content.
public struct ImageFolder: DescribedDataset {
    /// Endings of picture files. Formats that are not decoded are in it, so that they are reported
    /// and not passed over.
    static let extensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm",
    ]
    static let layout = "an image folder holds train/CLASS/ and test/CLASS/ with pictures"

    /// Which label a class folder has.
    enum Labels: Sendable, Hashable {
        /// The rank of its name in byte order.
        case ranks
        /// The number that it is named by, where all are named by the numbers from 0 or 1 on;
        /// otherwise the rank.
        case numbers
    }

    /// The folder with `train` and `test`.
    public let root: String
    let labels: Labels
    public var location: String { root }

    /// Creates a dataset.
    public init(root: String) { self.init(root: root, labels: .ranks) }

    init(root: String, labels: Labels) {
        self.root = root
        self.labels = labels
    }

    public var isInPlace: Bool {
        get throws {
            for part in ["train", "test"] where try !InputPath.isFolder("\(root)/\(part)") {
                return false
            }
            return try !FolderWalk(root: root).folders(in: "train").isEmpty
        }
    }

    public func moved(to root: String) -> (any DatasetKind)? {
        ImageFolder(root: root, labels: labels)
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try ListedPictures.picture("\(root)/\(entry.path)")
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        let walk = FolderWalk(root: root) { try fingerprints.checkStop() }
        let classNames = Self.ordered(try classFolders(walk), labels)
        let items = try Split.allCases.flatMap { split in
            try classNames.enumerated().flatMap { label, name in
                try pictures(of: split, name, walk).map {
                    ListedPictures.Item(path: $0, label: label, split: split)
                }
            }
        }
        let entries = try ListedPictures.entries(items, below: root, fingerprints)
        return DatasetListing(classNames: classNames, entries: entries, warnings: walk.warnings)
    }

    /// The names of the class folders, in byte order.
    private func classFolders(_ walk: FolderWalk) throws -> [String] {
        try requireFolder("")
        try requireFolder("train")
        let train = try walk.folders(in: "train")
        guard !train.isEmpty else {
            throw problem("train", "holds no class folder", hint: Self.layout)
        }
        try requireFolder("test")
        let test = try walk.folders(in: "test")
        if try InputPath.identity(of: "\(root)/train") == InputPath.identity(of: "\(root)/test") {
            throw problem(
                "test", "is the same folder as 'train'",
                hint:
                    "put other pictures into 'test': what is measured on those of training says nothing"
            )
        }
        try ClassFolders(root: root, train: train, test: test).check()
        try Self.refuseParts(train, in: "\(root)/train", walk: walk, below: "train")
        try Self.refuseWrapper(train, walk: walk, below: "train")
        return train
    }

    private func requireFolder(_ name: String) throws {
        let path = name.isEmpty ? root : "\(root)/\(name)"
        switch try InputPath.kind(of: path) {
        case .folder: return
        case .absent:
            throw UnreadableInput(
                path: path, problem: try InputPath.absence(at: path),
                hint: try otherPart(name) ?? Self.layout)
        case .file: throw UnreadableInput(path: path, problem: "is a file", hint: Self.layout)
        case .other(let words):
            throw UnreadableInput(path: path, problem: "is \(words)", hint: Self.layout)
        }
    }

    /// What to do about a test part that has the name of a validation part.
    private func otherPart(_ name: String) throws -> String? {
        guard name == "test" else { return nil }
        for other in ["val", "valid", "validation", "Test"]
        where try InputPath.isFolder("\(root)/\(other)") {
            return "'\(other)' is there: if it is the test part, "
                + "\(MovedAside.link("\(root)/test", to: other))"
        }
        return nil
    }

    private func pictures(
        of split: Split, _ className: String, _ walk: FolderWalk
    ) throws -> [String] {
        let folder = "\(split.rawValue)/\(className)"
        let paths = try walk.pictures(below: folder)
        guard !paths.isEmpty else {
            throw problem(
                folder, "holds no picture",
                hint: "put pictures into it, or move the folders of the class away")
        }
        return paths
    }

    private func problem(_ path: String, _ problem: String, hint: String? = nil) -> UnreadableInput
    {
        UnreadableInput(path: "\(root)/\(path)", problem: problem, hint: hint)
    }
}

extension ImageFolder {
    /// Whether a file's name is that of a picture.
    static func isPicture(_ name: String) -> Bool {
        let suffix = name.split(separator: ".", omittingEmptySubsequences: false).last
        return name.contains(".") && extensions.contains(suffix?.lowercased() ?? "")
    }

    /// Refuses to take the parts of a dataset for classes: folders named `train` or `test` in which
    /// there are only folders.
    static func refuseParts(
        _ names: [String], in place: String, walk: FolderWalk, below folder: String
    ) throws {
        let parts = names.filter { ClassFolders.partNames.contains($0.lowercased()) }
        guard !parts.isEmpty, parts.count > 1 || parts.count == names.count,
            try parts.allSatisfy({ try walk.holdsOnlyFolders("\(folder)/\($0)") })
        else { return }
        let both = parts.map { "'\($0)'" }.joined(separator: " and ")
        throw UnreadableInput(
            path: place,
            problem: "holds \(both) where the folders of classes belong: these are parts, and no "
                + "classes",
            hint: "leave out 'split: {random: …}', or lay a folder a class there")
    }

    /// Refuses to take a folder that all class folders lie in for the one class.
    static func refuseWrapper(_ names: [String], walk: FolderWalk, below folder: String) throws {
        guard let name = names.first, names.count == 1,
            try walk.holdsOnlyFolders("\(folder)/\(name)"),
            try walk.folders(in: "\(folder)/\(name)").count > 1
        else { return }
        throw UnreadableInput(
            path: "\(walk.root)/\(folder)",
            problem:
                "holds one class, '\(name)', and in that only folders: the folders of the classes "
                + "lie a level too deep",
            hint: "they belong into '\(walk.root)/\(folder)' itself")
    }

    /// The names by label.
    ///
    /// - Parameter names: in byte order.
    static func ordered(_ names: [String], _ labels: Labels) -> [String] {
        guard labels == .numbers, let numbers = numbers(names) else { return names }
        return zip(numbers, names).sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The numbers that folders are named by; nil unless they are those from 0 or 1 on.
    static func numbers(_ names: [String]) -> [Int]? {
        let isDigit = { (byte: UInt8) in (48...57).contains(byte) }
        let numbers = names.compactMap { $0.utf8.allSatisfy(isDigit) ? Int($0) : nil }
        guard numbers.count == names.count, let least = numbers.min(), 0...1 ~= least,
            numbers.sorted() == Array(least..<least + names.count)
        else { return nil }
        return numbers
    }
}

extension ImageFolder {
    public static let description = DatasetDescription(
        name: "image-folder",
        summary: "pictures in ROOT/train/CLASS and ROOT/test/CLASS",
        transforms: .standard,
        layout: "`train/CLASS/*` and `test/CLASS/*`",
        official: .absent(because: "pictures of the user"),
        classFigures: .absent(because: "pictures of the user"),
        published: .absent(because: "pictures of the user"),
        citation: .absent(because: "pictures of the user"),
        recognition: .absent(
            because: "the folders 'train' and 'test' tell it, where nothing else does"),
        read: { ImageFolder(root: $0.path("root")) })
}
