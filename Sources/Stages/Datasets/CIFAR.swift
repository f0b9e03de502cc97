public import Pipeline

/// CIFAR-10, binary version: 60,000 colour pictures of 32 × 32 pixels in ten classes.
public struct CIFAR10: DatasetKind {
    public static let name = "cifar10"
    public static let summary = "CIFAR-10, binary version: ROOT/cifar-10-batches-bin/*.bin"
    public static let transforms = TransformFamily.cifar

    /// The folder with `cifar-10-batches-bin`.
    public let root: String
    public var location: String { root }
    public var pictureBytes: Int? { CIFARRecords.pictureBytes }

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    private var records: CIFARRecords {
        CIFARRecords(
            root: root, folder: "cifar-10-batches-bin", archive: "cifar-10-binary.tar.gz",
            trainFiles: (1...5).map { "data_batch_\($0).bin" }, testFiles: ["test_batch.bin"],
            namesFile: "batches.meta.txt", classCount: 10, labelCount: 1)
    }

    public func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState? {
        try records.state(fingerprints)
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        try records.listing()
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try records.picture(entry)
    }
}

/// CIFAR-100, binary version, with its fine labels: 60,000 colour pictures of 32 × 32 pixels in a
/// hundred classes.
public struct CIFAR100: DatasetKind {
    public static let name = "cifar100"
    public static let summary =
        "CIFAR-100, binary version, fine labels: ROOT/cifar-100-binary/{train,test}.bin"
    public static let transforms = TransformFamily.cifar

    /// The folder with `cifar-100-binary`.
    public let root: String
    public var location: String { root }
    public var pictureBytes: Int? { CIFARRecords.pictureBytes }

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    private var records: CIFARRecords {
        CIFARRecords(
            root: root, folder: "cifar-100-binary", archive: "cifar-100-binary.tar.gz",
            trainFiles: ["train.bin"], testFiles: ["test.bin"],
            namesFile: "fine_label_names.txt", classCount: 100, labelCount: 2)
    }

    public func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState? {
        try records.state(fingerprints)
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        try records.listing()
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try records.picture(entry)
    }
}
