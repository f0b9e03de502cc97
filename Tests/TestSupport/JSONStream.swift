import Foundation
public import Pipeline

/// Reads one JSON value after another.
public enum JSONStream {
    /// Returns the values; numbers without fraction or exponent are integers.
    public static func values(_ bytes: [UInt8]) throws -> [Value] {
        try split(bytes).map { try JSONDecoder().decode(Node.self, from: Data($0)).value }
    }

    /// Splits where a value at the top level ends.
    private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var values: [[UInt8]] = []
        var current: [UInt8] = []
        var depth = 0
        var isText = false
        var isEscaped = false
        for byte in bytes {
            let isSpace = [0x20, 0x0a, 0x0d, 0x09].contains(byte)
            if isSpace, !isText, depth == 0 {
                if !current.isEmpty { values.append(current) }
                current = []
                continue
            }
            current.append(byte)
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        if !current.isEmpty { values.append(current) }
        return values
    }

    private struct Node: Decodable {
        let value: Value

        init(from decoder: any Decoder) throws {
            if let container = try? decoder.container(keyedBy: Key.self) {
                value = .object(
                    Dictionary(
                        uniqueKeysWithValues: try container.allKeys.map {
                            ($0.stringValue, try container.decode(Node.self, forKey: $0).value)
                        }))
                return
            }
            if var container = try? decoder.unkeyedContainer() {
                var values: [Value] = []
                while !container.isAtEnd { values.append(try container.decode(Node.self).value) }
                value = .array(values)
                return
            }
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                value = .null
            } else if let bool = try? container.decode(Bool.self) {
                value = .bool(bool)
            } else if let integer = try? container.decode(Int.self) {
                value = .integer(integer)
            } else if let real = try? container.decode(Double.self) {
                value = .real(real)
            } else {
                value = .string(try container.decode(String.self))
            }
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }
}
