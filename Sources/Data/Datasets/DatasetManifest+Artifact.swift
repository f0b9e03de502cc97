public import Pipeline

extension DatasetManifest {
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
        // Nor are those whose tasks are sets of classes any other than they were.
        if divisions.contains(where: { $0.parts != nil }) {
            let parts = divisions.map { $0.parts ?? [] }
            artifact.arrays["tasks/parts"] = integers(parts.flatMap { $0 })
            artifact.arrays["tasks/part-counts"] = integers(parts.map(\.count))
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
        let hasParts = artifact.arrays["tasks/parts"] != nil
        let labelsOfTasks = try Self.groups(
            integers("tasks/classes"), sizes: integers("tasks/sizes"), "tasks/classes")
        let partsOfTasks =
            try hasParts
            ? Self.groups(
                integers("tasks/parts"), sizes: integers("tasks/part-counts"), "tasks/parts")
            : labelsOfTasks.map { _ in [] }
        guard partsOfTasks.count == labelsOfTasks.count else {
            throw ManifestError(array: "tasks/parts")
        }
        let divisions = zip(labelsOfTasks, partsOfTasks).map {
            DatasetTask(labels: $0, parts: $1.isEmpty ? nil : $1)
        }
        guard Self.areSound(divisions, classCount: classNames.count) else {
            throw ManifestError(array: "tasks/classes")
        }
        self.init(classNames: classNames, divisions: divisions, entries: entries)
    }

    /// Values one after the other, in groups of these sizes.
    private static func groups(
        _ values: [Int], sizes: [Int], _ array: String
    ) throws(ManifestError) -> [[Int]] {
        guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, +) == values.count else {
            throw ManifestError(array: array)
        }
        var rest = values[...]
        return sizes.map { size in
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
    }

    /// Whether every class has a name, and no picture can be in two tasks.
    private static func areSound(_ tasks: [DatasetTask], classCount: Int) -> Bool {
        tasks.indices.allSatisfy { index in
            let task = tasks[index]
            return task.labels.allSatisfy((0..<classCount).contains)
                && Set(task.labels).count == task.labels.count
                && tasks[..<index].allSatisfy { $0.isDisjoint(from: task) }
        }
    }
}

/// An artifact that is no manifest.
public struct ManifestError: Error, Hashable, CustomStringConvertible {
    /// The array that is missing or does not fit.
    public let array: String

    public var description: String { "the artifact is no dataset manifest: array '\(array)'" }
}
