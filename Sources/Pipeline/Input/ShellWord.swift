/// A text as one word of a shell command.
package struct ShellWord: CustomStringConvertible {
    package let description: String

    package init(_ text: String) {
        let isPlain = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "_-./+,:@%=".utf8.contains(byte)
        }
        if Printable.text(text) != text {
            // Control characters must not reach the terminal that shows the command.
            description = "$'\(text.utf8.map(Self.escaped).joined())'"
        } else {
            description =
                isPlain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
        }
    }

    /// A path, which no command takes for an option.
    package init(path: String) {
        self.init(path.hasPrefix("-") ? "./" + path : path)
    }

    /// A byte between `$'` and `'`.
    private static func escaped(_ byte: UInt8) -> String {
        let isPlain = (0x20..<0x7F).contains(byte) && byte != 0x27 && byte != 0x5C
        return isPlain ? String(UnicodeScalar(byte)) : Printable.escape(byte)
    }
}
