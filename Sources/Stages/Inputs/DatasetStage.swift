import Data
import Engine
import Pipeline

/// `dataset`: pictures and labels, divided into tasks (Reference 2).
struct DatasetStage: Stage {
    static let kind = "dataset"
    static let summary = "pictures and labels, divided into tasks"
    static let needs: [Need] = []

    private let dataset: any DatasetKind
    private let counts: CountRule
    private let tasks: TaskRule
    private let order: ClassOrder
    private let transforms: TransformSettings?

    init(_ reader: ParameterReader) {
        let name = reader.name(
            "name", of: DatasetCatalog.all.map(\.name) + DatasetSequenceReading.all.map(\.name))
        if let kind = DatasetSequenceReading.all.first(where: { $0.name == name }) {
            let reading = kind.read(reader)
            dataset = reading.sequence
            // Each dataset of a sequence has its own rule.
            counts = .official
            tasks = .equal(reading.sequence.taskCount)
            order = reading.sequence.taskOrder
            transforms = reading.transforms.isEmpty ? nil : .sequence(reading.transforms)
        } else {
            let reading = DatasetCatalog.all.first { $0.name == name } ?? DatasetCatalog.all[0]
            dataset = reading.read(reader)
            counts = CountRule(reader)
            tasks = TaskRule(reader, of: dataset)
            order = ClassOrder(reader)
            transforms = TransformSettings(reader, family: reading.transforms)
        }
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        guard let transforms else {
            preconditionFailure("a sequence without datasets was reported when it was read")
        }
        let source = DatasetSource(dataset, counts: counts)
        let unit =
            if let sequence = dataset as? DatasetSequence {
                expansion.add(
                    DivideSequence(sequence, source: source), step: "split", inputs: [],
                    sources: [(SourceRole.dataset, source)],
                    UnitTraits(
                        views: DatasetManifest.views, split: .of(source),
                        check: { try source.check(sequence, $0[SourceRole.dataset] ?? [:]) }))
            } else {
                expansion.add(
                    DivideDataset(
                        tasks: tasks, order: order == .natural ? nil : order, source: source),
                    step: "split", inputs: [], sources: [(SourceRole.dataset, source)],
                    UnitTraits(
                        views: DatasetManifest.views, split: .of(source),
                        check: { [tasks, order] in
                            try source.check(
                                tasks: tasks, order: order, $0[SourceRole.dataset] ?? [:])
                        }))
            }
        let memory = expansion.shared { PictureMemory() }
        expansion.output = DataOutput(
            unit: unit,
            access: CachedPictures(
                expansion.shared { OpenDatasets() }.dataset(dataset, at: source.location),
                in: memory, dataset: source.location),
            taskCount: tasks.count, repeatsClasses: tasks.repeatsClasses,
            datasetOfTask: (dataset as? DatasetSequence)?.datasetOfTask,
            transforms: transforms)
    }
}

/// Stores which pictures there are, their labels, digests and tasks. No inputs.
private struct DivideDataset: UnitWork {
    static let kind = "dataset"
    static let version = 2

    let tasks: TaskRule
    /// Nil is the natural order, which stands in no key document.
    let order: ClassOrder?
    let source: DatasetSource

    // The source's digest stands in the key document by itself.
    enum CodingKeys: CodingKey { case tasks, order }

    func run(_ context: UnitContext) throws -> Artifact {
        let (listing, notes) = try source.readableListing()
        let manifest = DatasetManifest(
            classNames: listing.classNames,
            divisions: try source.divisions(
                classCount: listing.classNames.count, by: tasks, order: order ?? .natural),
            entries: listing.entries)
        return context.logged(manifest, notes)
    }
}

/// The same for several datasets in sequence.
private struct DivideSequence: UnitWork {
    static let kind = "dataset-sequence"
    static let version = 2

    let tasks: [Int]
    /// The order of the classes of each dataset.
    let orders: [ClassOrder]
    let taskOrder: ClassOrder
    let sequence: DatasetSequence
    let source: DatasetSource

    // The source's digest stands in the key document by itself, with what is read of each dataset.
    enum CodingKeys: CodingKey { case tasks, orders, taskOrder }

    init(_ sequence: DatasetSequence, source: DatasetSource) {
        tasks = sequence.parts.map(\.taskCount)
        orders = sequence.parts.map(\.order)
        taskOrder = sequence.taskOrder
        self.sequence = sequence
        self.source = source
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let (manifest, notes) = try source.manifest(of: sequence)
        return context.logged(manifest, notes)
    }
}

extension UnitContext {
    /// Logs what a manifest holds and what there is to say of its dataset.
    fileprivate func logged(_ manifest: DatasetManifest, _ notes: [String]) -> Artifact {
        for note in notes {
            if note.hasPrefix(DatasetSource.warningMark) {
                warn(String(note.dropFirst(DatasetSource.warningMark.count)))
            } else {
                log(note)
            }
        }
        for warning in manifest.emptyParts { warn(warning) }
        log(
            "\(manifest.classNames.count) classes, \(manifest.entries(split: .train).count) training "
                + "and \(manifest.entries(split: .test).count) test pictures")
        return manifest.artifact
    }
}

extension DatasetManifest {
    /// A line for each part of the dataset that lacks pictures of a class.
    package var emptyParts: [String] {
        let labels = classes(ofFirst: tasks.count)
        return Split.allCases.compactMap { split in
            let filled = Set(entries.filter { $0.split == split }.map(\.label))
            let empty = labels.filter { !filled.contains($0) }
            guard !empty.isEmpty else { return nil }
            let share = ClassShare.text(empty.count, of: labels.count, "have", "has")
            let names = Printable.list(empty.map { classNames[$0] }, limit: 5)
            return split == .train
                ? "\(share) no training pictures, and nothing is learned of them: \(names)"
                : "\(share) no test pictures, and nothing is measured of them: \(names)"
        }
    }
}

/// A sequence of datasets that can be read from a pipeline file.
package struct DatasetSequenceReading: Sendable {
    package let name: String
    let summary: String
    let read: @Sendable (ParameterReader) -> SequenceReading
}
