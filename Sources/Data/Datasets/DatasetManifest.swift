public import Pipeline

/// What a dataset unit stores: every picture by name, label, part and content, and the classes of
/// each task. Everything downstream depends on pictures through this value's digest alone.
public struct DatasetManifest: Sendable, Hashable {
    /// One picture.
    public struct Entry: Sendable, Hashable {
        /// The name below the dataset's root; no machine's folder is in it.
        public let path: String
        /// The class, from 0.
        public let label: Int
        /// The part of the dataset.
        public let split: Split
        /// The size of the file in bytes, 0 for a computed picture.
        public let byteCount: Int
        /// The digest of the content, 64 hexadecimal digits.
        public let sha256: String
        /// Which dataset of a sequence it is of; 0 for a single dataset.
        public let part: Int

        /// Creates an entry.
        public init(
            path: String, label: Int, split: Split, byteCount: Int, sha256: String, part: Int = 0
        ) {
            self.part = part
            self.path = path
            self.label = label
            self.split = split
            self.byteCount = byteCount
            self.sha256 = sha256
        }
    }

    /// The names of the classes, by label.
    public let classNames: [String]
    /// What each task is made of, in order.
    public let divisions: [DatasetTask]
    /// The labels of each task, in order.
    public let tasks: [[Int]]
    /// Whether tasks have classes in common, as those of domains have.
    public let repeatsClasses: Bool
    /// The pictures in dataset order.
    public let entries: [Entry]
    /// The task of each label; -1 where there is none. Not used where tasks have classes in common.
    private let taskOfLabel: [Int]

    /// Creates a manifest whose tasks are sets of classes.
    ///
    /// - Precondition: every label of `tasks` and `entries` has a name, and no label is in two tasks.
    public init(classNames: [String], tasks: [[Int]], entries: [Entry]) {
        self.init(
            classNames: classNames, divisions: tasks.map { DatasetTask(labels: $0) },
            entries: entries)
    }

    /// Creates a manifest.
    ///
    /// - Precondition: every label of `divisions` and `entries` has a name, and no picture can be in two
    ///   tasks.
    public init(classNames: [String], divisions: [DatasetTask], entries: [Entry]) {
        precondition(entries.allSatisfy { classNames.indices.contains($0.label) })
        self.classNames = classNames
        self.divisions = divisions
        tasks = divisions.map(\.labels)
        repeatsClasses = DatasetTask.repeatClasses(divisions)
        self.entries = entries
        var taskOfLabel = [Int](repeating: -1, count: classNames.count)
        for (task, division) in divisions.enumerated() {
            precondition(
                !repeatsClasses
                    || divisions[..<task].allSatisfy { $0.isDisjoint(from: division) },
                "task \(task) shares pictures with another")
            for label in division.labels { taskOfLabel[label] = task }
        }
        self.taskOfLabel = taskOfLabel
    }

    /// The task of a label.
    ///
    /// - Precondition: the label is in a task, and in one only.
    public func task(of label: Int) -> Int {
        precondition(!repeatsClasses, "class \(label) may be in several tasks")
        precondition(taskOfLabel[label] >= 0, "class \(label) is in no task")
        return taskOfLabel[label]
    }

    /// The pictures of one part, of one task or all, in dataset order.
    public func entries(split: Split, task: Int? = nil) -> [Entry] {
        guard let task else { return entries.filter { $0.split == split } }
        let division = divisions[task]
        let labels = Set(division.labels)
        return entries.filter { entry in
            entry.split == split && labels.contains(entry.label)
                && division.parts?.contains(entry.part) ?? true
        }
    }

    /// The classes of the first tasks, each once, in the order of the tasks.
    package func classes(ofFirst count: Int) -> [Int] {
        var known: Set<Int> = []
        return tasks.prefix(count).flatMap { $0 }.filter { known.insert($0).inserted }
    }

    /// Equal slices of the labels in order, `⌈classCount / taskCount⌉` each, the last one shorter.
    ///
    /// - Returns: the slices; nil when a task would be left without a class.
    public static func equalTasks(classCount: Int, taskCount: Int) -> [[Int]]? {
        guard taskCount > 0 else { return nil }
        let size = (classCount + taskCount - 1) / taskCount
        let slices = (0..<taskCount).map {
            Array(min($0 * size, classCount)..<min(($0 + 1) * size, classCount))
        }
        return slices.contains(where: \.isEmpty) ? nil : slices
    }
}

extension DatasetManifest {
    /// The split of the pictures and the tasks, told by contents and labels alone: neither names nor
    /// the order of files enter, so that two forms of a dataset have the same.
    public var split: DataSplit {
        let sizes = tasks.map { "\($0.count)" }
        let isEven = Set(sizes).count == 1
        return DataSplit(
            digest: Self.splitDigest(of: entries),
            tasks:
                "\(tasks.count) of \((isEven ? [sizes[0]] : sizes).joined(separator: ", ")) classes",
            taskDigest: Digest(
                of: "tasks 1\n"
                    + divisions.map(Self.line).joined(separator: "\n")
            ).hex)
    }

    /// A task in the text of its digest.
    private static func line(_ task: DatasetTask) -> String {
        let labels = task.labels.map { "\($0)" }.joined(separator: " ")
        let parts = task.parts?.map { "\($0)" }.joined(separator: " ")
        return labels + (parts.map { " of parts \($0)" } ?? "")
    }

    /// The digest of the split of pictures, as in `split`.
    static func splitDigest(of entries: [Entry]) -> String {
        let lines = entries.map { "\($0.split.rawValue) \($0.label) \($0.sha256)" }.sorted()
        return Digest(of: "split 1\n" + lines.joined(separator: "\n")).hex
    }

    /// What units read that have no use for test pictures.
    static let trainingView = "training"

    /// For `inputViews` of a unit whose input `data` is its classes, tasks and training pictures alone: a
    /// changed test picture is none of its business.
    package static let trainingInput = ["data": trainingView]

    /// The views of a manifest's artifact.
    package static let views: [String: ArtifactView] = [
        trainingView: { artifact in
            let whole = try DatasetManifest(artifact: artifact)
            return DatasetManifest(
                classNames: whole.classNames, divisions: whole.divisions,
                entries: whole.entries(split: .train)
            ).artifact
        }
    ]
}
