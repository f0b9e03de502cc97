import Pipeline

/// What is in a MATLAB file, as text: for `inspect`.
enum MATDescription {
    /// Describes a file of version 4 to 7; nil when it is none.
    ///
    /// - Throws: `UnreadableInput` when it is missing or damaged.
    static func text(of path: String) throws(UnreadableInput) -> String? {
        let file = try BinaryFile(path)
        let head = try file.read(at: 0, count: min(file.byteCount, 6))
        // Files of version 4 have no signature: their name tells.
        guard head.elementsEqual("MATLAB".utf8) || path.lowercased().hasSuffix(".mat") else {
            return nil
        }
        return try MATFile(path).variables(nil).sorted { $0.key < $1.key }
            .map { "\($0.key): \(words(for: $0.value))\n" }.joined()
    }

    private static func words(for value: MATValue) -> String {
        func extent(_ shape: [Int]) -> String {
            shape.map(String.init).joined(separator: " × ")
        }
        switch value {
        case .numbers(let shape, let numbers):
            return numbers.count == 1 ? "\(numbers[0])" : "\(extent(shape)) numbers"
        case .bytes(let shape, let bytes):
            return bytes.count == 1 ? "\(bytes[0])" : "\(extent(shape)) bytes"
        case .text(let text): return text
        case .cells(let shape, _): return "\(extent(shape)) cells"
        case .structures(let shape, let fields, _):
            return "\(extent(shape)) structures of " + fields.joined(separator: ", ")
        case .other: return "of a class that is not read"
        }
    }
}
