import Foundation

/// Which folder of a target needs which, by the names of types declared in one and used in the other.
struct FolderGraph {
    /// What makes one folder need another.
    struct Use: Hashable, Comparable {
        let file: String
        let type: String
        static func < (left: Use, right: Use) -> Bool {
            (left.file, left.type) < (right.file, right.type)
        }
    }

    private(set) var uses: [String: [String: Set<Use>]] = [:]

    /// - Parameters:
    ///   - folder: that of the target, from the root of the tree.
    ///   - files: those of the target.
    init(_ folder: String, _ files: [SourceFile]) {
        var owners: [String: Set<String>] = [:]
        for file in files {
            for type in file.declaredTypes {
                owners[type, default: []].insert(Self.place(of: file, below: folder))
            }
        }
        for file in files {
            let place = Self.place(of: file, below: folder)
            for name in file.usedNames {
                guard let declared = owners[name], !declared.contains(place) else { continue }
                let use = Use(file: (file.path as NSString).lastPathComponent, type: name)
                for owner in declared { uses[place, default: [:]][owner, default: []].insert(use) }
            }
        }
    }

    /// The folder of a file below its target's; empty for the target's own.
    private static func place(of file: SourceFile, below folder: String) -> String {
        let path = (file.path as NSString).deletingLastPathComponent
        return String(path.dropFirst(folder.count).drop { $0 == "/" })
    }

    /// The groups of folders that need each other, each with a line for every step between two of them.
    var cycles: [String] {
        var left = Set(uses.keys)
        var cycles: [String] = []
        for place in uses.keys.sorted() where left.contains(place) {
            let group = reached(from: place).filter { reached(from: $0).contains(place) }
            left.subtract(group)
            if !group.isEmpty { cycles.append(text(of: group.sorted())) }
        }
        return cycles
    }

    private func reached(from place: String) -> Set<String> {
        var reached: Set<String> = []
        var open = [place]
        while let next = open.popLast() {
            for other in (uses[next] ?? [:]).keys where reached.insert(other).inserted {
                open.append(other)
            }
        }
        return reached
    }

    private func text(of group: [String]) -> String {
        let steps = group.flatMap { from in
            group.compactMap { to -> String? in
                guard let uses = uses[from]?[to]?.sorted(), let first = uses.first else {
                    return nil
                }
                let more = uses.count > 1 ? " and \(uses.count - 1) more" : ""
                return "\(name(from)) -> \(name(to)): \(first.file) uses '\(first.type)'\(more)"
            }
        }
        return
            (["folders that need each other: \(group.map(name).joined(separator: ", "))"] + steps)
            .joined(separator: "\n  ")
    }

    private func name(_ place: String) -> String { place.isEmpty ? "(top)" : place }
}
