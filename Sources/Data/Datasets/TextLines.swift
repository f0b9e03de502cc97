import Pipeline

/// The lines of a text file, without blanks at their ends and without the last line break. Lines end in
/// LF, CR LF or CR; a byte order mark at the start is passed over.
struct TextLines {
    let lines: [String]

    /// Reads a file.
    ///
    /// - Throws: `UnreadableInput`, also where a line is not UTF-8.
    init(path: String, limit: Int = 1 << 28) throws(UnreadableInput) {
        try self.init(try BinaryFile.contents(of: path, limit: limit), path: path)
    }

    /// - Parameter path: of the file, for messages.
    init(_ bytes: [UInt8], path: String) throws(UnreadableInput) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw UnreadableInput(
                path: path, problem: "is UTF-16 text, and must be UTF-8",
                hint: "save it as UTF-8")
        }
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var lines: [String] = []
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        for line in Self.split(text) {
            var rest = line.drop(while: isBlank)
            while let last = rest.last, isBlank(last) { rest.removeLast() }
            guard let text = String(validating: rest, as: UTF8.self) else {
                throw UnreadableInput(
                    path: "\(path):\(lines.count + 1)",
                    problem: "is not UTF-8 text: '\(Printable.quoted(Printable.text(Array(rest))))'"
                )
            }
            lines.append(text)
        }
        self.lines = lines
    }

    /// The bytes between line ends. Carriage returns before a line feed belong to it.
    private static func split(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var index = start
        while index < bytes.endIndex {
            guard bytes[index] == 0x0A || bytes[index] == 0x0D else {
                index += 1
                continue
            }
            lines.append(bytes[start..<index])
            let end = bytes[index...].firstIndex { $0 != 0x0D } ?? bytes.endIndex
            index = end < bytes.endIndex && bytes[end] == 0x0A ? end + 1 : index + 1
            start = index
        }
        if start < bytes.endIndex { lines.append(bytes[start...]) }
        return lines
    }
}
