public import Pipeline

/// A file of named arrays: `.safetensors`, `.npz`, a checkpoint of PyTorch, or one array (`.npy`), which
/// is called `array`. They are told apart by content.
public struct CheckpointFile: Sendable {
    private enum Storage: Sendable {
        case safetensors(SafetensorsFile)
        case numpy(ZipArchive, [String: ZipArchive.Entry])
        case torch(TorchFile)
        /// A single array.
        case array(BinaryFile)
        indirect case shards(ShardedFile)
    }

    /// The path, for messages.
    public let path: String
    /// The names of the arrays, in the order of the file.
    public let names: [String]
    /// Free text of the file, empty where the format has none.
    public let metadata: [String: String]
    /// What was done to get the names, one line for each thing: prefixes removed, wrappers opened.
    public let log: [String]
    /// Which names were taken, and which may be left out.
    let mapping: WeightMapping
    private let storage: Storage
    /// The names in the storage, of names that are not the storage's own.
    private var stored: [String: String] = [:]

    /// Opens a checkpoint and reads its table of contents: a file; the table of a checkpoint in several
    /// files (`model.safetensors.index.json`); or a folder with either under its usual name.
    ///
    /// - Throws: `UnreadableInput` when it is missing, damaged or of another format.
    public init(_ path: String) throws(UnreadableInput) {
        try self.init(path, mapping: .automatic)
    }

    /// Opens a checkpoint whose weights are to be found in a certain way.
    init(_ path: String, mapping: WeightMapping) throws(UnreadableInput) {
        let file = try BinaryFile(try ShardIndex.resolved(path))
        if ShardIndex.isIndex(file.path) {
            self.init(
                path: file.path, storage: .shards(try ShardedFile(ShardIndex(file))),
                mapping: mapping)
        } else {
            try self.init(file: file, mapping: mapping)
        }
    }

    /// Reads the table of contents of one file.
    init(file: BinaryFile, mapping: WeightMapping) throws(UnreadableInput) {
        self.init(
            path: file.path, storage: try Self.storage(file, mapping), mapping: mapping)
    }

    private init(path: String, storage: Storage, mapping: WeightMapping) {
        self.path = path
        self.mapping = mapping
        self.storage = storage
        switch storage {
        case .safetensors(let tensors):
            (names, metadata, log) = (tensors.names, tensors.metadata, [])
        case .numpy(let archive, _):
            (names, metadata, log) = (archive.entries.map(Self.arrayName), [:], [])
        case .torch(let tensors): (names, metadata, log) = (tensors.names, [:], tensors.log)
        case .array: (names, metadata, log) = (["array"], [:], [])
        case .shards(let shards): (names, metadata, log) = (shards.names, [:], shards.log)
        }
    }

    private init(_ other: CheckpointFile, names: [(name: String, stored: String)], log: [String]) {
        (path, metadata, mapping, storage) = (
            other.path, other.metadata, other.mapping, other.storage
        )
        self.names = names.map(\.name)
        self.log = log
        stored = Dictionary(names) { first, _ in first }
    }

    /// The same file with every array under its whole name: no dictionary opened, no prefix removed.
    ///
    /// - Throws: `UnreadableInput` when two arrays have the same whole name.
    func unabridged() throws(UnreadableInput) -> CheckpointFile {
        guard case .torch(let tensors) = storage else { return self }
        return CheckpointFile(
            path: path, storage: .torch(try tensors.unabridged()), mapping: mapping)
    }

    /// The arrays whose names begin with a prefix, without it.
    ///
    /// - Parameters:
    ///   - others: beginnings of names that are left out.
    ///   - log: what is logged, before what is left out.
    func below(
        _ prefix: String, without others: [String], log lines: [String] = []
    ) -> CheckpointFile {
        let isTaken = { (name: String) in
            name.hasPrefix(prefix) && !others.contains(where: name.hasPrefix)
        }
        let taken = names.filter(isTaken)
        let left = names.filter { !isTaken($0) }
        let leftOut = left.isEmpty ? [] : ["left out, not of the model: \(NameList.text(left))"]
        return CheckpointFile(
            self, names: taken.map { (String($0.dropFirst(prefix.count)), stored[$0] ?? $0) },
            log: log + lines + leftOut)
    }

    private static func storage(
        _ file: BinaryFile, _ mapping: WeightMapping
    ) throws(UnreadableInput) -> Storage {
        let start = try file.read(at: 0, count: min(file.byteCount, 262))
        if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            let archive = try ZipArchive(file)
            if let pickle = TorchFile.pickle(in: archive) {
                return .torch(try TorchFile(archive, pickle: pickle, naming: mapping.naming))
            }
            guard !archive.entries.isEmpty,
                archive.entries.allSatisfy({ $0.name.hasSuffix(".npy") })
            else { throw unknown(file) }
            let entries = archive.entries.map { (arrayName($0), $0) }
            return .numpy(archive, Dictionary(uniqueKeysWithValues: entries))
        }
        if start.count >= 9, start[8] == UInt8(ascii: "{") {
            return .safetensors(try SafetensorsFile(file))
        }
        if TarMembers.isArchive(start) {
            return .torch(try TorchFile(tar: file, naming: mapping.naming))
        }
        if start.starts(with: NumpyFormat.magic) {
            return .array(file)
        }
        guard let tensors = try TorchFile(legacy: file, naming: mapping.naming) else {
            throw unknown(file)
        }
        return .torch(tensors)
    }

    private static func arrayName(_ entry: ZipArchive.Entry) -> String {
        String(entry.name.dropLast(".npy".count))
    }

    private static func unknown(_ file: BinaryFile) -> UnreadableInput {
        file.error(unknownProblem)
    }

    /// What is said of a file that no format claims.
    static let unknownProblem = "not a checkpoint in the format .safetensors, .npz or .pt"

    /// Returns an array.
    ///
    /// - Throws: `UnreadableInput` when it is damaged or of a kind that is not read.
    /// - Precondition: `name` is one of `names`.
    public func array(_ name: String) throws(UnreadableInput) -> StoredArray {
        let name = stored[name] ?? name
        switch storage {
        case .shards(let shards): return try shards.array(name)
        case .safetensors(let tensors): return try tensors.array(name)
        case .torch(let tensors): return try tensors.array(name)
        case .array(let file):
            let bytes = try file.read(
                at: 0, count: min(file.byteCount, ZipArchive.maximumEntryBytes))
            return try NumpyFormat.array(bytes) { file.error("the array \($0)") }
        case .numpy(let archive, let entries):
            guard let entry = entries[name] else { preconditionFailure("no array '\(name)'") }
            return try NumpyFormat.array(try archive.bytes(of: entry)) {
                archive.file.error("array '\(Printable.quoted(name, limit: 120))' \($0)")
            }
        }
    }
}
