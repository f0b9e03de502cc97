import Engine
import Pipeline

/// `dataset`: pictures and labels, divided into tasks (spec section 3).
struct DatasetStage: Stage {
    static let kind = "dataset"
    static let summary = "pictures and labels, divided into tasks"
    static let needs: [Need] = []

    /// The role of the dataset's content among a unit's sources.
    static let sourceRole = "dataset"

    private let dataset: any DatasetKind
    private let taskCount: Int
    private let order: ClassOrder
    private let transforms: TransformSettings

    init(_ reader: ParameterReader) {
        let name = reader.name("name", of: Catalog.datasets.map(\.name))
        let reading = Catalog.datasets.first { $0.name == name } ?? Catalog.datasets[0]
        dataset = reading.read(reader)
        taskCount = reader.integer("tasks", in: Bounds.tasks)
        order = ClassOrder(reader)
        transforms = TransformSettings(reader, family: reading.transforms)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let source = DatasetSource(dataset)
        let unit = expansion.add(
            DivideDataset(
                tasks: taskCount, order: order == .natural ? nil : order, source: source),
            step: "split", inputs: [],
            sources: [(Self.sourceRole, source)])
        let memory = expansion.shared { PictureMemory() }
        expansion.output = DataOutput(
            unit: unit, access: CachedPictures(dataset, in: memory, dataset: source.location),
            taskCount: taskCount, transforms: transforms)
    }
}

/// Stores which pictures there are, their labels, digests and tasks. No inputs.
private struct DivideDataset: UnitWork {
    static let kind = "dataset"
    static let version = 1

    let tasks: Int
    /// Nil is the natural order, which stands in no key document.
    let order: ClassOrder?
    let source: DatasetSource

    // The source's digest stands in the key document by itself.
    enum CodingKeys: CodingKey { case tasks, order }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try source.manifest(taskCount: tasks, order: order ?? .natural)
        context.log(
            "\(manifest.classNames.count) classes, \(manifest.entries(split: .train).count) training "
                + "and \(manifest.entries(split: .test).count) test pictures")
        return manifest.artifact
    }
}

/// A kind of dataset that can be read from a pipeline file.
struct DatasetReading: Sendable {
    let name: String
    let summary: String
    let transforms: TransformFamily
    let read: @Sendable (ParameterReader) -> any DatasetKind

    init<Kind: DatasetKind>(
        _ kind: Kind.Type, _ read: @escaping @Sendable (ParameterReader) -> Kind
    ) {
        name = kind.name
        summary = kind.summary
        transforms = kind.transforms
        self.read = { read($0) }
    }
}

extension EmbeddedDataset {
    /// Reads `classes`, `seed`, `size`, `train-per-class` and `test-per-class`.
    init(_ reader: ParameterReader) {
        self.init(
            classes: reader.choice(
                "classes", ["base": { _ in .base }, "continual": { _ in .continual }]),
            seed: reader.integer("seed", default: 1),
            size: reader.integer("size", default: 32, in: 32...256),
            trainPerClass: reader.integer("train-per-class", in: Bounds.count),
            testPerClass: reader.integer("test-per-class", in: Bounds.count))
    }
}
