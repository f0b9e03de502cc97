/// The keys of a JSON object, read without a decoder, which would drop all but one of equal keys.
struct JSONKeys {
    private let bytes: [UInt8]
    private var position = 0

    /// Returns a key that stands twice in the outermost object; nil when none does. The text must be
    /// JSON: what is not is nothing to this reader.
    static func repeated(in bytes: [UInt8]) -> String? {
        var reader = JSONKeys(bytes: bytes)
        return reader.repeated()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func repeated() -> String? {
        var seen: Set<[UInt8]> = []
        var depth = 0
        var isKey = false
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isKey = depth == 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","): isKey = depth == 1
            case UInt8(ascii: "\""):
                let key = text()
                guard isKey else { break }
                isKey = false
                if !seen.insert(key).inserted { return String(decoding: key, as: UTF8.self) }
            default: break
            }
        }
        return nil
    }

    /// The bytes up to the closing quotation mark, escapes resolved.
    private mutating func text() -> [UInt8] {
        var result: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            guard byte == UInt8(ascii: "\\"), position < bytes.count else {
                result.append(byte)
                continue
            }
            position += 1
            switch bytes[position - 1] {
            case UInt8(ascii: "u"): result += Array(String(unicode()).utf8)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case let other: result.append(other)
            }
        }
        return result
    }

    /// The character of four digits, or of eight where the first four are half of it.
    private mutating func unicode() -> Unicode.Scalar {
        let first = digits()
        guard (0xD800..<0xDC00).contains(first), bytes[position...].starts(with: Array("\\u".utf8))
        else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        position += 2
        let second = digits()
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second &- 0xDC00) & 0x3FF)
            ?? "\u{FFFD}"
    }

    private mutating func digits() -> UInt32 {
        let text = String(decoding: bytes[position...].prefix(4), as: UTF8.self)
        position = min(position + 4, bytes.count)
        return UInt32(text, radix: 16) ?? 0xFFFD
    }
}
