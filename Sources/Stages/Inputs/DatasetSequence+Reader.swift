import Data
import Pipeline

/// A sequence of datasets as a pipeline file has it.
package struct SequenceReading {
    let sequence: DatasetSequence
    /// How the pictures of each dataset are shown.
    let transforms: [TransformSettings]
}

extension SequenceReading {
    /// The datasets of the preset `five-datasets`, in the order of the reference.
    package static let fiveDatasets = ["svhn", "mnist", "cifar10", "not-mnist", "fashion-mnist"]

    /// Reads `datasets` (a list of mappings), `task-order` and `transforms`.
    init(_ reader: ParameterReader) {
        let isSticky = Self.isSticky(reader)
        var sticky: TransformFamily?
        var transforms: [TransformSettings] = []
        let parts = reader.mappings("datasets").map { own -> DatasetSequence.Part in
            let name = own.name("name", of: DatasetCatalog.all.map(\.name))
            let reading = DatasetCatalog.all.first { $0.name == name } ?? DatasetCatalog.all[0]
            if isSticky, reading.transforms == .cifar { sticky = .cifar }
            let dataset = reading.read(own)
            let first = own.optionalInteger("first-classes", in: Bounds.count)
            let tasks = own.integer("tasks", default: 1, in: Bounds.tasks)
            dataset.report(tasks: tasks, first: first, to: own)
            let order = ClassOrder(own)
            transforms.append(TransformSettings(own, family: sticky ?? reading.transforms))
            return DatasetSequence.Part(
                dataset: dataset, classLimit: first, taskCount: tasks, order: order,
                counts: CountRule(own))
        }
        let tasks = parts.reduce(0) { $0 + $1.taskCount }
        if tasks > Bounds.tasks.upperBound {
            reader.report(
                "datasets", "make \(tasks) tasks, more than \(Bounds.tasks.upperBound)")
        }
        self.init(
            sequence: DatasetSequence(parts: parts, taskOrder: Self.taskOrder(reader)),
            transforms: transforms)
    }

    /// Reads `root`, which all datasets lie below, `task-order`, `transforms` and the transforms
    /// that hold for all of them. Each dataset is one task.
    init(fiveDatasets reader: ParameterReader) {
        let isSticky = Self.isSticky(reader)
        var sticky: TransformFamily?
        var parts: [DatasetSequence.Part] = []
        var transforms: [TransformSettings] = []
        for name in Self.fiveDatasets {
            guard let reading = DatasetCatalog.all.first(where: { $0.name == name }) else {
                preconditionFailure("no dataset '\(name)'")
            }
            if isSticky, reading.transforms == .cifar { sticky = .cifar }
            // What is wrong with them is reported once, and not for each dataset.
            let own = parts.isEmpty ? reader : reader.unreported
            let dataset = reading.read(own)
            transforms.append(TransformSettings(own, family: sticky ?? reading.transforms))
            parts.append(
                DatasetSequence.Part(
                    dataset: dataset, classLimit: nil, taskCount: 1, order: .natural,
                    counts: CountRule(own)))
        }
        // The split is that of notMNIST, the only one of the five that has a choice.
        _ = RandomSplit(reader, else: "folders")
        self.init(
            sequence: DatasetSequence(parts: parts, taskOrder: Self.taskOrder(reader)),
            transforms: transforms)
    }

    /// Reads `transforms`: whether datasets after a CIFAR dataset keep its transforms, as they do in
    /// the reference (Reference B-1).
    private static func isSticky(_ reader: ParameterReader) -> Bool {
        reader.choice(
            "transforms", default: "own", ["own": { _ in false }, "sticky": { _ in true }])
    }

    private static func taskOrder(_ reader: ParameterReader) -> ClassOrder {
        reader.choice(
            "task-order", default: "natural",
            ["natural": { _ in .natural }, "shuffled": { .shuffled(seed: $0.integer("seed")) }])
    }
}

extension CountRule {
    /// Reads `counts`: `official` or `any`.
    init(_ reader: ParameterReader) {
        self = reader.choice(
            "counts", default: "official", ["official": { _ in .official }, "any": { _ in .any }])
    }
}
