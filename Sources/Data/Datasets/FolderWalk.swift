import Pipeline

/// Goes through folders of pictures below a root. A folder is gone through once, whatever links lead
/// to it, and nothing in it is passed over because it cannot be looked at.
final class FolderWalk {
    /// Folders may lie so deep below a class.
    static let maximumDepth = 64

    /// A folder that is being gone through, or one above it.
    private struct Place {
        let identity: InputPath.Identity
        let path: String
    }

    /// Where a folder was met first: by which path, and below which folder of a class.
    private struct Visit {
        let path: String
        let owner: String
    }

    let root: String
    private let checkStop: () throws -> Void
    private var visits: [InputPath.Identity: Visit] = [:]
    /// What was met that a reader of the log must know.
    private(set) var warnings: [String] = []

    /// - Parameter checkStop: called for every folder; may throw to give up.
    init(root: String, checkStop: @escaping () throws -> Void = {}) {
        self.root = root
        self.checkStop = checkStop
    }

    // MARK: What is in a folder

    /// The folders in a folder, in byte order, without those whose names begin with a dot.
    func folders(in folder: String) throws -> [String] {
        var pictureCount = 0
        let folders = try names(in: folder).filter { name in
            let kind = try kind(of: "\(folder)/\(name)")
            if kind == .file, ImageFolder.isPicture(name) { pictureCount += 1 }
            return kind == .folder
        }
        if pictureCount > 0 {
            warnings.append(
                "\(ClassShare.pictures(pictureCount)) in '\(root)/\(folder)' itself "
                    + "\(pictureCount == 1 ? "is" : "are") of no class and left alone")
        }
        return folders
    }

    /// Whether a folder holds folders and no pictures.
    func holdsOnlyFolders(_ folder: String) throws -> Bool {
        let names = try names(in: folder)
        guard !names.contains(where: ImageFolder.isPicture) else { return false }
        return try names.contains { try kind(of: "\(folder)/\($0)") == .folder }
    }

    /// The picture files of a folder and those below it, in byte order.
    ///
    /// - Throws: an `InputError` for a link that leads nowhere or back, for a folder that was gone
    ///   through for another class, and for what has the name of a picture and is no file.
    func pictures(below folder: String) throws -> [String] {
        try walk(folder, owner: folder, above: try places(above: folder))
    }

    private func walk(_ folder: String, owner: String, above: [Place]) throws -> [String] {
        try checkStop()
        let path = "\(root)/\(folder)"
        guard let identity = try InputPath.identity(of: path) else {
            throw UnreadableInput(path: path, problem: try InputPath.absence(at: path))
        }
        try refuseReturn(path, identity, above)
        guard try isNew(folder, identity, owner) else { return [] }
        var paths: [String] = []
        for name in try names(in: folder) {
            let child = "\(folder)/\(name)"
            switch try kind(of: child) {
            case .file: if ImageFolder.isPicture(name) { paths.append(child) }
            case .folder where !ImageFolder.isPicture(name):
                paths += try walk(
                    child, owner: owner, above: above + [Place(identity: identity, path: path)])
            case .folder: throw noPicture(child, "a folder")
            case .other(let words): if ImageFolder.isPicture(name) { throw noPicture(child, words) }
            case .absent: break
            }
        }
        return paths
    }

    private func names(in folder: String) throws -> [String] {
        try InputPath.names(in: "\(root)/\(folder)").filter { !$0.hasPrefix(".") }
    }

    /// What a name in a folder leads to; never nothing.
    private func kind(of path: String) throws -> InputPath.Kind {
        let path = "\(root)/\(path)"
        let kind = try InputPath.kind(of: path)
        guard kind != .absent else {
            throw UnreadableInput(
                path: path, problem: try InputPath.absence(at: path),
                hint: "bring back what it leads to, or move the link away")
        }
        return kind
    }

    private func noPicture(_ path: String, _ words: String) -> UnreadableInput {
        UnreadableInput(
            path: "\(root)/\(path)", problem: "is \(words), not a picture",
            hint: "give it another name, or move it away")
    }

    // MARK: Links

    /// The folders above a folder, up to that of the system.
    private func places(above folder: String) throws -> [Place] {
        var path = "\(root)/\(folder)"
        var places: [Place] = []
        while places.count < Self.maximumDepth {
            path += "/.."
            guard let identity = try InputPath.identity(of: path),
                places.last?.identity != identity
            else { break }
            places.append(Place(identity: identity, path: path))
        }
        return places
    }

    private func refuseReturn(
        _ path: String, _ identity: InputPath.Identity, _ above: [Place]
    ) throws(UnreadableInput) {
        let hint = "move it away: every picture behind it would be there many times"
        guard above.allSatisfy({ $0.identity != identity }) else {
            let target = try InputPath.linkTarget(of: path)
            throw UnreadableInput(
                path: path,
                problem: target.map { "is a link to '\($0)', a folder that it lies in" }
                    ?? "is a folder that it lies in itself",
                hint: hint)
        }
        guard above.count < 2 * Self.maximumDepth else {
            throw UnreadableInput(
                path: path, problem: "lies more than \(Self.maximumDepth) folders deep", hint: hint)
        }
    }

    /// Notes that a folder is gone through; false when it already was, for the same class.
    private func isNew(
        _ folder: String, _ identity: InputPath.Identity, _ owner: String
    ) throws -> Bool {
        guard let visit = visits[identity] else {
            visits[identity] = Visit(path: folder, owner: owner)
            return true
        }
        guard visit.owner.utf8.elementsEqual(owner.utf8) else {
            throw UnreadableInput(
                path: "\(root)/\(folder)",
                problem:
                    "is the same folder as '\(root)/\(visit.path)'\(try links(folder, visit.path))",
                hint: "a folder of pictures belongs to one class and one part; move one of the two "
                    + "links away")
        }
        warnings.append(
            "'\(root)/\(folder)' is the same folder as '\(root)/\(visit.path)', which is read once")
        return false
    }

    /// Which of two paths is a link, and where it leads.
    private func links(_ paths: String...) throws -> String {
        for path in paths {
            if let target = try InputPath.linkTarget(of: "\(root)/\(path)") {
                return ": '\(path)' is a link to '\(target)'"
            }
        }
        return ""
    }
}
