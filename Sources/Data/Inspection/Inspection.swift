package import Pipeline

/// What `inspect` says about the user's files.
package enum Inspection {
    /// Describes a checkpoint file; nil when the path is none.
    ///
    /// - Throws: an `InputError` when it is one and damaged, or missing.
    package static func describe(_ path: String) throws -> String? {
        if try InputPath.isFolder(path) {
            if try ShardIndex.checkpoint(in: path) == nil { return nil }
        } else {
            try InputPath.requireFile(path)
        }
        do {
            return try checkpoint(try CheckpointFile(path))
        } catch let error as UnreadableInput where error.problem == CheckpointFile.unknownProblem {
            return nil
        }
    }

    private static func checkpoint(_ file: CheckpointFile) throws -> String {
        var lines = ["\(file.path): checkpoint, \(file.names.count) arrays"]
        lines += try models(file)
        for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) {
            lines.append(Printable.quoted("\(key): \(value)", limit: maximumLineLength))
        }
        lines += file.log.map { Printable.quoted($0, limit: maximumLineLength) }
        for name in file.names {
            let array = try file.array(name)
            lines.append(
                "  \(Printable.quoted(name, limit: maximumLineLength))  "
                    + "\(array.elementType.rawValue) \(NameList.text(array.shape))")
        }
        return lines.joined(separator: "\n")
    }

    /// The greatest length of a text of the file in a line of `inspect`.
    private static let maximumLineLength = 200

    /// The vision transformers in a checkpoint, under the names that are shown or below a prefix.
    private static func models(_ file: CheckpointFile) throws(UnreadableInput) -> [String] {
        if let sizes = try ViTSizes.ifAny(file) { return ["vision transformer: \(sizes)"] }
        // A file with a great many of them is listed all the same.
        var lines: [String] = []
        for prefix in (try? WeightSearch.prefixes(file)) ?? [] {
            guard let sizes = try ViTSizes.ifAny(file.below(prefix, without: [])) else { continue }
            lines.append(
                "vision transformer under '\(Printable.quoted(prefix, limit: 120))': \(sizes)")
        }
        return lines
    }

    /// The datasets that lie in a folder; none when it holds no dataset.
    ///
    /// - Throws: `UnreadableInput` when the folder cannot be looked into.
    package static func datasets(
        in path: String
    ) throws(UnreadableInput) -> [any DatasetKind] {
        guard try InputPath.isFolder(path) else { return [] }
        let names = Set(try InputPath.names(in: path))
        func isThere(_ place: String) throws(UnreadableInput) -> Bool {
            place.contains("/") ? try InputPath.exists("\(path)/\(place)") : names.contains(place)
        }
        var found: [any DatasetKind] = []
        for description in DatasetCatalog.all {
            guard let recognition = description.recognition.value else { continue }
            let archives = description.published.value?.files
                .filter { !$0.items.isEmpty }.map(\.name)
            for sign in recognition.signs + (archives ?? []) where try isThere(sign) {
                found.append(recognition.open(path))
                break
            }
        }
        if !found.isEmpty { return found }
        return names.isDisjoint(with: ["train", "test"]) ? [] : [ImageFolder(root: path)]
    }

    /// The folder near one without a dataset that holds one, with its kind; nil when none does.
    package static func dataset(near path: String) -> (kind: String, root: String)? {
        // For a hint alone: what cannot be looked into is passed over.
        for root in RootSearch.candidates(path) {
            let whole = (try? datasets(in: root))?.first { (try? $0.isInPlace) ?? false }
            if let whole { return (type(of: whole).name, root) }
        }
        return nil
    }
}
