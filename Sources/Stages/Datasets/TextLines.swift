/// The lines of a text file, without blanks at their ends and without the last line break.
struct TextLines {
    let lines: [String]

    init(_ bytes: [UInt8]) {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        self.lines = lines.map { line in
            var rest = line.drop(while: isBlank)
            while let last = rest.last, isBlank(last) { rest.removeLast() }
            return String(decoding: rest, as: UTF8.self)
        }
    }
}
