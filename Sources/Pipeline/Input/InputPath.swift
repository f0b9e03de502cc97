public import Glibc

/// What the user's own files and folders are, and what lies in them: the one door to all that the
/// program reads and did not write.
///
/// An error of the system never looks like an end or an absence: a folder that cannot be listed to
/// its end, or a path that cannot be looked at, throws.
public enum InputPath {
    /// What a path leads to, links followed.
    public enum Kind: Sendable, Hashable {
        /// Nothing.
        case absent
        /// A plain file.
        case file
        /// A folder.
        case folder
        /// Something that is neither, in words: `a FIFO`.
        case other(String)
    }

    /// Where a file or folder lies, whatever leads to it.
    public struct Identity: Sendable, Hashable {
        let device: UInt
        let inode: UInt
    }

    /// Returns what a path leads to.
    ///
    /// - Throws: `UnreadableInput` when that cannot be told: permissions, an I/O error, a link that
    ///   leads to itself.
    public static func kind(of path: String) throws(UnreadableInput) -> Kind {
        try status(of: path).map(kind) ?? .absent
    }

    /// Whether a path leads to anything.
    ///
    /// - Throws: as `kind(of:)`.
    public static func exists(_ path: String) throws(UnreadableInput) -> Bool {
        try status(of: path) != nil
    }

    /// Whether a path leads to a folder.
    ///
    /// - Throws: as `kind(of:)`.
    public static func isFolder(_ path: String) throws(UnreadableInput) -> Bool {
        try kind(of: path) == .folder
    }

    /// Refuses what is no plain file: nothing, a folder, a FIFO, a link that leads nowhere.
    ///
    /// - Throws: `UnreadableInput` that says what is there instead.
    public static func requireFile(_ path: String) throws(UnreadableInput) {
        switch try kind(of: path) {
        case .file: return
        case .folder: throw UnreadableInput(path: path, problem: "is a folder, not a file")
        case .other(let words):
            throw UnreadableInput(path: path, problem: "is \(words), not a file")
        case .absent: throw UnreadableInput(path: path, problem: try absence(at: path))
        }
    }

    /// What is wrong with a path that leads to nothing: `does not exist`, or where its link leads.
    public static func absence(at path: String) throws(UnreadableInput) -> String {
        guard let target = try linkTarget(of: path) else { return "does not exist" }
        return "is a link to '\(Printable.quoted(target, limit: 200))', where nothing is"
    }

    /// Where a link leads, as it is written; nil for what is no link, or not there.
    ///
    /// - Throws: when that cannot be told.
    public static func linkTarget(of path: String) throws(UnreadableInput) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = retrying { readlink(path, &buffer, buffer.count) }
        if count >= 0 { return Printable.text(buffer.prefix(count).map { UInt8(bitPattern: $0) }) }
        if [EINVAL, ENOENT, ENOTDIR].contains(errno) { return nil }
        throw failure(path, errno)
    }

    /// Returns the identity of a file or folder, links followed; nil when nothing is there.
    ///
    /// - Throws: as `kind(of:)`.
    public static func identity(of path: String) throws(UnreadableInput) -> Identity? {
        try status(of: path).map { Identity(device: UInt($0.st_dev), inode: UInt($0.st_ino)) }
    }

    /// Returns the names in a folder in byte order, without `.` and `..`.
    ///
    /// - Throws: `UnreadableInput` when it is no folder, when it cannot be listed to its end, and for
    ///   a name that is not UTF-8, which no path of this program can spell.
    public static func names(in folder: String) throws(UnreadableInput) -> [String] {
        let found: [[UInt8]]
        do throws(FolderListing.Failure) {
            found = try FolderListing.names(in: folder)
        } catch {
            guard error.isOpened else { throw failure(folder, error.code) }
            throw UnreadableInput(
                path: folder,
                problem: "cannot be listed: \(String(cString: strerror(error.code)))")
        }
        let names = try found.map { (bytes) throws(UnreadableInput) -> String in
            if let name = String(validating: bytes, as: UTF8.self) { return name }
            throw UnreadableInput(
                path: folder,
                problem: "holds a name that is not UTF-8: '\(Printable.text(bytes))'",
                hint: "rename it")
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The words for a mode: what is there instead of a file.
    public static func kind(_ status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        case S_IFIFO: .other("a FIFO")
        case S_IFSOCK: .other("a socket")
        case S_IFCHR, S_IFBLK: .other("a device")
        default: .other("a special file")
        }
    }

    private static func status(of path: String) throws(UnreadableInput) -> stat? {
        var information = stat()
        guard retrying({ stat(path, &information) }) != 0 else { return information }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw failure(path, errno)
    }

    private static func failure(_ path: String, _ code: Int32) -> UnreadableInput {
        switch code {
        case ENOENT: UnreadableInput(path: path, problem: "does not exist")
        case ENOTDIR: UnreadableInput(path: path, problem: "is not a folder")
        case ELOOP: UnreadableInput(path: path, problem: "is a link that leads to itself")
        default: UnreadableInput(path: path, problem: String(cString: strerror(code)))
        }
    }
}
