/// Warnings of many units: those with equal text stand together.
public struct WarningList: Sendable {
    private var unitsOf: [String: [String]] = [:]
    /// The texts, in the order in which they came.
    private var texts: [String] = []

    /// The most lines that are worth reading at once.
    public static let lineLimit = 20

    /// Creates an empty list.
    public init() {}

    /// Whether there is none.
    public var isEmpty: Bool { texts.isEmpty }

    /// Adds the warning of a unit; a second time is the same warning.
    public mutating func add(_ text: String, of unit: String) {
        if unitsOf[text] == nil { texts.append(text) }
        // Warnings of a unit come one after the other, so that a look at the last one is enough.
        if unitsOf[text]?.last != unit { unitsOf[text, default: []].append(unit) }
    }

    /// A line for each text, with the units that said it; of very many texts the first ones.
    public var lines: [String] {
        let shown = texts.prefix(Self.lineLimit).map { Self.line($0, unitsOf[$0] ?? []) }
        guard texts.count > shown.count else { return shown }
        return shown + [
            "warning: \(texts.count - shown.count) more warnings, which 'hide-pipeline logs' shows "
                + "unit by unit"
        ]
    }

    /// One warning: `warning: hide/train[3]: …`, or `warning: 12 units (a, b, c and 9 more): …`.
    public static func line(_ text: String, _ units: [String]) -> String {
        guard units.count > 1 else { return "warning: \(units.first ?? ""): \(text)" }
        let rest = units.count > 3 ? " and \(units.count - 3) more" : ""
        let names = units.prefix(3).joined(separator: ", ")
        return "warning: \(units.count) units (\(names)\(rest)): \(text)"
    }
}

/// How warnings stand among the lines of a log.
enum WarningLine {
    private static let mark = "warning: "

    /// The line of a warning: one line, safe for a terminal.
    static func of(_ text: String) -> String {
        let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return mark + Printable.text(oneLine)
    }

    /// The warning that a line is; nil for other lines.
    static func text(of line: String) -> String? {
        line.hasPrefix(mark) ? String(line.dropFirst(mark.count)) : nil
    }
}
