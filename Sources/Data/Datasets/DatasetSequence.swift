public import Pipeline

/// Several datasets learned one after the other: the classes of each follow those of the datasets
/// before it (Reference 2.3 and Reference 2.4).
public struct DatasetSequence: DatasetKind {
    /// The name in pipeline files.
    public static let name = "sequence"
    package static let summary = "several datasets one after the other, as 'datasets' lists them"

    /// One dataset of a sequence.
    package struct Part: Sendable {
        package let dataset: any DatasetKind
        /// How many of its first classes take part; nil: all.
        package let classLimit: Int?
        /// The number of its tasks.
        package let taskCount: Int
        /// The order in which its classes are dealt out to its tasks.
        package let order: ClassOrder
        /// What becomes of other numbers of pictures than the published ones.
        package let counts: CountRule

        package init(
            dataset: any DatasetKind, classLimit: Int?, taskCount: Int, order: ClassOrder,
            counts: CountRule = .official
        ) {
            self.dataset = dataset
            self.classLimit = classLimit
            self.taskCount = taskCount
            self.order = order
            self.counts = counts
        }

        /// The number of classes that take part.
        func classCount(of all: Int) throws(UnreadableInput) -> Int {
            guard let classLimit else { return all }
            guard classLimit <= all else {
                throw UnreadableInput(
                    path: dataset.location,
                    problem: "has \(all) classes, of which 'first-classes' takes \(classLimit)")
            }
            return classLimit
        }
    }

    package let parts: [Part]
    /// Whether and how the tasks are shuffled.
    package let taskOrder: ClassOrder

    package init(parts: [Part], taskOrder: ClassOrder) {
        self.parts = parts
        self.taskOrder = taskOrder
    }

    public var location: String {
        parts.map { "\(type(of: $0.dataset).name) \($0.dataset.location)" }
            .joined(separator: "; ") + limits
    }

    /// What of the dataset the location of the parts does not tell.
    private var limits: String {
        let first =
            parts.contains { $0.classLimit != nil }
            ? "; first \(parts.map { $0.classLimit.map { "\($0)" } ?? "all" })" : ""
        let free = parts.indices.filter { parts[$0].counts == .any }
        return first + (free.isEmpty ? "" : "; any counts of \(free)")
    }

    /// The name of the fact that tells how many classes of a dataset take part.
    package static func classFact(_ index: Int) -> String { "classes-of-dataset[\(index)]" }

    /// The number of all tasks.
    package var taskCount: Int { parts.reduce(0) { $0 + $1.taskCount } }

    /// The dataset of each task, in the order of the tasks: known without reading a picture.
    package var datasetOfTask: [Int] {
        let declared = parts.enumerated().flatMap { Array(repeating: $0, count: $1.taskCount) }
        return order(of: declared.count).map { declared[$0] }
    }

    /// Which of the declared tasks stands at each position.
    fileprivate func order(of count: Int) -> [Int] {
        guard let order = taskOrder.labels(classCount: count) else {
            preconditionFailure("\(taskOrder) of \(count) tasks")
        }
        return order
    }

    public func prepare(_ checkStop: () throws -> Void) throws -> [String] {
        try parts.flatMap { try $0.dataset.prepare(checkStop) }
    }

    public func refusesEmptyFile(_ entry: DatasetManifest.Entry) -> Bool {
        guard let own = own(entry) else { return true }
        return parts[entry.part].dataset.refusesEmptyFile(own)
    }

