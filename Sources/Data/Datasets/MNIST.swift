import Pipeline

/// MNIST: handwritten digits, gray, 28 × 28 pixels, in IDX files.
public struct MNIST: IDXDataset {
    public let root: String
    let memory = PackedMemory()
    var places: [String] { ["mnist", "MNIST/raw", "MNIST", ""] }
    var classNames: [String] { (0..<10).map { "\($0)" } }

    /// Creates a dataset.
    ///
    /// - Parameter root: the folder with the files, or one of the folders of the summary.
    public init(root: String) { self.root = root }

    func placed(at root: String) -> MNIST { MNIST(root: root) }
}

/// FashionMNIST: articles of clothing, gray, 28 × 28 pixels, in IDX files.
public struct FashionMNIST: IDXDataset {
    public let root: String
    let memory = PackedMemory()
    var places: [String] { ["fashion-mnist", "FashionMNIST/raw", "FashionMNIST", ""] }
    var classNames: [String] {
        [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
            "Bag", "Ankle boot",
        ]
    }

    /// Creates a dataset.
    ///
    /// - Parameter root: the folder with the files, or one of the folders of the summary.
    public init(root: String) { self.root = root }

    func placed(at root: String) -> FashionMNIST { FashionMNIST(root: root) }
}

/// A dataset of four IDX files, packed or not, under the names of MNIST. Files in a folder of the
/// dataset's own name come before those in the root, where another dataset may have put its own.
protocol IDXDataset: PackedDataset {
    var root: String { get }
    /// The folders below the root in which the files may lie.
    var places: [String] { get }
    var classNames: [String] { get }
}

extension IDXDataset {
    public var pictureBytes: Int? {
        (try? presplit()) == nil ? 3 * IDXFormat.side * IDXFormat.side : nil
    }

    var presplitPlaces: [String] { ["", places[0], places[2]] }

    /// The files, each packed or not.
    var place: PublishedFolder {
        let names = IDXFormat.names
        let combinations = (0..<(1 << names.count)).map { bits in
            names.enumerated().map { bits >> $0 & 1 == 0 ? $1 : "\($1).gz" }
        }
        return PublishedFolder(
            root: root, places: places,
            layouts: combinations.map { PublishedLayout(markers: $0) })
    }

    func files() throws -> PackedFiles {
        let names = IDXFormat.names
        let place = place
        let found = try place.found
        let sources = place.layouts[found?.layout ?? place.layouts.count - 1].markers
        return PackedFiles(
            folder: found?.folder ?? root, format: IDXFormat(), classNames: classNames,
            files: [
                PackedFile(
                    name: names[0], split: .train, sources: [sources[0], sources[1]],
                    officialCount: 60_000),
                PackedFile(
                    name: names[2], split: .test, sources: [sources[2], sources[3]],
                    officialCount: 10_000),
            ],
            hint: "'\(root)' must hold \(names.joined(separator: ", ")), packed (.gz) or not")
    }
}

/// The files of MNIST: big-endian magic number and extents, then bytes.
private struct IDXFormat: PackedFormat {
    static let side = 28
    static let names = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ]
    /// The greatest size of an unpacked file.
    private static let maximumByteCount = 1 << 28

    var name: String { "idx" }

    /// From the size of the labels: 8 bytes of head and one a picture.
    func count(_ file: PackedFile, in folder: String) throws -> Int {
        let labels = try BinaryFile("\(folder)/\(file.sources[1])")
        guard file.sources[1].hasSuffix(".gz") else { return max(labels.byteCount - 8, 0) }
        return max(try Self.unpackedCount(labels) - 8, 0)
    }

    func open(_ file: PackedFile, in folder: String) throws -> PackedPictures {
        let images = try Self.content("\(folder)/\(file.sources[0])", axes: 3)
        let labels = try Self.content("\(folder)/\(file.sources[1])", axes: 1)
        guard images.shape == [labels.shape[0], Self.side, Self.side] else {
            throw UnreadableInput(
                path: "\(folder)/\(file.sources[0])",
                problem: "has the shape \(images.shape), but there are \(labels.shape[0]) labels")
        }
        return PackedPictures(
            labels: labels.bytes.map(Int.init), pictureByteCount: Self.side * Self.side,
            storage: .memory(Array(images.bytes)))
    }

    /// Gray, replicated.
    func picture(_ bytes: [UInt8]) -> Picture {
        Picture(
            width: Self.side, height: Self.side, pixels: bytes.flatMap { [$0, $0, $0] })
    }

    private static func content(
        _ path: String, axes: Int
    ) throws(UnreadableInput) -> (shape: [Int], bytes: ArraySlice<UInt8>) {
        let bytes = try unpacked(path)
        let start = 4 + 4 * axes
        guard bytes.count >= start, bytes.starts(with: [0, 0, 8, UInt8(axes)]) else {
            throw UnreadableInput(path: path, problem: "is no IDX file of bytes with \(axes) axes")
        }
        let shape = (0..<axes).map { axis in
            bytes[4 + 4 * axis..<8 + 4 * axis].reduce(0) { $0 << 8 | Int($1) }
        }
        guard StoredArray.byteCount(.uint8, shape) == bytes.count - start else {
            throw UnreadableInput(
                path: path,
                problem: "holds \(bytes.count - start) bytes, which shape \(shape) contradicts")
        }
        return (shape, bytes[start...])
    }

    private static func unpacked(_ path: String) throws(UnreadableInput) -> [UInt8] {
        let file = try BinaryFile(path)
        guard file.byteCount <= maximumByteCount else {
            throw UnreadableInput(path: path, problem: "is too large")
        }
        let bytes = try file.read(at: 0, count: file.byteCount)
        guard path.hasSuffix(".gz") else { return bytes }
        guard
            let content = Inflation.inflate(
                bytes, count: try unpackedCount(file), format: .gzip)
        else { throw UnreadableInput(path: path, problem: "the gzip data are damaged or cut") }
        return content
    }

    /// The unpacked size, which ends a gzip file.
    private static func unpackedCount(_ file: BinaryFile) throws(UnreadableInput) -> Int {
        guard file.byteCount >= 18 else {
            throw UnreadableInput(path: file.path, problem: "the gzip data are damaged or cut")
        }
        let count = try file.read(at: file.byteCount - 4, count: 4).littleEndian32(at: 0)
        guard count <= maximumByteCount else {
            throw UnreadableInput(path: file.path, problem: "the gzip data are damaged or cut")
        }
        return count
    }
}

