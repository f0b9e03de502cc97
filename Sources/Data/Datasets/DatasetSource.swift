import Foundation
public import Pipeline
import Synchronization

/// A dataset as an input of a unit. Keeps the listing of the plan for the unit that stores it.
public final class DatasetSource: Source {
    /// The dataset.
    public let dataset: any DatasetKind
    let listing = Mutex<DatasetListing?>(nil)
    private let packedState = Mutex<SourceState?>(nil)
    private let preparation = Mutex<[String]>([])
    /// The files that were digested, for the check of their content.
    let files = Mutex<PictureFiles?>(nil)
    private let counts: CountRule

    /// Creates a source.
    public init(_ dataset: any DatasetKind, counts: CountRule = .official) {
        self.dataset = dataset
        self.counts = counts
    }

    public var location: String {
        // Equal texts are one source, and Swift takes two Unicode forms of a name for equal.
        let form = dataset.location.precomposedStringWithCanonicalMapping
        let isUsual = form.utf8.elementsEqual(dataset.location.utf8)
        return "\(type(of: dataset).name) \(dataset.location)"
            + (isUsual ? "" : " (\(NameForm.spelled(dataset.location)))")
            + (counts == .any ? "; any counts" : "")
    }

    public func digest(_ fingerprints: any FingerprintCache) throws -> SourceState {
        do {
            return try state(fingerprints)
        } catch let error as UnreadableInput {
            throw MissingDataset.explained(error, dataset)
        }
    }

    private func state(_ fingerprints: any FingerprintCache) throws -> SourceState {
        let notes = try dataset.prepare { try fingerprints.checkStop() }
        preparation.withLock { $0 += notes }
        let recorded = PictureFiles(fingerprints)
        let state = try contentState(recorded)
        files.withLock { $0 = recorded }
        guard let pictureBytes = dataset.pictureBytes else { return state }
        return SourceState(
            digest: state.digest,
            facts: state.facts.merging(["picture-bytes": pictureBytes]) { first, _ in first })
    }

    private func contentState(_ fingerprints: any FingerprintCache) throws -> SourceState {
        if let state = try dataset.packedState(fingerprints) {
            try counts.check(dataset, state.facts)
            packedState.withLock { $0 = state }
            return state
        }
        let fresh = try dataset.listing(fingerprints)
        try counts.check(dataset, fresh.facts)
        try refuseEmptyFiles(fresh.entries)
        listing.withLock { $0 = fresh }
        return fresh.state
    }

    /// An empty file is no picture, which is known without decoding it.
    private func refuseEmptyFiles(_ entries: [DatasetManifest.Entry]) throws {
        var failures = PictureFailures(folder: dataset.root)
        for entry in entries where entry.byteCount == 0 && dataset.refusesEmptyFile(entry) {
            failures.add(
                entry.path,
                UnreadableInput(
                    path: "\(dataset.root)/\(entry.path)",
                    problem: "is an empty file, not a picture",
                    hint: "get it again, or move it away"))
        }
        try failures.check()
    }

    /// What `prepare()` did when the run was planned, a line each.
    public var preparationNotes: [String] { preparation.withLock { $0 } }

    /// The digest of the split of the pictures that the plan has found; nil where it has not looked at
    /// them one by one.
    package var plannedSplit: String? {
        listing.withLock { $0 }.map { DatasetManifest.splitDigest(of: $0.entries) }
    }

    /// Returns the manifest with equal tasks, slices of the classes in `order`.
    ///
    /// - Throws: an `InputError` when the dataset is unreadable or has too few classes, or when the
    ///   order is none of its classes.
    public func manifest(
        taskCount: Int, order: ClassOrder = .natural
    ) throws -> DatasetManifest {
        let (listing, _) = try readableListing()
        return DatasetManifest(
            classNames: listing.classNames,
            tasks: try tasks(
                classCount: listing.classNames.count, taskCount: taskCount, order: order),
            entries: listing.entries)
    }

    /// Equal slices of the classes in `order`.
    ///
    /// - Throws: like `manifest(taskCount:order:)`.
    package func tasks(
        classCount: Int, taskCount: Int, order: ClassOrder, name: String? = nil
    ) throws(UnreadableInput) -> [[Int]] {
        try divisions(classCount: classCount, by: .equal(taskCount), order: order, name: name)
            .map(\.labels)
    }

    /// The tasks that a rule makes of the classes in `order`.
    ///
    /// - Throws: like `manifest(taskCount:order:)`.
    package func divisions(
        classCount: Int, by rule: TaskRule, order: ClassOrder, name: String? = nil
    ) throws(UnreadableInput) -> [DatasetTask] {
        let path = name ?? dataset.location
        guard let labels = order.labels(classCount: classCount) else {
            throw UnreadableInput(
                path: path,
                problem: "parameter 'order' does not name each class from 0 to "
                    + "\(classCount - 1) once",
                hint: "'order: {classes: […]}' lists all \(classCount) classes")
        }
        return try rule.tasks(of: labels, at: path)
    }

    /// The listing without the pictures that the dataset is known to have and that cannot be read,
    /// and what there is to say of it, a line each.
    package func readableListing() throws -> (listing: DatasetListing, notes: [String]) {
        let whole = try listing.withLock { $0 } ?? freshListing()
        let unreadable = try dataset.unreadable(whole.entries)
        // By bytes: Swift takes two Unicode forms of a name for equal.
        let paths = Set(unreadable.map { Array($0.path.utf8) })
        let readable = DatasetListing(
            classNames: whole.classNames,
            entries: whole.entries.filter { !paths.contains(Array($0.path.utf8)) },
            partSizes: whole.partSizes, domains: whole.domains)
        let notes =
            unreadable.map { "left out, no picture: \($0.path): \($0.problem)" }
            + dataset.deviations(of: whole).map { "\(Self.warningMark)not as published: \($0)" }
            + (whole.warnings + Self.leaks(whole)).map { Self.warningMark + $0 }
        return (readable, preparationNotes + whole.notes + notes)
    }

    /// What the notes that are warnings begin with.
    package static let warningMark = "warning: "

    /// Whether all that is measured on was trained on.
    private static func leaks(_ listing: DatasetListing) -> [String] {
        let trained = Set(listing.entries.lazy.filter { $0.split == .train }.map(\.sha256))
        let test = listing.entries.filter { $0.split == .test }
        guard !test.isEmpty, test.allSatisfy({ trained.contains($0.sha256) }) else { return [] }
        return ["every picture of the test part is also in the training part"]
    }
}

extension DatasetSource {
    /// The listing of files that were digested when the run was planned, and not read.
    ///
    /// - Throws: an `InputError`, also when they have changed since.
    private func freshListing() throws -> DatasetListing {
        let fingerprints = FreshFingerprints()
        let listing = try dataset.listing(fingerprints)
        let planned = packedState.withLock { $0 }
        if let planned, planned != (try dataset.packedState(fingerprints)) {
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

/// Fingerprints that are computed anew once for each file.
private final class FreshFingerprints: FingerprintCache {
    private let known = Mutex<[String: FileFingerprint]>([:])

    func fingerprint(of path: String) throws -> FileFingerprint {
        if let known = known.withLock({ $0[path] }) { return known }
        let fresh = try UncachedFingerprints().fingerprint(of: path)
        known.withLock { $0[path] = fresh }
        return fresh
    }
}
