public import Pipeline

/// A checkpoint as an input of a unit: its digest is the SHA-256 of the file or, of a checkpoint in
/// several files, that of a text with a line `SHA-256 name` for the table and each of them.
public struct CheckpointSource: Source, Hashable {
    /// What the file must be.
    package enum Demand: Sendable, Hashable {
        /// What the name of the weights says; without a name, or where no digest is known, any file.
        case byName
        /// The file with this SHA-256.
        case digest(String)
        /// Any file; every result says so.
        case any
    }

    /// The file.
    package let path: String
    /// The name of the weights, where the pipeline file gives one.
    let weights: String?
    let demand: Demand

    /// Creates a source for the file at a path.
    public init(path: String) { self.init(path: path, weights: nil, demand: .byName) }

    package init(path: String, weights: String?, demand: Demand) {
        self.path = path
        self.weights = weights
        self.demand = demand
    }

    /// The path, and what the file must be.
    public var location: String {
        let name = weights.map { ", \($0)" } ?? ""
        switch demand {
        case .byName: return path + name
        case .digest(let digest): return "\(path)\(name), sha256 \(digest)"
        case .any: return "\(path)\(name), any digest"
        }
    }

    /// - Throws: `UnreadableInput` when the file is missing, and when it is another one than demanded:
    ///   then with the digest expected and the one found.
    public func digest(_ fingerprints: any FingerprintCache) throws -> SourceState {
        let fingerprint: FileFingerprint
        do {
            fingerprint = try Self.fingerprint(of: path, fingerprints)
        } catch let error as UnreadableInput {
            throw UnreadableInput(
                path: error.path, problem: error.problem, hint: error.hint ?? missingHint)
        }
        try check(fingerprint.sha256)
        return SourceState(digest: fingerprint.sha256, facts: ["bytes": fingerprint.byteCount])
    }

    private static func fingerprint(
        of path: String, _ fingerprints: any FingerprintCache
    ) throws -> FileFingerprint {
        let path = try ShardIndex.resolved(path)
        guard ShardIndex.isIndex(path) else { return try fingerprints.fingerprint(of: path) }
        let index = try ShardIndex(BinaryFile(path))
        let table = try fingerprints.fingerprint(of: path)
        var (text, byteCount) = ("\(table.sha256) index\n", table.byteCount)
        for name in index.fileNames {
            let part = try fingerprints.fingerprint(of: index.path(of: name))
            text += "\(part.sha256) \(name)\n"
            byteCount += part.byteCount
        }
        return FileFingerprint(byteCount: byteCount, sha256: Digest(of: text).hex)
    }

    /// Says which weights results were computed from.
    public func note(digest: String) -> ResultNote? {
        let short = "sha256 \(digest.prefix(12))"
        let name = weights
        let text =
            switch demand {
            case .any: (name.map { "\($0), " } ?? "") + "any digest (\(short))"
            case .digest: name.map { "\($0) (\(short))" } ?? short
            case .byName:
                name.map { "\($0) (\(short)\(expected == nil ? ", as found" : ""))" } ?? short
            }
        return ResultNote(name: "weights", text: text)
    }

    private var named: NamedWeights? { weights.flatMap(NamedWeights.named) }

    /// How the SHA-256 must begin; nil when any will do.
    private var expected: String? {
        switch demand {
        case .any: return nil
        case .digest(let digest): return digest
        case .byName: return named?.digest.text
        }
    }

    private func check(_ found: String) throws(UnreadableInput) {
        guard let expected, !found.hasPrefix(expected) else { return }
        let begins = expected.count < found.count ? "one that begins with " : ""
        throw UnreadableInput(
            path: path,
            problem: "not the file of \(weights.map { "weights '\($0)'" } ?? "the digest given"); "
                + "SHA-256 expected: \(begins)\(expected), found: \(found)",
            hint: "replace the file, or take this one with 'digest: any', which marks every result")
    }

    private var missingHint: String {
        guard let named else {
            return "the parameter 'path' of the stage names the checkpoint file; "
                + "'hide-pipeline fetch --list' shows files that can be had"
        }
        if let command = named.published?.command(target: path) { return command }
        return "the parameter 'path' of the stage names the file of '\(named.name)'"
    }
}
