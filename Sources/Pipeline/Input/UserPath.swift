import Glibc

/// Paths as users write them where no shell sees them: in pipeline files, and in quotes on the command
/// line.
public enum UserPath {
    /// Returns a path with the home folder in place of a leading `~` or `$HOME`.
    ///
    /// Everything else is left as it is: `~name` and other variables of the environment are no part of a
    /// path here.
    public static func expanded(_ path: String) -> String {
        for start in ["~", "$HOME"] where path == start || path.hasPrefix(start + "/") {
            guard let home = getenv("HOME").map({ String(cString: $0) }), !home.isEmpty else {
                return path
            }
            return home + path.dropFirst(start.count)
        }
        return path
    }

    /// The variable of the environment that a path begins with, as a shell would see it: `$DATA`; nil when
    /// there is none.
    static func variable(of path: String) -> String? {
        guard path.hasPrefix("$") else { return nil }
        let name = path.dropFirst().prefix {
            $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber)
        }
        return name.isEmpty ? nil : "$" + name
    }
}
