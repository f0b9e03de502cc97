import Pipeline

/// Finds the root of a dataset when the user named a folder above or below it.
enum RootSearch {
    /// So many folders are looked into on each level.
    private static let breadth = 64

    /// The root of a dataset, near the one that it does not lie in; nil when it is not near either.
    /// What cannot be looked into is passed over here: this is for advice alone.
    static func root(near dataset: any DatasetKind) -> String? {
        if (try? dataset.isInPlace) ?? true { return nil }
        return candidates(dataset.root).first {
            (try? dataset.moved(to: $0)?.isInPlace) ?? false
        }
    }

    /// What to write, where the root is near.
    static func advice(_ dataset: any DatasetKind) -> String? {
        root(near: dataset).map {
            "it lies in '\(Printable.text($0))': write that as the root"
        }
    }

    /// The folders around a folder, the nearest first.
    static func candidates(_ root: String) -> [String] {
        let parent = parent(of: root)
        let below = folders(in: root)
        return [parent] + below + [self.parent(of: parent)]
            + below.prefix(8).flatMap { folders(in: $0) }
    }

    private static func folders(in folder: String) -> [String] {
        let names = (try? InputPath.names(in: folder)) ?? []
        return names.prefix(breadth).map { folder == "/" ? "/\($0)" : "\(folder)/\($0)" }
            .filter { (try? InputPath.isFolder($0)) ?? false }
    }

    private static func parent(of path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        guard let last = parts.last else { return path.hasPrefix("/") ? "/" : ".." }
        if last == ".." || last == "." { return path + "/.." }
        let rest = parts.dropLast().joined(separator: "/")
        return path.hasPrefix("/") ? "/" + rest : rest.isEmpty ? "." : rest
    }
}
