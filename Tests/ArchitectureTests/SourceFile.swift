import Foundation

/// What a Swift file says of the structure of the program: what it imports, declares and names.
struct SourceFile {
    /// From the root of the tree: `Sources/Engine/Tensor/Tensor.swift`.
    let path: String
    let lineCount: Int
    /// Whether the text was understood to its end.
    let isUnderstood: Bool
    private(set) var imports: [Import] = []
    /// The types declared at the top level that other files of the module can see.
    private(set) var declaredTypes: Set<String> = []
    /// Names that begin as those of types do; left out are members of something, and types that the file
    /// declares itself, at any level.
    private(set) var usedNames: Set<String> = []

    struct Import: Hashable {
        let module: String
        /// The words before `import`: `public`, `@testable`.
        let attributes: [String]
    }

    init(path: String, text: String) {
        self.path = path
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        lineCount = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        let scanned = SwiftText(text)
        isUnderstood = scanned.endsInCode
        read(scanned.code)
    }

    private static let declarations: Set<String> = [
        "struct", "enum", "class", "actor", "protocol", "typealias",
    ]

    private mutating func read(_ code: String) {
        var depth = 0
        var ownTypes: Set<String> = []
        for line in code.split(separator: "\n") {
            let words = Self.words(line)
            if depth == 0 {
                if let found = Self.imported(words) {
                    imports.append(found)
                    continue
                }
            }
            if let (type, isShared) = Self.declared(words) {
                ownTypes.insert(type)
                if depth == 0, isShared { declaredTypes.insert(type) }
            }
            for word in words where word.isTypeName && !word.isMember {
                usedNames.insert(String(word.text))
            }
            for byte in line.utf8 {
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth -= 1 }
            }
        }
        usedNames.subtract(ownTypes)
    }

    private struct Word {
        let text: Substring
        /// Whether a full stop stands before it.
        let isMember: Bool
        var isTypeName: Bool { text.utf8.first.map { $0 >= 65 && $0 <= 90 } ?? false }
    }

    private static func words(_ line: Substring) -> [Word] {
        var words: [Word] = []
        var start: Substring.Index?
        var last: UInt8 = 32
        var isMember = false
        let bytes = line.utf8
        for index in bytes.indices {
            let byte = bytes[index]
            if isWordByte(byte) {
                if start == nil { (start, isMember) = (index, last == UInt8(ascii: ".")) }
            } else {
                if let begin = start {
                    words.append(Word(text: line[begin..<index], isMember: isMember))
                }
                start = nil
                last = byte
            }
        }
        if let start { words.append(Word(text: line[start...], isMember: isMember)) }
        return words
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 64, 95, 128...255: true
        default: false
        }
    }

    /// Reads `public import struct Foundation.URL`.
    private static func imported(_ words: [Word]) -> Import? {
        guard let keyword = words.firstIndex(where: { $0.text == "import" }) else { return nil }
        let rest = words[(keyword + 1)...].drop {
            declarations.contains(String($0.text)) || ["func", "var", "let"].contains($0.text)
        }
        guard let module = rest.first else { return nil }
        return Import(
            module: String(module.text), attributes: words[..<keyword].map { String($0.text) })
    }

    /// The type that a line declares, and whether other files see it where it stands at the top level.
    private static func declared(_ words: [Word]) -> (name: String, isShared: Bool)? {
        guard
            let keyword = words.firstIndex(where: {
                !$0.isMember && declarations.contains(String($0.text))
            }), keyword + 1 < words.count, words[keyword + 1].isTypeName
        else { return nil }
        let isShared = !words[..<keyword].contains { ["private", "fileprivate"].contains($0.text) }
        return (String(words[keyword + 1].text), isShared)
    }
}
