/// A position in a text file, counted from 1.
///
/// ```swift
/// let place = Place(file: "mine.yaml", line: 14, column: 7)
/// place.description  // "mine.yaml:14:7"
/// [Place(file: "mine.yaml", line: 15, column: 1), place].min()  // place
/// ```
public struct Place: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The file as the user named it.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in characters, from 1.
    public let column: Int

    /// Creates a place.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`.
    public var description: String { "\(Printable.text(file)):\(line):\(column)" }

    /// What the values of `--set NAME=VALUE` have for a file.
    static func ofSetting(_ name: String) -> Place {
        Place(file: "\(settingPrefix)\(name)", line: 1, column: 1)
    }

    /// Whether it is in a value of the command line.
    var isOfCommandLine: Bool { file.hasPrefix(Self.settingPrefix) }

    private static let settingPrefix = "--set "

    /// Orders places of one file by position; files by name.
    public static func < (left: Place, right: Place) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}
