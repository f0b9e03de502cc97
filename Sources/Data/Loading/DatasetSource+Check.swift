public import Pipeline
import Synchronization

extension DatasetSource {
    public var isCheckable: Bool { true }

    /// Reads the pictures that are files of their own; those packed into larger files were read when
    /// they were digested.
    ///
    /// - Throws: an `InputError` that counts all that cannot be read and names the first of them.
    public func check(_ check: SourceCheck) throws {
        guard let files = files.withLock({ $0 }) else { return }
        let failures = try PictureCheck(check: check).failures(among: files.pathsByDigest)
        if failures.isEmpty { return }
        let whole = try listing.withLock { $0 } ?? dataset.listing(files)
        let entries = whole.entries.filter { failures[$0.sha256] != nil }
        // Some published datasets hold files that are no pictures, and go without them.
        let known = Set(try dataset.unreadable(entries).map(\.path))
        let own = entries.filter { !known.contains($0.path) }
        if own.isEmpty { return }
        throw unreadable(own, of: whole.entries.count) { failures[$0.sha256] }
    }

    /// So many pictures are named.
    private static var namedCount: Int { 10 }

    private func unreadable(
        _ entries: [DatasetManifest.Entry], of count: Int,
        _ error: (DatasetManifest.Entry) -> PictureError?
    ) -> UnreadableInput {
        var lines = entries.prefix(Self.namedCount).map {
            "\(Printable.text($0.path)): \(error($0)?.problem ?? "")"
        }
        let rest = entries.count - lines.count
        if rest > 0 { lines.append("and \(rest) more") }
        var remedies: [String] = []
        for hint in entries.compactMap({ error($0)?.hint }) where !remedies.contains(hint) {
            remedies.append(hint)
        }
        remedies.append("all of them: hide-pipeline inspect \(ShellWord(root(of: entries[0])))")
        return UnreadableInput(
            path: dataset.location,
            problem: "\(entries.count) of \(count) pictures cannot be read"
                + lines.map { "\n    \($0)" }.joined(),
            hint: remedies.joined(separator: "; "))
    }

    /// The folder of the dataset that a picture is of.
    private func root(of entry: DatasetManifest.Entry) -> String {
        guard let sequence = dataset as? DatasetSequence,
            sequence.parts.indices.contains(entry.part)
        else { return dataset.root }
        return sequence.parts[entry.part].dataset.root
    }
}
