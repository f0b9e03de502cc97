public import Pipeline

/// The procedural pictures that are built into the program: a set of classes, the same number of
/// pictures in each.
public struct EmbeddedDataset: DescribedDataset {
    /// The classes: for pre-training, or for continual learning.
    public enum Classes: String, Sendable, Hashable, CaseIterable {
        case base
        case continual
    }

    /// Raised whenever a picture changes.
    static let version = 1

    public let classes: Classes
    public let seed: Int
    /// Side of a picture in pixels.
    public let size: Int
    public let trainPerClass: Int
    public let testPerClass: Int
    private let pictures: ProceduralPictures

    /// Creates a dataset.
    ///
    /// - Precondition: counts are positive and `size` suits `ProceduralPictures`.
    public init(classes: Classes, seed: Int, size: Int, trainPerClass: Int, testPerClass: Int) {
        precondition(trainPerClass > 0 && testPerClass > 0)
        self.classes = classes
        self.seed = seed
        self.size = size
        self.trainPerClass = trainPerClass
        self.testPerClass = testPerClass
        pictures = ProceduralPictures(seed: seed, size: size)
    }

    public var location: String {
        "\(classes.rawValue) classes, seed \(seed), \(size) × \(size) pixels, "
            + "\(trainPerClass) + \(testPerClass) a class"
    }

    public var pictureBytes: Int? { size * size * 3 }

    /// The number of classes.
    package var classCount: Int { classIDs.count }

    private var classIDs: Range<Int> {
        let baseCount = ProceduralPictures.baseClassCount
        switch classes {
        case .base: return 0..<baseCount
        case .continual: return baseCount..<baseCount + ProceduralPictures.continualClassCount
        }
    }

    /// A computed picture has no file.
    public func refusesEmptyFile(_ entry: DatasetManifest.Entry) -> Bool { false }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        let entries = Split.allCases.flatMap { split in
            classIDs.enumerated().flatMap { label, classID in
                (0..<(split == .train ? trainPerClass : testPerClass)).map { index in
                    let path = "\(split.rawValue)/\(classID)/\(index)"
                    // A picture is a function of these, so their digest is that of its content.
                    let content = "embedded \(Self.version) \(seed) \(size) \(path)"
                    return DatasetManifest.Entry(
                        path: path, label: label, split: split, byteCount: 0,
                        sha256: Digest(of: content).hex)
                }
            }
        }
        return DatasetListing(classNames: classIDs.map(pictures.className), entries: entries)
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        let parts = entry.path.split(separator: "/")
        guard parts.count == 3, let classID = Int(parts[1]), classIDs.contains(classID),
            let index = Int(parts[2])
        else {
            throw UnreadableInput(
                path: entry.path, problem: "is no picture of the embedded dataset")
        }
        return pictures.picture(classID: classID, index: index, split: entry.split)
    }
}

extension EmbeddedDataset {
    public static let description = DatasetDescription(
        name: "embedded",
        summary: "computed pictures, built into the program",
        transforms: .standard,
        layout: "computed pictures, no `root`",
        official: .absent(because: "computed by the program"),
        classFigures: .absent(because: "computed by the program"),
        published: .absent(because: "computed by the program"),
        citation: .absent(because: "computed by the program"),
        recognition: .absent(because: "lies in no folder"),
        read: { EmbeddedDataset($0) })
}

extension EmbeddedDataset {
    /// The pictures of a class that may be asked for.
    private static let pictureCounts = 1...10_000

    /// Reads `classes`, `seed`, `size`, `train-per-class` and `test-per-class`.
    init(_ reader: ParameterReader) {
        self.init(
            classes: reader.choice(
                "classes", ["base": { _ in .base }, "continual": { _ in .continual }]),
            seed: reader.integer("seed", default: 1),
            size: reader.integer("size", default: 32, in: 32...256),
            trainPerClass: reader.integer("train-per-class", in: Self.pictureCounts),
            testPerClass: reader.integer("test-per-class", in: Self.pictureCounts))
    }
}
