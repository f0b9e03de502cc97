extension Value {
    /// The one JSON text of this value: keys sorted by their UTF-8 bytes, no white space, floats as
    /// the shortest text that reads back equal and always with `.` or `e` (`1.0` is not `1`), only
    /// quotes, backslashes and control characters escaped. Floats that are not finite are written as
    /// Python's `json` writes and reads them: `NaN`, `Infinity`, `-Infinity`.
    public var canonicalJSON: String {
        var text = ""
        write(to: &text, isStrict: false)
        return text
    }

    /// The same text as standard JSON, for output: floats that are not finite are `null`, and every
    /// character that could steer a terminal is escaped, not only those that JSON forbids.
    public var standardJSON: String {
        var text = ""
        write(to: &text, isStrict: true)
        return text
    }

    /// Reads JSON, canonical or not. Numbers without `.` and exponent are integers.
    public init(json text: String) throws(JSONError) {
        try self.init(json: Array(text.utf8))
    }

    /// Reads JSON from UTF-8.
    init(json bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }

    private func write(to text: inout String, isStrict: Bool) {
        switch self {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .integer(let number): text += String(number)
        case .real(let number): text += Self.text(of: number, isStrict: isStrict)
        case .string(let string): Self.write(string, to: &text, isStrict: isStrict)
        case .array(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text, isStrict: isStrict)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, key) in members.keys.sorted(by: Self.precedes).enumerated() {
                if index > 0 { text += "," }
                Self.write(key, to: &text, isStrict: isStrict)
                text += ":"
                members[key]?.write(to: &text, isStrict: isStrict)
            }
            text += "}"
        }
    }

    /// Byte order: the order of Swift strings depends on Unicode tables.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func text(of number: Double, isStrict: Bool) -> String {
        if number.isFinite { return number.description }
        if isStrict { return "null" }
        if number.isNaN { return "NaN" }
        return number > 0 ? "Infinity" : "-Infinity"
    }

    private static func write(_ string: String, to text: inout String, isStrict: Bool) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..<" ": text += escape(scalar)
            case _ where isStrict && Printable.isControl(scalar): text += escape(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    /// `\u001b`.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// A text that is not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// The offset of the first byte that does not fit.
    public let offset: Int
    /// What was expected there.
    public let problem: String

    /// Creates an error.
    public init(offset: Int, problem: String) {
        self.offset = offset
        self.problem = problem
    }

    public var description: String { "byte \(offset): \(problem)" }
}