extension MNIST {
    public static let description = DatasetDescription(
        name: "mnist",
        summary:
            "MNIST: ROOT, ROOT/mnist or ROOT/MNIST/raw with {train,t10k}-*-ubyte, packed (.gz) or not, "
            + "or train/CLASS and test/CLASS",
        transforms: .standard,
        layout: "the four files `train-…-ubyte` and `t10k-…-ubyte`, packed (`.gz`) or not, "
            + "here, in `mnist/` or `MNIST/raw/`",
        official: .given(OfficialFigures(classes: 10, train: 60_000, test: 10_000)),
        classFigures: .given(
            ClassFigures(
                train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
                test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "LeCun, Yann",
                    "Bottou, Léon",
                    "Bengio, Yoshua",
                    "Haffner, Patrick",
                ],
                title: "Gradient-Based Learning Applied to Document Recognition",
                venue: "Proceedings of the IEEE 86(11)", year: 1998)),
        recognition: .given(
            DatasetRecognition(signs: [
                "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "mnist", "MNIST",
            ]) {
                MNIST(root: $0)
            }),
        read: { MNIST(root: $0.path("root")) })

    private static let published = FetchItem(
        name: "mnist", kind: .dataset, about: "70,000 digits of 28 × 28 pixels",
        licence: "CC BY-SA 3.0", page: "http://yann.lecun.com/exdb/mnist",
        files: .idx(
            [
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ], folder: "MNIST/raw",
            [
                (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            ]))
}

extension FashionMNIST {
    public static let description = DatasetDescription(
        name: "fashion-mnist",
        summary:
            "FashionMNIST: ROOT, ROOT/fashion-mnist or ROOT/FashionMNIST/raw with the files of MNIST, "
            + "or train/CLASS and test/CLASS",
        transforms: .standard,
        layout: "the same four files, here, in `fashion-mnist/` or `FashionMNIST/raw/`",
        official: .given(OfficialFigures(classes: 10, train: 60_000, test: 10_000)),
        classFigures: .given(
            ClassFigures(10, train: 6000, test: 1000)),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Xiao, Han",
                    "Rasul, Kashif",
                    "Vollgraf, Roland",
                ],
                title:
                    "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
                venue: "arXiv:1708.07747", year: 2017)),
        recognition: .given(
            DatasetRecognition(signs: ["fashion-mnist", "FashionMNIST"]) {
                FashionMNIST(root: $0)
            }),
        read: { FashionMNIST(root: $0.path("root")) })

    private static let published = FetchItem(
        name: "fashion-mnist", kind: .dataset,
        about: "70,000 articles of clothing of 28 × 28 pixels, 10 classes", licence: "MIT",
        page: "https://github.com/zalandoresearch/fashion-mnist",
        files: .idx(
            ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
            folder: "FashionMNIST/raw",
            [
                (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
            ]))
}

extension [FetchFile] {
    /// The four files of MNIST's form.
    fileprivate static func idx(
        _ bases: [String], folder: String, _ facts: [(byteCount: Int, sha256: String)]
    ) -> [FetchFile] {
        let names = [
            "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
        ]
        return zip(names, facts).map { name, facts in
            FetchFile(
                name: name, addresses: bases.map { $0 + name }, byteCount: facts.byteCount,
                checksum: Checksum(.sha256, facts.sha256), folder: folder)
        }
    }
}
