import Pipeline

/// Pictures in files of their own, as the lists of a dataset name them.
struct ListedPictures: Sendable {
    /// One picture.
    struct Item: Sendable {
        /// The path below the folder.
        let path: String
        let label: Int
        let split: Split
    }

    /// The folder that paths are below.
    let folder: String
    let classNames: [String]
    let items: [Item]
    /// Where the dataset belongs, for messages.
    let hint: String

    /// Digests all pictures.
    ///
    /// - Throws: an `InputError` that names the picture that is missing, or the class without one.
    func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        let trained = Set(items.lazy.filter { $0.split == .train }.map(\.label))
        if let absent = classNames.indices.first(where: { !trained.contains($0) }) {
            throw UnreadableInput(
                path: folder, problem: "class '\(classNames[absent])' has no training picture",
                hint: hint)
        }
        let entries = try items.map { item in
            let path = "\(folder)/\(item.path)"
            let print: FileFingerprint
            do {
                print = try fingerprints.fingerprint(of: path)
            } catch let error as UnreadableInput {
                throw UnreadableInput(path: error.path, problem: error.problem, hint: hint)
            }
            return DatasetManifest.Entry(
                path: item.path, label: item.label, split: item.split,
                byteCount: print.byteCount, sha256: print.sha256)
        }
        return DatasetListing(classNames: classNames, entries: entries)
    }

    /// Whether a path from a list stays below the folder.
    static func isInside(_ path: String) -> Bool {
        guard let parts = ArchivePath(path)?.parts else { return false }
        return !parts.isEmpty && parts.joined(separator: "/") == path
    }

    /// Reads one picture.
    static func picture(_ path: String) throws -> Picture {
        try Picture.decode(try BinaryFile.contents(of: path), name: path)
    }
}
