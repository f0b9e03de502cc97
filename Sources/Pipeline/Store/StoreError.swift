import Glibc

/// Why the store cannot be read or written. The program ends with exit code 74.
public enum StoreError: ExitCoded, Equatable, CustomStringConvertible {
    /// The file layer failed.
    case file(store: String, FileError)
    /// The folder holds something else than a store of this version.
    case otherFormat(store: String, found: String)
    /// The format line is damaged.
    case damagedFormat(store: String, problem: String)
    /// A recorded artifact cannot be read back.
    case unreadable(key: UnitKey, problem: String)
    /// An artifact cannot be stored as it is.
    case unstorable(problem: String)

    public var exitStatus: ProgramStatus { .storeFailed }

    public var description: String {
        switch self {
        case .file(let store, let error):
            "store '\(store)': \(error)\n  hint: \(Self.hint(error))"
        case .otherFormat(let store, let found):
            "store '\(store)' has the format '\(found)', this program reads and writes "
                + "'\(StoreLayout.formatText)'\n  hint: name another folder with --store"
        case .damagedFormat(let store, let problem):
            "store '\(store)': the format line in '\(StoreLayout(root: store).formatMarker)' is damaged: "
                + "\(problem)\n  hint: 'hide-pipeline store verify --store \(store)' checks what is there "
                + "and writes the line anew"
        case .unreadable(let key, let problem):
            "artifact \(key.shortened) is unreadable: \(problem)\n"
                + "  hint: the next run recomputes it"
        case .unstorable(let problem): "artifact cannot be stored: \(problem)"
        }
    }

    private static func hint(_ error: FileError) -> String {
        switch error.code {
        case ENOSPC, EDQUOT: "free space, then run again: everything that is finished is kept"
        case EACCES, EROFS: "make the folder writable or name another one with --store"
        case ENOTDIR: "name a folder with --store"
        case EISDIR: "move it away, then run again"
        case _ where error.found != nil: "move it away, then run again"
        default: "what is finished is kept; name another folder with --store if this one is broken"
        }
    }
}

extension UnitKey {
    /// The first and last digits, for messages: `3f9c…e1`.
    public var shortened: String { "\(hex.prefix(4))…\(hex.suffix(2))" }
}
