import Pipeline

/// An archive in which (a part of) a dataset is published.
struct PublishedArchive: Sendable {
    /// The names that it goes by.
    let names: [String]
    /// What it holds at its top level and is wanted.
    let items: [String]

    init(_ names: String..., items: [String]) {
        self.names = names
        self.items = items
    }
}

/// One form in which a dataset may lie.
struct PublishedLayout: Sendable {
    /// Paths that are all there when the dataset lies in this form.
    let markers: [String]
    /// The archives that bring them.
    var archives: [PublishedArchive] = []
}

/// Where below a root a dataset lies, and in which of several forms.
struct PublishedFolder: Sendable {
    /// The root, as the user named it.
    let root: String
    /// Folders below the root in which the dataset may lie; the empty name is the root itself.
    var places = [""]
    /// The forms, those preferred first.
    let layouts: [PublishedLayout]

    /// The folder of the dataset and the index of its form; nil when it is not there.
    ///
    /// - Throws: `UnreadableInput` when that cannot be told.
    var found: (folder: String, layout: Int)? {
        get throws(UnreadableInput) {
            for folder in folders {
                for (index, layout) in layouts.enumerated()
                where try Self.exist(layout.markers, in: folder) {
                    return (folder, index)
                }
            }
            return nil
        }
    }

    /// Whether the dataset is there, or archives that bring it.
    var isPresent: Bool {
        get throws(UnreadableInput) {
            if try found != nil { return true }
            return try complete != nil
        }
    }

    /// Unpacks the archives of a form where the dataset is missing and they are there.
    ///
    /// - Returns: what was done, a line an archive.
    /// - Throws: `UnreadableInput` when an archive is damaged.
    func prepare(_ checkStop: () throws -> Void) throws -> [String] {
        if try found != nil { return [] }
        return try (complete ?? []).filter { try $0.unpack { _, _ in try checkStop() } }
            .map { "unpacked \($0.archive)" }
    }

    /// The archives that bring all that is missing of the first form that can be completed.
    private var complete: [ArchiveUnpacker]? {
        get throws(UnreadableInput) {
            for folder in folders {
                for layout in layouts {
                    let present = try archives(layout, in: folder)
                    let brought = Set(present.flatMap(\.items))
                    var missing: [String] = []
                    for marker in layout.markers where try !Self.exist([marker], in: folder) {
                        missing += marker.split(separator: "/").prefix(1).map(String.init)
                    }
                    if !present.isEmpty, brought.isSuperset(of: missing) { return present }
                }
            }
            return nil
        }
    }

    /// The archives of a form that lie in a folder.
    private func archives(
        _ layout: PublishedLayout, in folder: String
    ) throws(UnreadableInput) -> [ArchiveUnpacker] {
        var archives: [ArchiveUnpacker] = []
        for archive in layout.archives {
            for name in archive.names where try Self.exist([name], in: folder) {
                archives.append(
                    ArchiveUnpacker(
                        archive: "\(folder)/\(name)", into: folder, items: archive.items))
                break
            }
        }
        return archives
    }

    /// The folders in which the dataset may lie.
    var folders: [String] {
        places.map { $0.isEmpty ? root : "\(root)/\($0)" }
    }

    /// Whether all of some paths lead to something.
    static func exist(_ names: [String], in folder: String) throws(UnreadableInput) -> Bool {
        for name in names where try !InputPath.exists("\(folder)/\(name)") { return false }
        return true
    }
}

/// A dataset that lies as its owners publish it, or in archives that are unpacked first.
protocol PublishedDataset: DescribedDataset {
    /// Where it lies.
    var place: PublishedFolder { get }

    /// The files of its owners without which it is not as published: all paths of one of the sets.
    var signs: [[String]] { get }

    /// The folders below the root in which others may have laid it, sorted into `train/CLASS` and
    /// `test/CLASS`.
    var presplitPlaces: [String] { get }

    /// Creates one that differs in its place alone.
    func placed(at root: String) -> Self
}

extension PublishedDataset {
    public var location: String { place.root }

    public var isPresent: Bool {
        get throws { try place.isPresent || presplit() != nil }
    }

    var signs: [[String]] { place.layouts.map(\.markers) }

    var presplitPlaces: [String] { [] }

    public func moved(to root: String) -> (any DatasetKind)? { placed(at: root) }

    /// Whether its owners' files are there.
    var isAsPublished: Bool {
        get throws {
            for folder in place.folders {
                for names in signs where try PublishedFolder.exist(names, in: folder) {
                    return true
                }
            }
            return false
        }
    }

    public var isInPlace: Bool { get throws { try isAsPublished || presplit() != nil } }

    public func prepare(_ checkStop: () throws -> Void) throws -> [String] {
        try presplit() == nil ? place.prepare(checkStop) : []
    }

    /// The dataset sorted into `train/CLASS` and `test/CLASS`; nil where its owners' files are there, or
    /// no such folders.
    ///
    /// The label of a class is the rank of its folder's name in byte order, which is the owners' order
    /// where folders have the names that they gave; or the folder's number where all are numbered.
    func presplit() throws -> ImageFolder? {
        if try isAsPublished { return nil }
        for place in presplitPlaces {
            let folder = place.isEmpty ? root : "\(root)/\(place)"
            if try InputPath.isFolder("\(folder)/train"), try InputPath.isFolder("\(folder)/test") {
                return ImageFolder(root: folder, labels: .numbers)
            }
        }
        return nil
    }

    /// The listing of `presplit()`, where it is that.
    func presplitListing(_ fingerprints: any FingerprintCache) throws -> DatasetListing? {
        guard let folder = try presplit() else { return nil }
        let listing = try folder.listing(fingerprints)
        let isNumbered = ImageFolder.numbers(listing.classNames) != nil
        return DatasetListing(
            classNames: listing.classNames, entries: listing.entries, warnings: listing.warnings,
            notes: [
                "the split is that of the folders '\(folder.root)/train' and '\(folder.root)/test'; "
                    + "labels are \(isNumbered ? "the numbers" : "by the byte order of the names") of "
                    + "the folders of the classes"
            ])
    }

    /// The picture of an entry of `presplitListing`; nil when the dataset is not laid so.
    func presplitPicture(_ entry: DatasetManifest.Entry) throws -> Picture? {
        guard Split.allCases.contains(where: { entry.path.hasPrefix("\($0.rawValue)/") }) else {
            return nil
        }
        return try presplit()?.picture(entry)
    }
}
