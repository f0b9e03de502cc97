import Pipeline

/// SVHN, the cropped digits: 32 × 32 colour pictures in `train_32x32.mat` and `test_32x32.mat`. The
/// files call the digit zero class 10; its label is 0.
public struct SVHN: PackedDataset {
    /// The folder with the files, or with the folder `svhn` that holds them.
    public let root: String
    public var pictureBytes: Int? {
        (try? presplit()) == nil ? 3 * SVHNFormat.side * SVHNFormat.side : nil
    }
    let memory = PackedMemory()

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    private static let names = ["train_32x32.mat", "test_32x32.mat"]

    var place: PublishedFolder {
        PublishedFolder(
            root: root, places: ["", "svhn", "SVHN"],
            layouts: [PublishedLayout(markers: Self.names)])
    }

    func placed(at root: String) -> SVHN { SVHN(root: root) }

    var presplitPlaces: [String] { ["", "svhn", "SVHN"] }

    func files() throws -> PackedFiles {
        let names = Self.names
        return PackedFiles(
            folder: try place.found?.folder ?? root, format: SVHNFormat(),
            classNames: (0..<10).map { "\($0)" },
            files: [
                PackedFile(
                    name: names[0], split: .train, sources: [names[0]], officialCount: 73_257),
                PackedFile(
                    name: names[1], split: .test, sources: [names[1]], officialCount: 26_032),
            ],
            hint: "'\(root)' must hold train_32x32.mat and test_32x32.mat of SVHN")
    }
}

/// The files of SVHN: `X [32, 32, 3, n]`, by columns: row, column, channel, picture; and `y [n, 1]`.
private struct SVHNFormat: PackedFormat {
    static let side = 32

    var name: String { "svhn" }

    /// The pictures of `train_32x32.mat` take 225 MB, which are copied on their way here.
    private static let limits = ForeignFile.Limits(seconds: 600, memoryBytes: 1 << 32)

    func count(_ file: PackedFile, in folder: String) throws -> Int {
        let path = "\(folder)/\(file.sources[0])"
        guard let digits = try ForeignFile(path).matlab(["y"])["y"]?.numbers else {
            throw UnreadableInput(path: path, problem: "has no variable 'y'")
        }
        return digits.count
    }

    func open(_ file: PackedFile, in folder: String) throws -> PackedPictures {
        let mat = ForeignFile("\(folder)/\(file.sources[0])", limits: Self.limits)
        let variables = try mat.matlab(["X", "y"])
        let digits = variables["y"]?.numbers?.compactMap(Int.init(exactly:)) ?? []
        guard case .bytes(let shape, let pixels) = variables["X"] else {
            throw UnreadableInput(path: mat.path, problem: "has no 8-bit variable 'X'")
        }
        // MATLAB drops a last axis of extent 1.
        let count = shape.count == 3 ? 1 : shape.last ?? 0
        guard shape.starts(with: [Self.side, Self.side, 3]), shape.count <= 4,
            digits.count == count
        else {
            throw UnreadableInput(
                path: mat.path, problem: "'X' is \(shape), and 'y' has \(digits.count) labels")
        }
        return PackedPictures(
            labels: digits.map { $0 == 10 ? 0 : $0 },
            pictureByteCount: Self.side * Self.side * 3, storage: .memory(pixels))
    }

    func picture(_ bytes: [UInt8]) -> Picture {
        let side = Self.side
        var pixels = [UInt8](repeating: 0, count: bytes.count)
        for channel in 0..<3 {
            for column in 0..<side {
                for row in 0..<side {
                    pixels[(row * side + column) * 3 + channel] =
                        bytes[(channel * side + column) * side + row]
                }
            }
        }
        return Picture(width: side, height: side, pixels: pixels)
    }
}

extension SVHN {
    public static let description = DatasetDescription(
        name: "svhn",
        summary:
            "SVHN, cropped digits: ROOT (or ROOT/svhn) with train_32x32.mat and test_32x32.mat, or "
            + "train/CLASS and test/CLASS",
        transforms: .standard,
        layout: "`train_32x32.mat` and `test_32x32.mat`, here or in `svhn/`; class 10 is "
            + "label 0",
        official: .given(OfficialFigures(classes: 10, train: 73_257, test: 26_032)),
        classFigures: .given(
            ClassFigures(
                train: [4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659],
                test: [1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595])),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Netzer, Yuval",
                    "Wang, Tao",
                    "Coates, Adam",
                    "Bissacco, Alessandro",
                    "Wu, Bo",
                    "Ng, Andrew Y.",
                ],
                title: "Reading Digits in Natural Images with Unsupervised Feature Learning",
                venue: "NIPS Workshop on Deep Learning and Unsupervised Feature Learning",
                year: 2011)),
        recognition: .given(
            DatasetRecognition(signs: ["train_32x32.mat", "svhn", "SVHN"]) {
                SVHN(root: $0)
            }),
        read: { SVHN(root: $0.path("root")) })

    private static let published: FetchItem = {
        let base = "http://ufldl.stanford.edu/housenumbers/"
        return FetchItem(
            name: "svhn", kind: .dataset,
            about: "99,289 house numbers of 32 × 32 pixels, 10 classes",
            licence: "non-commercial use", page: base,
            files: [
                FetchFile(
                    name: "train_32x32.mat", addresses: [base + "train_32x32.mat"],
                    byteCount: 182_040_794,
                    checksum: Checksum(
                        .sha256, "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8")
                ),
                FetchFile(
                    name: "test_32x32.mat", addresses: [base + "test_32x32.mat"],
                    byteCount: 64_275_384,
                    checksum: Checksum(
                        .sha256, "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b")
                ),
            ])
    }()
}
