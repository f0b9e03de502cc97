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
    /// The labels of each task, in order.
    public let tasks: [[Int]]
    /// The pictures in dataset order.
    public let entries: [Entry]
    private let taskOfLabel: [Int]

    /// Creates a manifest.
    ///
    /// - Precondition: every label of `tasks` and `entries` has a name, and no label is in two tasks.
    public init(classNames: [String], tasks: [[Int]], entries: [Entry]) {
        precondition(entries.allSatisfy { classNames.indices.contains($0.label) })
        self.classNames = classNames
        self.tasks = tasks
        self.entries = entries
        var taskOfLabel = [Int](repeating: -1, count: classNames.count)
        for (task, labels) in tasks.enumerated() {
            for label in labels {
                precondition(taskOfLabel[label] == -1, "class \(label) is in two tasks")
                taskOfLabel[label] = task
            }
        }
        self.taskOfLabel = taskOfLabel
    }

    /// The task of a label.
    ///
    /// - Precondition: the label is in a task.
    public func task(of label: Int) -> Int {
        precondition(taskOfLabel[label] >= 0, "class \(label) is in no task")
        return taskOfLabel[label]
    }

    /// The pictures of one part, of one task or all, in dataset order.
    public func entries(split: Split, task: Int? = nil) -> [Entry] {
        entries.filter { entry in
            entry.split == split && (task == nil || taskOfLabel[entry.label] == task)
        }
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
                    + tasks.map { $0.map { "\($0)" }.joined(separator: " ") }
                    .joined(separator: "\n")
            ).hex)
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
                classNames: whole.classNames, tasks: whole.tasks,
                entries: whole.entries(split: .train)
            ).artifact
        }
    ]

    /// The manifest as an artifact: arrays over the pictures, and the tasks one after the other.
    public var artifact: Artifact {
        func text(_ values: [String]) -> TypedArray {
            TypedArray(shape: [values.count], .text(values))
        }
        func integers(_ values: [Int]) -> TypedArray {
            TypedArray(shape: [values.count], .int64(values.map(Int64.init)))
        }
        var artifact = Artifact(arrays: [
            "class-names": text(classNames),
            "tasks/classes": integers(tasks.flatMap { $0 }),
            "tasks/sizes": integers(tasks.map(\.count)),
            "entries/path": text(entries.map(\.path)),
            "entries/label": integers(entries.map(\.label)),
            "entries/split": text(entries.map(\.split.rawValue)),
            "entries/byte-count": integers(entries.map(\.byteCount)),
            "entries/sha256": text(entries.map(\.sha256)),
        ])
        // Without it, the artifacts of single datasets are what they were before there were sequences.
        if entries.contains(where: { $0.part != 0 }) {
            artifact.arrays["entries/part"] = integers(entries.map(\.part))
        }
        return artifact
    }

    /// Reads a manifest back.
    ///
    /// - Throws: `ManifestError` when the artifact is not one of `artifact`.
    public init(artifact: Artifact) throws {
        func text(_ name: String) throws(ManifestError) -> [String] {
            guard case .text(let values) = artifact.arrays[name]?.elements else {
                throw ManifestError(array: name)
            }
            return values
        }
        func integers(_ name: String) throws(ManifestError) -> [Int] {
            guard case .int64(let values) = artifact.arrays[name]?.elements else {
                throw ManifestError(array: name)
            }
            return values.map(Int.init)
        }
        let classNames = try text("class-names")
        let (paths, digests) = (try text("entries/path"), try text("entries/sha256"))
        let (labels, sizes) = (try integers("entries/label"), try integers("entries/byte-count"))
        let splits = try text("entries/split").compactMap(Split.init(rawValue:))
        let parts =
            artifact.arrays["entries/part"] == nil
            ? [Int](repeating: 0, count: splits.count) : try integers("entries/part")
        guard
            Set([paths, digests].map(\.count) + [labels, sizes, parts].map(\.count))
                == [splits.count],
            labels.allSatisfy(classNames.indices.contains)
        else { throw ManifestError(array: "entries/split") }
        let entries = splits.indices.map {
            Entry(
                path: paths[$0], label: labels[$0], split: splits[$0], byteCount: sizes[$0],
                sha256: digests[$0], part: parts[$0])
        }
        let tasks = try Self.tasks(
            classes: integers("tasks/classes"), sizes: integers("tasks/sizes"),
            classCount: classNames.count)
        self.init(classNames: classNames, tasks: tasks, entries: entries)
    }

    private static func tasks(
        classes: [Int], sizes: [Int], classCount: Int
    ) throws(ManifestError) -> [[Int]] {
        let isWhole =
            sizes.allSatisfy { $0 >= 0 } && sizes.reduce(0, +) == classes.count
            && Set(classes).count == classes.count
            && classes.allSatisfy((0..<classCount).contains)
        guard isWhole else { throw ManifestError(array: "tasks/classes") }
        var rest = classes[...]
        return sizes.map { size in
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
    }
}

/// An artifact that is no manifest.
public struct ManifestError: Error, Hashable, CustomStringConvertible {
    /// The array that is missing or does not fit.
    public let array: String

    public var description: String { "the artifact is no dataset manifest: array '\(array)'" }
}
