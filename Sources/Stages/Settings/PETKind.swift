package import Engine
import Pipeline

/// A PET method that exists: its name in pipeline files and how its parameters are read.
package struct PETKind: Sendable {
    package let name: String
    let summary: String
    /// The method with usual sizes; its blocks are below 5.
    package let example: any PETMethod
    let read: @Sendable (ParameterReader) -> any PETMethod

    /// - Parameters:
    ///   - example: the method with usual sizes, to say how many parameters it has.
    ///   - sizes: those sizes in words.
    init<Method: PETMethod>(
        summary: String, example: Method, sizes: String,
        _ read: @escaping @Sendable (ParameterReader) -> Method
    ) {
        name = Method.name
        self.example = example
        let count = example.parameterCount(for: .base16)
        self.summary = "\(summary); \(count) parameters for ViT-B/16 with \(sizes)"
        self.read = { read($0) }
    }
}

extension LoRA {
    init(_ reader: ParameterReader) {
        self.init(
            rank: reader.integer("rank", in: Bounds.depth), blocks: reader.blocks(),
            initial: reader.choice(
                "initial", .loraInitial, Toggle.Subject(),
                ["reference": { _ in nil }, "standard": { _ in .standard }]))
    }
}

extension ParameterReader {
    /// Reads `blocks`, the blocks that a PET acts on, in any order.
    ///
    /// - Returns: them in ascending order.
    func blocks(_ key: String = "blocks") -> [Int] {
        let blocks = integers(key, in: 0...Bounds.depth.upperBound)
        if blocks.isEmpty { report(key, "names no block") }
        if Set(blocks).count != blocks.count { report(key, "names a block twice") }
        return Set(blocks).sorted()
    }
}
