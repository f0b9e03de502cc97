/// Text of files and of the user, made safe for a terminal.
///
/// ```swift
/// Printable.text("a\u{1B}[2J")  // #"a\u{1B}[2J"#
/// Printable.quoted("abcdef", limit: 3)  // "abc…"
/// Printable.list(["a", "b", "c"], limit: 2)  // "'a', 'b' and 1 more"
/// ```
public enum Printable {
    /// Returns a text in which every control character stands as `\u{1B}`: those of ASCII and Latin-1,
    /// and those that turn the direction of writing. Line feeds and tabs stay where `keepsLines`.
    public static func text(_ text: String, keepsLines: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: { isControl($0) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar), !(keepsLines && (scalar == "\n" || scalar == "\t")) {
                result += escape(scalar.value)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Returns bytes as text; those that are not UTF-8 stand as `\xFF`.
    public static func text(_ bytes: [UInt8]) -> String {
        var result = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = (1...4).first { count in
                rest.count >= count
                    && String(validating: rest.prefix(count), as: UTF8.self) != nil
            }
            if let length {
                result += text(String(decoding: rest.prefix(length), as: UTF8.self))
                rest = rest.dropFirst(length)
            } else {
                result += escape(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// Returns a text of one line, cut after `limit` characters, with `…` for the rest.
    public static func quoted(_ text: String, limit: Int = 40) -> String {
        let whole = Self.text(text)
        return whole.count > limit ? whole.prefix(limit) + "…" : whole
    }

    /// Returns names in quotes, the first of many: `'a', 'b' and 7 more`.
    public static func list(_ names: [String], limit: Int = 20) -> String {
        let shown = names.prefix(limit).map { "'\(quoted($0))'" }.joined(separator: ", ")
        return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
    }

    /// Whether a character steers a terminal instead of standing on it. All of them are in the basic plane.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    /// `\xFF`.
    static func escape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "\\x" + (digits.count < 2 ? "0" + digits : digits)
    }

    private static func escape(_ value: UInt32) -> String {
        "\\u{" + String(value, radix: 16, uppercase: true) + "}"
    }
}
