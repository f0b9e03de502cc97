import Pipeline

/// Commands that put files out of the way. Nothing that this program advises deletes a picture: what is
/// moved aside can be moved back.
enum MovedAside {
    /// The command that moves files to `ROOT.aside`, keeping the folders that they lie in.
    ///
    /// - Parameter path: of the file, below the root.
    static func command(_ path: String, below root: String) -> String {
        let folder = path.split(separator: "/").dropLast().map(String.init)
        let target = ShellWord(path: ([place(of: root)] + folder).joined(separator: "/"))
        return "mkdir -p \(target) && mv -n \(ShellWord(path: "\(root)/\(path)")) \(target)"
    }

    /// The command that moves files and folders to one folder.
    static func command(_ paths: [String], root: String) -> String {
        let target = ShellWord(path: place(of: root))
        let words = paths.map { "\(ShellWord(path: $0))" }.joined(separator: " ")
        return "mkdir -p \(target) && mv -n \(words) \(target)"
    }

    /// The command that lets a name lead to a file or folder beside it.
    static func link(_ path: String, to name: String) -> String {
        "ln -s \(ShellWord(path: name)) \(ShellWord(path: path))"
    }

    /// The folder beside a root that things are moved to.
    private static func place(of root: String) -> String {
        var name = root[...]
        while name.count > 1, name.hasSuffix("/") { name.removeLast() }
        let last = name.split(separator: "/").last ?? ""
        return ["", ".", ".."].contains(last) ? "\(name)/../aside" : "\(name).aside"
    }
}
