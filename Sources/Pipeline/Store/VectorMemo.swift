import Glibc
import Synchronization

/// Vectors by name, in groups: a memo outside the unit graph, for what is expensive and a pure
/// function of its names (the feature of a picture under a frozen slot). Deleting or damaging it
/// changes no result. Several processes may use it at once.
public final class VectorMemo: Sendable {
    private static let formatText = "hide-pipeline vectors 1"
    private let place: Place
    /// The groups of a memo without a place on disk.
    private let memory = Mutex<[String: [String: [Float]]]>([:])

    private enum Place: Sendable {
        case memory
        case disk(any FileLayer, StoreLayout)
    }

    /// Creates an empty memo in memory.
    public init() { place = .memory }

    init(files: any FileLayer, layout: StoreLayout) { place = .disk(files, layout) }

    /// Returns the vectors of a group; none when it is new or its file is damaged.
    ///
    /// - Parameter group: everything that decides the vectors besides their own names.
    public func vectors(of group: String) -> [String: [Float]] {
        switch place {
        case .memory: memory.withLock { $0[group] ?? [:] }
        case .disk(let files, let layout): Self.read(files, Self.path(layout, group), group)
        }
    }

    /// Adds vectors to a group, which keeps those it has.
    ///
    /// - Throws: when the memo cannot be written.
    public func add(_ vectors: [String: [Float]], to group: String) throws(StoreError) {
        if vectors.isEmpty { return }
        switch place {
        case .memory:
            memory.withLock { $0[group, default: [:]].merge(vectors) { first, _ in first } }
        case .disk(let files, let layout):
            do throws(FileError) {
                try Self.add(vectors, to: group, files, layout)
            } catch {
                throw .file(store: layout.root, error)
            }
        }
    }

    private static func add(
        _ vectors: [String: [Float]], to group: String, _ files: any FileLayer,
        _ layout: StoreLayout
    ) throws(FileError) {
        let owner = "memo-" + Digest(of: group).hex
        try files.makeFolder(layout.memo)
        try files.makeFolder(layout.staging)
        try files.makeFolder(layout.locks)
        var lock = try files.lock(layout.lock(owner))
        while lock == nil {
            // Another process adds to the group, which takes milliseconds.
            usleep(5000)
            lock = try files.lock(layout.lock(owner))
        }
        defer { lock?.release() }
        let path = path(layout, group)
        var all = read(files, path, group)
        all.merge(vectors) { first, _ in first }
        var writer = SealedWriter(format: formatText)
        writer.append(group)
        for name in all.keys.sorted(by: Value.precedes) {
            writer.append(name)
            writer.append(all[name] ?? [])
        }
        let staged = layout.staged(owner, "vectors")
        try files.write(writer.sealed(), to: staged)
        try files.replace(path, with: staged)
    }

    private static func path(_ layout: StoreLayout, _ group: String) -> String {
        "\(layout.memo)/\(Digest(of: group).hex).vectors"
    }

    private static func read(
        _ files: any FileLayer, _ path: String, _ group: String
    ) -> [String: [Float]] {
        // Absent, unreadable and damaged all mean: nothing is remembered.
        guard let bytes = try? files.read(path),
            var reader = SealedReader(bytes, format: formatText), reader.text() == group
        else { return [:] }
        var vectors: [String: [Float]] = [:]
        while let name = reader.text(), let values = reader.floats() { vectors[name] = values }
        return vectors
    }
}
