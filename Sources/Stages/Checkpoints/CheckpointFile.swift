public import Pipeline

/// A file of named arrays: `.safetensors` or `.npz`, told apart by content.
public struct CheckpointFile: Sendable {
    private enum Storage: Sendable {
        case safetensors(SafetensorsFile)
        case numpy(ZipArchive, [String: ZipArchive.Entry])
    }

    /// The path, for messages.
    public let path: String
    /// The names of the arrays, in the order of the file.
    public let names: [String]
    /// Free text of the file, empty where the format has none.
    public let metadata: [String: String]
    private let storage: Storage

    /// Opens a checkpoint and reads its table of contents.
    ///
    /// - Throws: `UnreadableInput` when it is missing, damaged or of another format.
    public init(_ path: String) throws(UnreadableInput) {
        self.path = path
        let file = try BinaryFile(path)
        let start = try file.read(at: 0, count: min(file.byteCount, 9))
        if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            let archive = try ZipArchive(file)
            let arrays = try Self.numpyArrays(archive)
            names = arrays.map(\.name)
            metadata = [:]
            storage = .numpy(archive, Dictionary(uniqueKeysWithValues: arrays))
        } else if start.count == 9, start[8] == UInt8(ascii: "{") {
            let tensors = try SafetensorsFile(file)
            names = tensors.names
            metadata = tensors.metadata
            storage = .safetensors(tensors)
        } else {
            throw file.error("not a checkpoint in the format .safetensors or .npz")
        }
    }

    private static func numpyArrays(
        _ archive: ZipArchive
    ) throws(UnreadableInput) -> [(name: String, entry: ZipArchive.Entry)] {
        guard !archive.entries.isEmpty, archive.entries.allSatisfy({ $0.name.hasSuffix(".npy") })
        else {
            throw archive.file.error("not a checkpoint in the format .safetensors or .npz")
        }
        return archive.entries.map { (String($0.name.dropLast(4)), $0) }
    }

    /// Returns an array.
    ///
    /// - Throws: `UnreadableInput` when it is damaged or of a kind that is not read.
    /// - Precondition: `name` is one of `names`.
    public func array(_ name: String) throws(UnreadableInput) -> StoredArray {
        switch storage {
        case .safetensors(let tensors): return try tensors.array(name)
        case .numpy(let archive, let entries):
            guard let entry = entries[name] else { preconditionFailure("no array '\(name)'") }
            return try NumpyFormat.array(try archive.bytes(of: entry)) {
                archive.file.error("array '\(name)' \($0)")
            }
        }
    }
}

/// A checkpoint as an input of a unit: its digest is the SHA-256 of the file.
public struct CheckpointSource: Source, Hashable {
    public let location: String

    /// Creates a source for the file at a path.
    public init(path: String) { location = path }

    public func digest(_ fingerprints: any FingerprintCache) throws -> SourceState {
        let fingerprint: FileFingerprint
        do {
            fingerprint = try fingerprints.fingerprint(of: location)
        } catch let error as UnreadableInput {
            throw UnreadableInput(
                path: error.path, problem: error.problem,
                hint: "the parameter 'path' of the stage names the checkpoint file")
        }
        return SourceState(digest: fingerprint.sha256, facts: ["bytes": fingerprint.byteCount])
    }
}
