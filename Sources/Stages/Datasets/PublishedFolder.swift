import Foundation
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
    var found: (folder: String, layout: Int)? {
        for folder in folders {
            for (index, layout) in layouts.enumerated()
            where layout.markers.allSatisfy({ Self.exists("\(folder)/\($0)") }) {
                return (folder, index)
            }
        }
        return nil
    }

    /// Whether the dataset is there, or archives that bring it.
    var isPresent: Bool { found != nil || complete != nil }

    /// Unpacks the archives of a form where the dataset is missing and they are there.
    ///
    /// - Returns: what was done, a line an archive.
    /// - Throws: `UnreadableInput` when an archive is damaged.
    func prepare() throws -> [String] {
        if found != nil { return [] }
        return try (complete ?? []).filter { try $0.unpack() }.map { "unpacked \($0.archive)" }
    }

    /// The archives that bring all that is missing of the first form that can be completed.
    private var complete: [ArchiveUnpacker]? {
        for folder in folders {
            for layout in layouts {
                let present = layout.archives.compactMap { archive in
                    archive.names.map { "\(folder)/\($0)" }.first(where: Self.exists)
                        .map { ArchiveUnpacker(archive: $0, into: folder, items: archive.items) }
                }
                let brought = Set(present.flatMap(\.items))
                let missing = layout.markers.filter { !Self.exists("\(folder)/\($0)") }
                let tops = missing.compactMap { $0.split(separator: "/").first.map(String.init) }
                if !present.isEmpty, brought.isSuperset(of: tops) { return present }
            }
        }
        return nil
    }

    private var folders: [String] {
        places.map { $0.isEmpty ? root : "\(root)/\($0)" }
    }

    private static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }
}

/// A dataset that lies as its owners publish it, or in archives that are unpacked first.
protocol PublishedDataset: DatasetKind {
    /// Where it lies.
    var place: PublishedFolder { get }
}

extension PublishedDataset {
    public var location: String { place.root }
    public var isPresent: Bool { place.isPresent }

    public func prepare() throws -> [String] { try place.prepare() }
}
