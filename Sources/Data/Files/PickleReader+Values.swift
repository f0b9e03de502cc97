/// Operations on the stack and the memo, numbers and text. Each returns whether it knows the
/// operation; the names in comments are those of `pickletools`.
extension PickleReader {
    mutating func control(_ code: UInt8) throws(PickleProblem) -> Bool {
        switch code {
        case 0x80:  // PROTO
            guard try byte() <= 5 else { throw problem("an unknown protocol") }
        case 0x95: _ = try take(8)  // FRAME
        case UInt8(ascii: "."): result = try pop()  // STOP
        case UInt8(ascii: "("):  // MARK
            guard marks.count < Self.maximumStackCount else { throw problem("too many marks") }
            marks.append(stack.count)
        case UInt8(ascii: "0"):  // POP
            if stack.count == marks.last { marks.removeLast() } else { _ = try pop() }
        case UInt8(ascii: "1"): _ = try popMark()  // POP_MARK
        case UInt8(ascii: "2"): try push(try top())  // DUP
        case UInt8(ascii: "p"): try remember(Int(try textLine()))  // PUT
        case UInt8(ascii: "q"): try remember(try number(1))  // BINPUT
        case UInt8(ascii: "r"): try remember(try number(4))  // LONG_BINPUT
        case 0x94: try remember(memo.count)  // MEMOIZE
        case UInt8(ascii: "g"): try recall(Int(try textLine()))  // GET
        case UInt8(ascii: "h"): try recall(try number(1))  // BINGET
        case UInt8(ascii: "j"): try recall(try number(4))  // LONG_BINGET
        default: return false
        }
        return true
    }

    mutating func scalar(_ code: UInt8) throws(PickleProblem) -> Bool {
        switch code {
        case UInt8(ascii: "N"): try push(.none)  // NONE
        case 0x88: try push(.bool(true))  // NEWTRUE
        case 0x89: try push(.bool(false))  // NEWFALSE
        case UInt8(ascii: "I"), UInt8(ascii: "L"): try push(try decimal())  // INT, LONG
        case UInt8(ascii: "J"):  // BININT
            try push(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
        case UInt8(ascii: "K"): try push(.integer(try number(1)))  // BININT1
        case UInt8(ascii: "M"): try push(.integer(try number(2)))  // BININT2
        case 0x8A: try push(Self.long(try take(try number(1))))  // LONG1
        case 0x8B: try push(Self.long(try take(try number(4))))  // LONG4
        case UInt8(ascii: "F"):  // FLOAT
            guard let value = Double(try textLine()) else { throw problem("a damaged number") }
            try push(.real(value))
        case UInt8(ascii: "G"):  // BINFLOAT, the one big-endian number
            let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            try push(.real(Double(bitPattern: bits)))
        default: return false
        }
        return true
    }

    /// A number in digits; `00` and `01` are how protocol 0 writes truth values.
    private mutating func decimal() throws(PickleProblem) -> PickleValue {
        let digits = try textLine()
        if digits == "00" || digits == "01" { return .bool(digits == "01") }
        let number = digits.hasSuffix("L") ? String(digits.dropLast()) : digits
        if let value = Int(number) { return .integer(value) }
        // Numbers above 64 bits, seeds for instance, are of no use here.
        guard number.drop(while: { $0 == "-" }).allSatisfy({ ("0"..."9").contains($0) }) else {
            throw problem("a damaged number")
        }
        return .opaque
    }

    /// A number in little-endian two's complement.
    private static func long(_ bytes: ArraySlice<UInt8>) -> PickleValue {
        guard bytes.count <= 8 else { return .wide(Array(bytes)) }
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        return .integer(
            bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
    }

    mutating func text(_ code: UInt8) throws(PickleProblem) -> Bool {
        switch code {
        case UInt8(ascii: "X"): try pushText(countBytes: 4)  // BINUNICODE
        case 0x8C: try pushText(countBytes: 1)  // SHORT_BINUNICODE
        case 0x8D: try pushText(countBytes: 8)  // BINUNICODE8
        case UInt8(ascii: "T"): try pushString(countBytes: 4)  // BINSTRING, which Python 2 wrote
        case UInt8(ascii: "U"): try pushString(countBytes: 1)  // SHORT_BINSTRING
        case UInt8(ascii: "V"): try push(Self.unescaped(try textLine()))  // UNICODE
        case UInt8(ascii: "S"):  // STRING
            let quoted = try textLine()
            guard quoted.count >= 2, quoted.first == quoted.last, "'\"".contains(quoted.prefix(1))
            else { throw problem("text without quotes") }
            try push(Self.unescaped(String(quoted.dropFirst().dropLast())))
        case UInt8(ascii: "B"): try pushBytes(countBytes: 4)  // BINBYTES
        case UInt8(ascii: "C"): try pushBytes(countBytes: 1)  // SHORT_BINBYTES
        case 0x8E, 0x96: try pushBytes(countBytes: 8)  // BINBYTES8, BYTEARRAY8
        default: return false
        }
        return true
    }

    private mutating func pushText(countBytes: Int) throws(PickleProblem) {
        try push(.text(String(decoding: try take(try number(countBytes)), as: UTF8.self)))
    }

    private mutating func pushBytes(countBytes: Int) throws(PickleProblem) {
        let bytes = try take(try number(countBytes))
        try push(.bytes(bytes.startIndex..<bytes.endIndex))
    }

    /// Text or bytes, which Python 2 did not tell apart.
    private mutating func pushString(countBytes: Int) throws(PickleProblem) {
        let bytes = try take(try number(countBytes))
        if let text = String(validating: bytes, as: UTF8.self) {
            try push(.text(text))
        } else {
            try push(.bytes(bytes.startIndex..<bytes.endIndex))
        }
    }

    /// Text of protocol 0; with escapes it is of no use as a name.
    private static func unescaped(_ text: String) -> PickleValue {
        text.contains("\\") ? .opaque : .text(text)
    }
}
