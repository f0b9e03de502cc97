public import Pipeline
import Synchronization

/// Gives the pictures of a dataset.
public protocol PictureAccess: Sendable {
    /// Returns a picture, decoded.
    ///
    /// - Throws: an `InputError` that names the file when it is missing or damaged.
    func picture(_ entry: DatasetManifest.Entry) throws -> Picture
}

/// All pictures of a dataset with their content digests, and the names of the classes by label.
public struct DatasetListing: Sendable, Hashable {
    public let classNames: [String]
    public let entries: [DatasetManifest.Entry]

    /// Creates a listing.
    public init(classNames: [String], entries: [DatasetManifest.Entry]) {
        self.classNames = classNames
        self.entries = entries
    }

    /// The digest of classes, names, labels, parts and contents; no folder of the machine enters it.
    var state: SourceState {
        var text = "dataset 1\n"
        for name in classNames { text += "class \(name.utf8.count) \(name)\n" }
        for entry in entries {
            let (path, split) = (entry.path, entry.split.rawValue)
            text += "\(split) \(entry.label) \(path.utf8.count) \(path) \(entry.sha256)\n"
        }
        var facts: SourceFacts = [
            "classes": classNames.count, "train-pictures": 0, "test-pictures": 0,
        ]
        for entry in entries {
            facts["\(entry.split.rawValue)-pictures", default: 0] += 1
            facts["\(entry.split.rawValue)-pictures[\(entry.label)]", default: 0] += 1
        }
        return SourceState(digest: Digest(of: text).hex, facts: facts)
    }
}

/// The transforms that the reference gives a dataset (spec section 4).
public enum TransformFamily: Sendable, Hashable {
    /// Bilinear, brightness left alone, pixels in 0 to 1.
    case standard
    /// Bicubic, random brightness in training, normalised with the statistics of CIFAR.
    case cifar
}

/// A kind of dataset: how its pictures are found, and how one is read.
public protocol DatasetKind: PictureAccess {
    /// The name in pipeline files.
    static var name: String { get }
    /// One sentence for `hide-pipeline list datasets`.
    static var summary: String { get }
    /// The transforms that its pictures get where a pipeline file does not say.
    static var transforms: TransformFamily { get }
    /// Where the dataset is, as the user named it, and everything else that tells it from another
    /// of its kind.
    var location: String { get }

    /// Finds all pictures and digests them. Decodes none.
    ///
    /// - Throws: an `InputError` that names the place where something is missing.
    func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing

    /// The state of a dataset with many pictures in a file, told by the digests of the files; nil
    /// when it is told by the listing.
    ///
    /// - Throws: like `listing`.
    func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState?

    /// The bytes of a decoded picture where all have one size; nil where that is not known.
    var pictureBytes: Int? { get }
}

extension DatasetKind {
    public static var transforms: TransformFamily { .standard }

    public func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState? { nil }

    public var pictureBytes: Int? { nil }
}

/// A dataset as an input of a unit. Keeps the listing of the plan for the unit that stores it.
public final class DatasetSource: Source {
    /// The dataset.
    public let dataset: any DatasetKind
    private let listing = Mutex<DatasetListing?>(nil)
    private let packedState = Mutex<SourceState?>(nil)

    /// Creates a source.
    public init(_ dataset: any DatasetKind) { self.dataset = dataset }

    public var location: String { "\(type(of: dataset).name) \(dataset.location)" }

    public func digest(_ fingerprints: any FingerprintCache) throws -> SourceState {
        let state = try contentState(fingerprints)
        guard let pictureBytes = dataset.pictureBytes else { return state }
        return SourceState(
            digest: state.digest,
            facts: state.facts.merging(["picture-bytes": pictureBytes]) { first, _ in first })
    }

    private func contentState(_ fingerprints: any FingerprintCache) throws -> SourceState {
        if let state = try dataset.packedState(fingerprints) {
            packedState.withLock { $0 = state }
            return state
        }
        let fresh = try dataset.listing(fingerprints)
        listing.withLock { $0 = fresh }
        return fresh.state
    }

    /// Returns the manifest with equal tasks, slices of the classes in `order`.
    ///
    /// - Throws: an `InputError` when the dataset is unreadable or has too few classes, or when the
    ///   order is none of its classes.
    public func manifest(
        taskCount: Int, order: ClassOrder = .natural
    ) throws -> DatasetManifest {
        let listing = try listing.withLock { $0 } ?? freshListing()
        let classCount = listing.classNames.count
        guard let labels = order.labels(classCount: classCount) else {
            throw UnreadableInput(
                path: dataset.location,
                problem: "parameter 'order' does not name each class from 0 to "
                    + "\(classCount - 1) once",
                hint: "'order: {classes: […]}' lists all \(classCount) classes")
        }
        guard
            let tasks = DatasetManifest.equalTasks(classCount: classCount, taskCount: taskCount)
        else {
            throw UnreadableInput(
                path: dataset.location,
                problem: "\(classCount) classes do not fill \(taskCount) equal tasks",
                hint: "the parameter 'tasks' sets the number of tasks")
        }
        return DatasetManifest(
            classNames: listing.classNames, tasks: tasks.map { $0.map { labels[$0] } },
            entries: listing.entries)
    }
}

extension DatasetSource {
    /// The listing of files that were digested when the run was planned, and not read.
    ///
    /// - Throws: an `InputError`, also when they have changed since.
    private func freshListing() throws -> DatasetListing {
        let listing = try dataset.listing(UncachedFingerprints())
        let planned = packedState.withLock { $0 }
        if let planned, planned != (try dataset.packedState(UncachedFingerprints())) {
            throw UnreadableInput(
                path: dataset.location, problem: "changed after the run was planned",
                hint: "run again when nothing writes to it")
        }
        return listing
    }
}

/// Fingerprints that are computed anew, for a unit that runs without a plan's memory.
struct UncachedFingerprints: FingerprintCache {
    func fingerprint(of path: String) throws -> FileFingerprint {
        let bytes = try BinaryFile.contents(of: path)
        return FileFingerprint(byteCount: bytes.count, sha256: Digest(of: bytes).hex)
    }
}
