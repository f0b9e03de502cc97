/// The YAML 1.2 core schema: what a plain scalar means. (`no`, `on` and `1_000` are text.)
package enum CoreSchema {
    /// Returns the value of a plain scalar. An integer too large for `Int` is a real number.
    package static func value(of text: String) -> Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .real(.nan)
        default: break
        }
        let bytes = Array(text.utf8)
        if let value = integer(text, bytes) { return value }
        return real(text, bytes) ?? .string(text)
    }

    /// `[-+]? [0-9]+`, `0o [0-7]+` or `0x [0-9a-fA-F]+`.
    private static func integer(_ text: String, _ bytes: [UInt8]) -> Value? {
        if text.hasPrefix("0o") || text.hasPrefix("0x") {
            let digits = text.dropFirst(2)
            guard let first = digits.utf8.first, first != UInt8(ascii: "-"),
                first != UInt8(ascii: "+")
            else { return nil }
            return Int(digits, radix: text.hasPrefix("0o") ? 8 : 16).map { .integer($0) }
        }
        let digits = bytes.drop { isSign($0) && bytes.first == $0 }
        guard !digits.isEmpty, bytes.count - digits.count <= 1, digits.allSatisfy(isDigit) else {
            return nil
        }
        return Int(text).map { .integer($0) } ?? Double(text).map { .real($0) }
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?` or an infinity.
    private static func real(_ text: String, _ bytes: [UInt8]) -> Value? {
        var rest = bytes[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if let first = rest.first, isSign(first) { rest.removeFirst() }
        if [".inf", ".Inf", ".INF"].contains(String(decoding: rest, as: UTF8.self)) {
            return .real(isNegative ? -.infinity : .infinity)
        }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        if let first = rest.first, first | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, isSign(sign) { rest.removeFirst() }
            guard !rest.isEmpty, rest.allSatisfy(isDigit) else { return nil }
            rest = []
        }
        guard rest.isEmpty else { return nil }
        // `1.` and `.5` are numbers here; Swift wants digits on both sides.
        let mantissaEnd = text.firstIndex { $0 == "e" || $0 == "E" } ?? text.endIndex
        var mantissa = String(text[..<mantissaEnd])
        if mantissa.hasSuffix(".") { mantissa += "0" }
        return Double(mantissa + text[mantissaEnd...]).map { .real($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
    }
}
