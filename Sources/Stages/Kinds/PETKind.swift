import Engine
import Pipeline

/// A PET method that can be read from a pipeline file.
protocol ReadablePETMethod: PETMethod {
    /// Reads the method's parameters.
    init(_ reader: ParameterReader)
}

/// A PET method that exists: its name in pipeline files and how its parameters are read.
struct PETKind: Sendable {
    let name: String
    let summary: String
    let read: @Sendable (ParameterReader) -> any PETMethod

    /// - Parameters:
    ///   - example: the method with usual sizes, to say how many parameters it has.
    ///   - sizes: those sizes in words.
    init<Method: ReadablePETMethod>(summary: String, example: Method, sizes: String) {
        name = Method.name
        let count = example.parameterCount(for: .base16)
        self.summary = "\(summary); \(count) parameters for ViT-B/16 with \(sizes)"
        read = { Method($0) }
    }
}

extension LoRA: ReadablePETMethod {
    init(_ reader: ParameterReader) {
        self.init(
            rank: reader.integer("rank", in: Bounds.depth), blocks: reader.blocks(),
            initial: reader.choice(
                "initial", .loraInitial, Toggle.Subject(),
                ["reference": { _ in nil }, "standard": { _ in .standard }]))
    }
}

extension Adapter: ReadablePETMethod {
    init(_ reader: ParameterReader) {
        self.init(
            bottleneck: reader.integer("bottleneck", in: Bounds.width), blocks: reader.blocks())
    }
}

extension PrefixPrompt: ReadablePETMethod {
    init(_ reader: ParameterReader) {
        self.init(length: reader.integer("length", in: Bounds.prompt), blocks: reader.blocks())
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
