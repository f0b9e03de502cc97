/// A pool of prompts from which each picture reads the entries whose keys are most similar to its query
/// (L2P, DualPrompt, S-Prompt; Reference 11), and optionally prompts that all pictures read.
///
/// The query is the feature of the frozen model without prompts. Keys are parameters like the prompts.
public struct PromptPool: PETMethod, Hashable, Codable {
    public static let name = "prompt-pool"

    /// What an entry is.
    public enum Insertion: Hashable, Codable, Sendable {
        /// Extra keys and values in the attention of these blocks, ascending.
        case prefix(blocks: [Int])
        /// Extra tokens, without positions, that enter the sequence at a block and stay. They stand
        /// behind the patches instead of before the class token, which changes no result: attention
        /// does not see order.
        case tokens(block: Int)
    }

    /// Extra keys and values that every picture reads (the G-prompt of DualPrompt).
    public struct General: Hashable, Codable, Sendable {
        /// Keys, and values, of a block.
        public let length: Int
        /// The blocks, ascending.
        public let blocks: [Int]

        /// Creates general prompts.
        ///
        /// - Precondition: `length` is positive; `blocks` ascend without repetition from 0 or more.
        public init(length: Int, blocks: [Int]) {
            PETError.require("length", length, blocks: blocks)
            self.length = length
            self.blocks = blocks
        }
    }

    /// Entries of the pool.
    public let size: Int
    /// Keys, values or tokens of an entry.
    public let length: Int
    /// Entries that a picture reads.
    public let topK: Int
    /// What an entry is.
    public let insertion: Insertion
    /// Prompts that every picture reads, in blocks without a prefix from the pool.
    public let general: General?

    /// Creates a method.
    ///
    /// - Precondition: sizes are positive, `topK` is at most `size`; blocks ascend without repetition
    ///   from 0 or more.
    public init(
        size: Int, length: Int, topK: Int, insertion: Insertion, general: General? = nil
    ) {
        precondition(topK > 0 && topK <= size, "\(topK) of \(size) entries")
        self.size = size
        self.length = length
        self.topK = topK
        self.insertion = insertion
        self.general = general
        PETError.require("length", length, blocks: blocks)
    }

    /// The blocks that entries act on.
    private var blocks: [Int] {
        switch insertion {
        case .prefix(let blocks): blocks
        case .tokens(let block): [block]
        }
    }

    /// Checks the blocks; one may not have a prefix of both kinds.
    public func check(for configuration: ViTConfiguration) throws(PETError) {
        try PETError.check("length", length, blocks: blocks, depth: configuration.depth)
        guard let general else { return }
        try PETError.check(
            "length", general.length, blocks: general.blocks, depth: configuration.depth)
        if case .prefix(let blocks) = insertion,
            let block = general.blocks.first(where: blocks.contains)
        {
            throw .twoPrefixes(block: block)
        }
    }

    /// The index of the keys among the parameters.
    static let keyIndex = 0
    /// The index of the entries among the parameters.
    private static let promptIndex = 1

    /// Keys [size, width]; entries [size, blocks, 2, length, attentionWidth] (of each block keys, then
    /// values) or, as tokens, [size, length, width]; general prompts [blocks, 2, length,
    /// attentionWidth].
    public func parameterShapes(
        for configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        let attention = configuration.attentionWidth
        let entry =
            switch insertion {
            case .prefix(let blocks): [blocks.count, 2, length, attention]
            case .tokens: [length, configuration.width]
            }
        let shapes = [
            ("e_prompt.prompt_key", [size, configuration.width]),
            ("e_prompt.prompt", [size] + entry),
        ]
        guard let general else { return shapes }
        return shapes + [("g_prompt", [general.blocks.count, 2, general.length, attention])]
    }

    /// The keys among the parameters, `[size, width]`.
    public func keys(_ parameters: ParameterSet) -> Tensor { parameters.tensors[Self.keyIndex] }

    /// Copies the prompts of the task before into those of a task, where tasks own entries as those of
    /// `PoolMatching.mask` do. Keys stay as they are (Reference 11).
    ///
    /// - Precondition: `task` is at least 1 and owns entries.
    public func warmStart(_ parameters: inout ParameterSet, task: Int) {
        precondition(task > 0 && (task + 1) * topK <= size, "entries of task \(task) of \(size)")
        let share = topK * parameters.tensors[Self.promptIndex].count / size
        for index in task * share..<(task + 1) * share {
            parameters.tensors[Self.promptIndex].values[index] =
                parameters.tensors[Self.promptIndex].values[index - share]
        }
    }

    /// Uniform in ±1.
    public func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet {
        drawn(for: configuration, from: stream) { $0.uniform(-1, 1) }
    }

    /// - Precondition: every block exists, and none has two prefixes.
    public func patches(for configuration: ViTConfiguration) -> [BlockPatch?] {
        var patches = Self.patches(of: configuration, on: blocks) {
            patch(configuration, position: $0)
        }
        for (position, block) in (general?.blocks ?? []).enumerated() {
            precondition(patches[block]?.prefix == nil, "two prefixes in block \(block)")
            let size = (general?.length ?? 0) * configuration.attentionWidth
            var patch = patches[block] ?? BlockPatch()
            patch.prefix = Prefix(
                length: general?.length ?? 0,
                KeysAndValues(
                    keys: ParameterSlice(index: 2, offset: 2 * position * size),
                    values: ParameterSlice(index: 2, offset: (2 * position + 1) * size)))
            patches[block] = patch
        }
        return patches
    }

    /// What the pool adds to the block at `position` of its list.
    private func patch(_ configuration: ViTConfiguration, position: Int) -> BlockPatch {
        switch insertion {
        case .prefix(let blocks):
            let rows = length * configuration.attentionWidth
            let entries = (0..<size).map { entry in
                let first = 2 * (entry * blocks.count + position) * rows
                return KeysAndValues(
                    keys: ParameterSlice(index: 1, offset: first),
                    values: ParameterSlice(index: 1, offset: first + rows))
            }
            return BlockPatch(prefix: Prefix(length: length, entries: entries, chosen: topK))
        case .tokens:
            let rows = length * configuration.width
            let entries = (0..<size).map { ParameterSlice(index: 1, offset: $0 * rows) }
            return BlockPatch(
                tokens: PromptTokens(length: length, entries: entries, chosen: topK))
        }
    }
}
