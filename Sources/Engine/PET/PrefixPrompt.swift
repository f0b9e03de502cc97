/// Extra keys and values in the attention of chosen blocks (prefix tuning, Reference 4.3). They do
/// not pass through the block's linears, have no position and ask nothing themselves.
public struct PrefixPrompt: PETMethod, Hashable, Codable {
    public static let name = "prompt"

    /// Keys, and values, of a block.
    public let length: Int
    /// The blocks it acts on, ascending.
    public let blocks: [Int]

    /// Creates a method.
    ///
    /// - Precondition: `length` is positive; `blocks` ascend without repetition from 0 or more.
    public init(length: Int, blocks: [Int]) {
        PETError.require("length", length, blocks: blocks)
        self.length = length
        self.blocks = blocks
    }

    public func check(for configuration: ViTConfiguration) throws(PETError) {
        try PETError.check("length", length, blocks: blocks, depth: configuration.depth)
    }

    /// [blocks, 2, length, attentionWidth]: of each block the keys, then the values; heads are
    /// contiguous columns.
    public func parameterShapes(
        for configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        [("e_prompt.prompt", [blocks.count, 2, length, configuration.attentionWidth])]
    }

    /// Uniform in ±1.
    public func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet {
        drawn(for: configuration, from: stream) { $0.uniform(-1, 1) }
    }

    /// - Precondition: every block exists.
    public func patches(for configuration: ViTConfiguration) -> [BlockPatch?] {
        let size = length * configuration.attentionWidth
        return Self.patches(of: configuration, on: blocks) { position in
            BlockPatch(
                prefix: Prefix(
                    length: length,
                    KeysAndValues(
                        keys: ParameterSlice(index: 0, offset: 2 * position * size),
                        values: ParameterSlice(index: 0, offset: (2 * position + 1) * size))))
        }
    }
}
