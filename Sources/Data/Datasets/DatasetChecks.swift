package import Pipeline

// What is wrong with a dataset's tasks and splits, said as early as it is known: by the parameters, or by
// the counts that a plan finds.

extension DatasetKind {
    /// The most classes that there can be, by the kind alone; nil where only the files tell.
    fileprivate var classLimit: (count: Int, isExact: Bool)? {
        if let embedded = self as? EmbeddedDataset { return (embedded.classCount, true) }
        let isExact = self is any PackedDataset || self is CIFAR10 || self is CIFAR100
        return official.map { ($0.classes, isExact) }
    }

    /// How many classes a dataset of the kind has; nil where only the files tell.
    var knownClassCount: Int? { classLimit?.count }

    /// Reports a number of tasks that the classes cannot fill, where the kind tells their number.
    ///
    /// - Parameter first: how many of the first classes take part; nil: all.
    package func report(tasks: Int, first: Int? = nil, to reader: ParameterReader) {
        // Other counts than the published ones may be asked for, and are then known from the files.
        if reader.keys.contains("counts"), first == nil { return }
        let known = classLimit
        guard let classes = [known?.count, first].compactMap({ $0 }).min() else { return }
        let isExact = classes == first || known?.isExact == true
        let fits =
            isExact
            ? DatasetManifest.equalTasks(classCount: classes, taskCount: tasks) != nil
            : tasks <= classes
        if fits { return }
        reader.report(
            "tasks", "is \(tasks), and \(classes) classes do not fill \(tasks) equal tasks",
            hint: "every task has a class, and all but the last have equally many")
    }

    /// What is certain of the split without a look at the files: datasets whose claims differ hold
    /// different pictures, or divide them otherwise. Nil where that is not certain.
    fileprivate var splitClaim: String? {
        let name = type(of: self).name
        if let sequence = self as? DatasetSequence {
            let parts = sequence.parts.map { part in
                part.dataset.splitClaim.map { claim in
                    claim + (part.classLimit.map { ", first \($0) classes" } ?? "")
                }
            }
            return parts.contains(nil)
                ? nil : "sequence of " + parts.compactMap { $0 }.joined(separator: "; ")
        }
        if self is EmbeddedDataset { return "\(name) \(location)" }
        // A folder of somebody's own may hold the pictures of any published set.
        guard official != nil || self is NotMNIST, location.hasPrefix(root) else { return nil }
        return name + location.dropFirst(root.count)
    }
}

extension SplitOrigin {
    /// The split of a dataset.
    package static func of(_ source: DatasetSource) -> SplitOrigin {
        SplitOrigin(
            source: source.location, claim: source.dataset.splitClaim,
            planned: { source.plannedSplit },
            stored: { try DatasetManifest(artifact: $0).split })
    }
}

extension DatasetSource {
    /// Checks that the classes fill the tasks, where the facts tell their number.
    ///
    /// - Throws: `UnreadableInput`.
    package func check(
        tasks: TaskRule, order: ClassOrder, _ facts: SourceFacts
    ) throws(UnreadableInput) {
        guard let classes = facts["classes"] else { return }
        _ = try divisions(classCount: classes, by: tasks, order: order)
    }

    /// Checks the same of each dataset of a sequence.
    ///
    /// - Throws: `UnreadableInput`.
    package func check(
        _ sequence: DatasetSequence, _ facts: SourceFacts
    ) throws(UnreadableInput) {
        for (index, part) in sequence.parts.enumerated() {
            guard let classes = facts[DatasetSequence.classFact(index)] else { continue }
            _ = try self.tasks(
                classCount: classes, taskCount: part.taskCount, order: part.order,
                name: part.dataset.location)
        }
    }
}
