public import Pipeline

/// FGVC-Aircraft 2013b at the level of variants: 100 kinds of aircraft, trained on the official
/// training and validation parts together; or sorted into folders `train/CLASS` and `test/CLASS`.
public struct FGVCAircraft: PublishedDataset {
    static let folder = "fgvc-aircraft-2013b"

    /// The folder with `fgvc-aircraft-2013b` or its archive.
    public let root: String

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    var place: PublishedFolder {
        PublishedFolder(
            root: root,
            layouts: [
                PublishedLayout(
                    markers: [Self.folder],
                    archives: [PublishedArchive("\(Self.folder).tar.gz", items: [Self.folder])])
            ])
    }

    private var hint: String {
        "'\(root)' must hold the folder '\(Self.folder)' or \(Self.folder).tar.gz"
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try presplitPicture(entry) ?? ListedPictures.picture("\(root)/\(entry.path)")
    }

    var signs: [[String]] { [["\(Self.folder)/data"]] }

    var presplitPlaces: [String] {
        [Self.folder, "", "fgvc-aircraft", "fgvc_aircraft", "aircraft"]
    }

    func placed(at root: String) -> FGVCAircraft { FGVCAircraft(root: root) }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        if let listing = try presplitListing(fingerprints) { return listing }
        return try UnreadableInput.hinting(hint) {
            let names = try lines("variants.txt").lines
            let labels = Dictionary(
                zip(names, names.indices), uniquingKeysWith: { first, _ in first })
            let items = try Split.allCases.flatMap { split in
                try self.items(split, labels)
            }
            return try ListedPictures(
                folder: root, classNames: names, items: items, hint: hint
            ).listing(fingerprints)
        }
    }

    /// The lines `NUMBER VARIANT` of a list; the name of a variant may hold blanks.
    private func items(
        _ split: Split, _ labels: [String: Int]
    ) throws(UnreadableInput) -> [ListedPictures.Item] {
        let (path, lines) = try lines(
            "images_variant_\(split == .train ? "trainval" : "test").txt")
        return try lines.enumerated().map { index, line throws(UnreadableInput) in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, ListedPictures.isInside(parts[0]), let label = labels[parts[1]]
            else {
                throw UnreadableInput(
                    path: "\(path):\(index + 1)",
                    problem: "'\(line)' is no picture with a variant of variants.txt")
            }
            return ListedPictures.Item(
                path: "\(Self.folder)/data/images/\(parts[0]).jpg", label: label, split: split)
        }
    }

    private func lines(_ name: String) throws(UnreadableInput) -> (path: String, lines: [String]) {
        let path = "\(root)/\(Self.folder)/data/\(name)"
        let lines = try TextLines(path: path, limit: 1 << 26).lines.filter { !$0.isEmpty }
        guard !lines.isEmpty else { throw UnreadableInput(path: path, problem: "is empty") }
        return (path, lines)
    }
}

extension FGVCAircraft {
    public static let description = DatasetDescription(
        name: "fgvc-aircraft",
        summary: "FGVC-Aircraft 2013b, variants: ROOT/fgvc-aircraft-2013b/data, or its .tar.gz, or "
            + "train/CLASS and test/CLASS",
        transforms: .standard,
        layout: "`fgvc-aircraft-2013b/` or its `.tar.gz`; variants, trained on training and "
            + "validation part",
        official: .given(OfficialFigures(classes: 100, train: 6667, test: 3333)),
        classFigures: .absent(because: "the classes have different sizes"),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Maji, Subhransu",
                    "Rahtu, Esa",
                    "Kannala, Juho",
                    "Blaschko, Matthew",
                    "Vedaldi, Andrea",
                ],
                title: "Fine-Grained Visual Classification of Aircraft",
                venue: "arXiv:1306.5151", year: 2013)),
        recognition: .given(
            DatasetRecognition(signs: ["fgvc-aircraft-2013b"]) {
                FGVCAircraft(root: $0)
            }),
        read: { FGVCAircraft(root: $0.path("root")) })

    private static let published = FetchItem(
        name: "fgvc-aircraft", kind: .dataset, about: "10,000 aircraft of 100 variants",
        licence: "non-commercial research",
        page: "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft",
        files: [
            FetchFile(
                name: "fgvc-aircraft-2013b.tar.gz",
                addresses: [
                    "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/archives/"
                        + "fgvc-aircraft-2013b.tar.gz"
                ],
                byteCount: 2_770_575_360,
                checksum: Checksum(
                    .sha256, "d5f68b1b81d6d7831eb9d5c5517074176b5dfbce6bcb43dc14ed1c66a87b8d75"),
                items: ["fgvc-aircraft-2013b"])
        ])
}
