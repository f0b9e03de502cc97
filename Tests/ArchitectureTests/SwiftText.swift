/// The text of a Swift file, each byte told apart: code, comment or the text of a string literal.
///
/// What is interpolated into a literal is code. Regular-expression literals between plain slashes are read
/// as code, so that one with a quotation mark in it is not understood; `endsInCode` is false then.
struct SwiftText {
    private enum Kind { case code, comment, literal }

    /// What the scanner is inside of.
    private enum Place {
        /// Code, and how many parentheses are open since an interpolation began.
        case code(depth: Int)
        case literal(hashes: Int, isMultiline: Bool)
    }

    private let bytes: [UInt8]
    private var kinds: [Kind]
    private var places = [Place.code(depth: 0)]
    private var index = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        kinds = [Kind](repeating: .code, count: bytes.count)
        while index < bytes.count {
            switch places[places.count - 1] {
            case .code(let depth): scanCode(depth)
            case .literal(let hashes, let isMultiline): scanLiteral(hashes, isMultiline)
            }
        }
    }

    /// Whether every literal that begins also ends.
    var endsInCode: Bool {
        if places.count == 1, case .code = places[0] { true } else { false }
    }

    /// The text with blanks in place of comments and of the text of literals; lines stay.
    var code: String { text { $0 == .code } }

    /// The text with blanks in place of comments; lines stay.
    var uncommented: String { text { $0 != .comment } }

    private func text(_ isKept: (Kind) -> Bool) -> String {
        var result = bytes
        for index in result.indices where result[index] != Self.newline && !isKept(kinds[index]) {
            result[index] = Self.blank
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let newline = UInt8(ascii: "\n")
    private static let blank = UInt8(ascii: " ")

    private func matches(_ text: StaticString, at start: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard start + count <= bytes.count else { return false }
        return text.withUTF8Buffer { bytes[start..<start + count].elementsEqual($0) }
    }

    private mutating func skip(_ count: Int, as kind: Kind) {
        let end = min(index + count, bytes.count)
        for place in index..<end { kinds[place] = kind }
        index = end
    }

    private mutating func scanCode(_ depth: Int) {
        switch bytes[index] {
        case UInt8(ascii: "/") where matches("//", at: index): skipLineComment()
        case UInt8(ascii: "/") where matches("/*", at: index): skipBlockComment()
        case UInt8(ascii: "\""): enterLiteral(hashes: 0)
        case UInt8(ascii: "#"):
            let hashes = count(of: UInt8(ascii: "#"), from: index)
            if matches("\"", at: index + hashes) {
                enterLiteral(hashes: hashes)
            } else {
                index += hashes
            }
        case UInt8(ascii: "(") where places.count > 1:
            places[places.count - 1] = .code(depth: depth + 1)
            index += 1
        case UInt8(ascii: ")") where places.count > 1:
            if depth == 1 {
                places.removeLast()
            } else {
                places[places.count - 1] = .code(depth: depth - 1)
            }
            index += 1
        default: index += 1
        }
    }

    private func count(of byte: UInt8, from start: Int) -> Int {
        bytes[start...].prefix { $0 == byte }.count
    }

    private mutating func skipLineComment() {
        skip(bytes[index...].prefix { $0 != Self.newline }.count, as: .comment)
    }

    /// Block comments nest.
    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if matches("/*", at: index) {
                depth += 1
                skip(2, as: .comment)
            } else if matches("*/", at: index) {
                depth -= 1
                skip(2, as: .comment)
            } else {
                skip(1, as: .comment)
            }
        } while depth > 0 && index < bytes.count
    }

    private mutating func enterLiteral(hashes: Int) {
        let isMultiline = matches("\"\"\"", at: index + hashes)
        index += hashes + (isMultiline ? 3 : 1)
        places.append(.literal(hashes: hashes, isMultiline: isMultiline))
    }

    private mutating func scanLiteral(_ hashes: Int, _ isMultiline: Bool) {
        let quotes = isMultiline ? 3 : 1
        if isMultiline ? matches("\"\"\"", at: index) : matches("\"", at: index),
            count(of: UInt8(ascii: "#"), from: index + quotes) >= hashes
        {
            index += quotes + hashes
            places.removeLast()
        } else if bytes[index] == UInt8(ascii: "\\"),
            count(of: UInt8(ascii: "#"), from: index + 1) >= hashes
        {
            skip(1 + hashes, as: .literal)
            if matches("(", at: index) {
                index += 1
                places.append(.code(depth: 1))
            } else {
                skip(1, as: .literal)
            }
        } else {
            skip(1, as: .literal)
        }
    }
}
