public import Pipeline

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
    /// The number of classes of each dataset of a sequence; nil for a single dataset.
    public let partSizes: [Int]?
    /// The names of the parts of a dataset of several domains; nil for any other.
    public let domains: [String]?
    /// What was met on the way that a reader of the log must know; enters no digest.
    public let warnings: [String]
    /// How the dataset was read, where there are several ways; enters no digest.
    public let notes: [String]

    /// Creates a listing.
    public init(
        classNames: [String], entries: [DatasetManifest.Entry], partSizes: [Int]? = nil,
        domains: [String]? = nil, warnings: [String] = [], notes: [String] = []
    ) {
        self.classNames = classNames
        self.entries = entries
        self.partSizes = partSizes
        self.domains = domains
        self.warnings = warnings
        self.notes = notes
    }

    /// The digest of classes, names, labels, parts and contents; no folder of the machine enters it.
    var state: SourceState {
        var text = "dataset 1\n"
        for name in classNames { text += "class \(name.utf8.count) \(name)\n" }
        for size in partSizes ?? [] { text += "part \(size)\n" }
        for name in domains ?? [] { text += "domain \(name.utf8.count) \(name)\n" }
        for entry in entries {
            let (path, split) = (entry.path, entry.split.rawValue)
            text += "\(split) \(entry.label) \(path.utf8.count) \(path) \(entry.sha256)\n"
        }
        return SourceState(digest: Digest(of: text).hex, facts: facts)
    }

    /// The numbers of classes, of pictures in each part, and of pictures of each class.
    var facts: SourceFacts {
        var facts: SourceFacts = [
            "classes": classNames.count, "train-pictures": 0, "test-pictures": 0,
        ]
        for (index, size) in (partSizes ?? []).enumerated() {
            facts[DatasetSequence.classFact(index)] = size
        }
        for entry in entries {
            facts["\(entry.split.rawValue)-pictures", default: 0] += 1
            facts["\(entry.split.rawValue)-pictures[\(entry.label)]", default: 0] += 1
        }
        return facts
    }
}

/// The transforms that the reference gives a dataset (Reference 2.6).
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
    /// Where the dataset is, as the user named it, and everything else that tells it from another
    /// of its kind.
    var location: String { get }

    /// The folder that holds it; the location of one that lies in no folder.
    var root: String { get }

    /// The figures of the published dataset; nil when there is none.
    var official: OfficialFigures? { get }

    /// Where a listing is not as published, a clause each.
    func deviations(of listing: DatasetListing) -> [String]

    /// Whether the place seems to hold a dataset of this kind, as files or in its archives.
    ///
    /// - Throws: an `InputError` when that cannot be told.
    var isPresent: Bool { get throws }

    /// Whether the place holds what `listing` begins with: tells the right root from one a folder
    /// above or below it.
    ///
    /// - Throws: as `isPresent`.
    var isInPlace: Bool { get throws }

    /// The same dataset with another root; nil for one that lies in no folder.
    func moved(to root: String) -> (any DatasetKind)?

    /// Whether an empty file in place of a picture is a mistake, and not known of the dataset.
    func refusesEmptyFile(_ entry: DatasetManifest.Entry) -> Bool

    /// Unpacks the published archives where they lie in place of the dataset.
    ///
    /// - Parameter checkStop: called now and then; may throw to give up.
    /// - Returns: what was done, a line an archive; nothing when there was nothing to do.
    /// - Throws: an `InputError` when an archive is damaged.
    func prepare(_ checkStop: () throws -> Void) throws -> [String]

    /// The pictures that are in the dataset as published and cannot be read, by path, with the
    /// reason. They are left out. Reads every picture, or none where the dataset has no such.
    func unreadable(_ entries: [DatasetManifest.Entry]) throws -> [(path: String, problem: String)]

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
    /// What is known of the kind; nil for one that is made of others.
    package var described: DatasetDescription? {
        (self as? any DescribedDataset).map { type(of: $0).description }
    }

    /// Where it can be had; nil where it is not published.
    package var published: FetchItem? { described?.published.value }

    public var root: String { location }

    public var official: OfficialFigures? { described?.official.value }

    public func deviations(of listing: DatasetListing) -> [String] {
        official?.deviations(of: listing) ?? []
    }

    public var isPresent: Bool { get throws { false } }

    public var isInPlace: Bool { get throws { false } }

    public func moved(to root: String) -> (any DatasetKind)? { nil }

    public func refusesEmptyFile(_ entry: DatasetManifest.Entry) -> Bool { true }

    public func prepare(_ checkStop: () throws -> Void) throws -> [String] { [] }

    /// Unpacks what must be, to the end.
    public func prepare() throws -> [String] { try prepare {} }

    public func unreadable(
        _ entries: [DatasetManifest.Entry]
    ) throws -> [(path: String, problem: String)] { [] }

    public func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState? { nil }

    public var pictureBytes: Int? { nil }
}