    /// Told by the states of the datasets where one of them is told by its files.
    public func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState? {
        let packed = try parts.map { try $0.dataset.packedState(fingerprints) }
        guard packed.contains(where: { $0 != nil }) else { return nil }
        var text = "dataset sequence 1\n"
        var facts: SourceFacts = [:]
        for (index, (part, known)) in zip(parts, packed).enumerated() {
            let state = try known ?? part.dataset.listing(fingerprints).state
            try part.counts.check(part.dataset, state.facts)
            text += "\(state.digest) \(part.classLimit.map { "\($0)" } ?? "all")\n"
            let all = state.facts["classes"] ?? 0
            let classCount = try part.classCount(of: all)
            facts["classes", default: 0] += classCount
            facts[Self.classFact(index)] = classCount
            for split in Split.allCases {
                // Of a part of the classes the share is all that is known before they are read.
                let name = "\(split.rawValue)-pictures"
                facts[name, default: 0] += (state.facts[name] ?? 0) * classCount / max(all, 1)
            }
        }
        return SourceState(digest: Digest(of: text).hex, facts: facts)
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        var names: [String] = []
        var entries: [DatasetManifest.Entry] = []
        var sizes: [Int] = []
        var (warnings, notes): ([String], [String]) = ([], [])
        for (index, part) in parts.enumerated() {
            let listing = try part.dataset.listing(fingerprints)
            try part.counts.check(part.dataset, listing.facts)
            warnings += listing.warnings
            notes += listing.notes
            let count = try part.classCount(of: listing.classNames.count)
            let offset = names.count
            entries += listing.entries.filter { $0.label < count }.map {
                DatasetManifest.Entry(
                    path: "\(prefix(index))\($0.path)", label: $0.label + offset, split: $0.split,
                    byteCount: $0.byteCount, sha256: $0.sha256, part: index)
            }
            let kind = type(of: part.dataset).name
            names += listing.classNames.prefix(count).map { "\(kind): \($0)" }
            sizes.append(count)
        }
        return DatasetListing(
            classNames: names, entries: entries, partSizes: sizes, warnings: warnings, notes: notes)
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        guard let own = own(entry) else {
            throw UnreadableInput(path: entry.path, problem: "is no picture of the sequence")
        }
        return try parts[entry.part].dataset.picture(own)
    }

    public func unreadable(
        _ entries: [DatasetManifest.Entry]
    ) throws -> [(path: String, problem: String)] {
        try parts.indices.flatMap { index in
            let own = entries.filter { $0.part == index }.compactMap { self.own($0) }
            return try parts[index].dataset.unreadable(own)
                .map { ("\(prefix(index))\($0.path)", $0.problem) }
        }
    }

    public func deviations(of listing: DatasetListing) -> [String] {
        parts.enumerated().flatMap { index, part -> [String] in
            if part.classLimit != nil { return [] }
            let own = DatasetListing(
                classNames: listing.classNames.filter {
                    $0.hasPrefix("\(type(of: part.dataset).name): ")
                },
                entries: listing.entries.filter { $0.part == index })
            return part.dataset.deviations(of: own)
                .map { "\(type(of: part.dataset).name): \($0)" }
        }
    }

    /// What the paths of a dataset's pictures begin with.
    private func prefix(_ index: Int) -> String {
        "\(index + 1)-\(type(of: parts[index].dataset).name)/"
    }

    /// The entry as its dataset knows it, but for the label; nil when it is of none.
    private func own(_ entry: DatasetManifest.Entry) -> DatasetManifest.Entry? {
        guard parts.indices.contains(entry.part), entry.path.hasPrefix(prefix(entry.part)) else {
            return nil
        }
        return DatasetManifest.Entry(
            path: String(entry.path.dropFirst(prefix(entry.part).count)), label: entry.label,
            split: entry.split, byteCount: entry.byteCount, sha256: entry.sha256)
    }
}

extension DatasetSource {
    /// Returns the manifest of a sequence: the tasks of each dataset, and all of them in the order
    /// that the sequence gives.
    ///
    /// - Throws: an `InputError` when a dataset is unreadable or does not fill its tasks.
    package func manifest(of sequence: DatasetSequence) throws -> (DatasetManifest, notes: [String])
    {
        let (listing, notes) = try readableListing()
        var offset = 0
        var tasks: [[Int]] = []
        for (part, count) in zip(sequence.parts, listing.partSizes ?? []) {
            let own = try self.tasks(
                classCount: count, taskCount: part.taskCount, order: part.order,
                name: part.dataset.location)
            tasks += own.map { $0.map { $0 + offset } }
            offset += count
        }
        let manifest = DatasetManifest(
            classNames: listing.classNames,
            tasks: sequence.order(of: tasks.count).map { tasks[$0] },
            entries: listing.entries)
        return (manifest, notes)
    }
}
