/// Recursive descent over the bytes of one JSON document.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// A damaged file must not exhaust the stack.
    private static let maximumDepth = 256

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONError) -> Value {
        let result = try value()
        skipWhiteSpace()
        if position < bytes.count { throw error("expected the end") }
        return result
    }

    private mutating func value() throws(JSONError) -> Value {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.maximumDepth { throw error("nested too deep") }
        skipWhiteSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        default: return try scalar()
        }
    }

    private mutating func object() throws(JSONError) -> Value {
        position += 1
        var members: [String: Value] = [:]
        skipWhiteSpace()
        if take("}") { return .object(members) }
        repeat {
            skipWhiteSpace()
            if peek != UInt8(ascii: "\"") { throw error("expected a key") }
            let key = try string()
            skipWhiteSpace()
            guard take(":") else { throw error("expected ':'") }
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw error("repeated key '\(key)'")
            }
            skipWhiteSpace()
        } while take(",")
        guard take("}") else { throw error("expected ',' or '}'") }
        return .object(members)
    }

    private mutating func array() throws(JSONError) -> Value {
        position += 1
        var values: [Value] = []
        skipWhiteSpace()
        if take("]") { return .array(values) }
        repeat {
            values.append(try value())
            skipWhiteSpace()
        } while take(",")
        guard take("]") else { throw error("expected ',' or ']'") }
        return .array(values)
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw error("text is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<32: throw error("unescaped control character")
            default: text.append(byte)
            }
        }
        throw error("expected '\"'")
    }

    private mutating func escape() throws(JSONError) -> [UInt8] {
        guard let byte = peek else { throw error("expected an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "u"): return Array(String(try unicodeScalar()).utf8)
        default: throw error("unknown escape")
        }
    }

    private mutating func unicodeScalar() throws(JSONError) -> Unicode.Scalar {
        var code = UInt32(try codeUnit())
        if 0xD800..<0xDC00 ~= code, take("\\"), take("u") {
            let low = UInt32(try codeUnit())
            guard 0xDC00..<0xE000 ~= low else { throw error("expected a low surrogate") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("not a character") }
        return scalar
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        let digits = bytes[position..<min(position + 4, bytes.count)]
        guard digits.count == 4, digits.allSatisfy({ Self.isHexadecimal($0) }),
            let code = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("expected four hexadecimal digits") }
        position += 4
        return code
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }

    private mutating func scalar() throws(JSONError) -> Value {
        let start = position
        while let byte = peek, Self.belongsToScalar(byte) { position += 1 }
        let token = String(decoding: bytes[start..<position], as: UTF8.self)
        switch token {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "NaN": return .real(.nan)
        case "Infinity": return .real(.infinity)
        case "-Infinity": return .real(-.infinity)
        default: break
        }
        let startsAsNumber = token.utf8.first.map { $0 == 45 || (48...57).contains($0) } ?? false
        if startsAsNumber, let number = Int(token) { return .integer(number) }
        if startsAsNumber, let number = Double(token), number.isFinite { return .real(number) }
        position = start
        throw error("expected a value")
    }

    private static func belongsToScalar(_ byte: UInt8) -> Bool {
        byte == 43 || byte == 45 || byte == 46 || (48...57).contains(byte)
            || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while let byte = peek, byte == 32 || byte == 10 || byte == 13 || byte == 9 {
            position += 1
        }
    }

    private func error(_ problem: String) -> JSONError {
        JSONError(offset: position, problem: problem)
    }
}
