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
    /// What a reader of the log must know.
    var warnings: [String] = []

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
        return DatasetListing(
            classNames: classNames,
            entries: try Self.entries(items, below: folder, fingerprints, hint: hint),
            warnings: warnings)
    }

    /// Digests pictures.
    ///
    /// - Throws: `UnreadableInput` about the first that cannot be read, which tells how many others
    ///   there are and names some.
    static func entries(
        _ items: [Item], below folder: String, _ fingerprints: any FingerprintCache,
        hint: String? = nil
    ) throws -> [DatasetManifest.Entry] {
        var entries: [DatasetManifest.Entry] = []
        entries.reserveCapacity(items.count)
        var failures = PictureFailures(folder: folder, hint: hint)
        for item in items {
            do {
                let print = try fingerprints.fingerprint(of: "\(folder)/\(item.path)")
                entries.append(
                    DatasetManifest.Entry(
                        path: item.path, label: item.label, split: item.split,
                        byteCount: print.byteCount, sha256: print.sha256))
            } catch let error as UnreadableInput {
                failures.add(item.path, error)
            }
        }
        try failures.check()
        return entries
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

/// The pictures of a dataset that cannot be read, for one message.
struct PictureFailures {
    /// So many are named after the first.
    private static let namedCount = 3

    let folder: String
    let hint: String?
    private var first: (path: String, error: UnreadableInput)?
    private var names: [String] = []
    private var count = 0

    init(folder: String, hint: String? = nil) {
        self.folder = folder
        self.hint = hint
    }

    mutating func add(_ path: String, _ error: UnreadableInput) {
        count += 1
        if first == nil {
            first = (path, error)
        } else if names.count < Self.namedCount {
            names.append(Printable.text(path))
        }
    }

    /// - Throws: when there are any.
    func check() throws(UnreadableInput) {
        guard let first else { return }
        var problem = first.error.problem
        if problem == "does not exist",
            let likeness = try NameForm.likeness(of: first.path, below: folder)
        {
            problem += ", but \(likeness)"
        }
        if count > 1 {
            let rest = count - 1 - names.count
            problem += "; \(count - 1) more cannot be read: \(names.joined(separator: ", "))"
            if rest > 0 { problem += ", …" }
        }
        throw UnreadableInput(
            path: first.error.path, problem: problem, hint: hint ?? first.error.hint)
    }
}
