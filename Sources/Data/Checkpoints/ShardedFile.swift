import Pipeline

/// A checkpoint in several files, every array in exactly one of them.
struct ShardedFile: Sendable {
    /// The names of the arrays: file by file, in the order of each.
    let names: [String]
    /// What was done to read the files, one line for each thing.
    let log: [String]
    private let shards: [CheckpointFile]
    private let places: [String: Int]

    /// Opens all files of a table.
    ///
    /// - Throws: `UnreadableInput` when a file is missing or damaged, and when what they hold is not
    ///   what the table says.
    init(_ index: ShardIndex) throws(UnreadableInput) {
        var (names, places, shards): ([String], [String: Int], [CheckpointFile]) = ([], [:], [])
        for (number, fileName) in index.fileNames.enumerated() {
            let shard = try Self.open(fileName, index)
            for name in shard.names {
                guard index.files[name] == fileName else {
                    throw Self.error(
                        index, name, "is in '\(Printable.quoted(fileName))', against the table")
                }
                places[name] = number
            }
            names += shard.names
            shards.append(shard)
        }
        if let missing = index.files.keys.filter({ places[$0] == nil }).min() {
            let fileName = Printable.quoted(index.files[missing] ?? "", limit: 120)
            throw Self.error(index, missing, "is not in '\(fileName)'")
        }
        (self.names, self.places, self.shards) = (names, places, shards)
        log = ["read from \(shards.count) files"] + Set(shards.flatMap(\.log)).sorted()
    }

    private static func open(
        _ name: String, _ index: ShardIndex
    ) throws(UnreadableInput) -> CheckpointFile {
        let path = index.path(of: name)
        guard try InputPath.exists(path) else {
            throw UnreadableInput(
                path: path, problem: "does not exist",
                hint: "'\(index.path)' names it as a part of the checkpoint; fetch all parts")
        }
        return try CheckpointFile(file: BinaryFile(path), mapping: .none).unabridged()
    }

    private static func error(
        _ index: ShardIndex, _ name: String, _ problem: String
    ) -> UnreadableInput {
        UnreadableInput(
            path: index.path, problem: "array '\(Printable.quoted(name, limit: 120))' \(problem)")
    }

    /// - Precondition: `name` is one of `names`.
    func array(_ name: String) throws(UnreadableInput) -> StoredArray {
        guard let place = places[name] else { preconditionFailure("no array '\(name)'") }
        return try shards[place].array(name)
    }
}
