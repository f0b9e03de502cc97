/// Low-rank additions to the keys and values of chosen blocks (spec section 6.1):
/// `k += (x A_k) B_k / rank` and `v += (x A_v) B_v / rank`, x the block's normalised input.
///
/// The product is always formed as `(x A) B`, never through a dense `A B`, in training, statistics
/// and evaluation alike, so that features agree to the bit.
public struct LoRA: PETMethod, Hashable, Codable {
    public static let name = "lora"

    /// The inner width.
    public let rank: Int
    /// The blocks it acts on, ascending.
    public let blocks: [Int]

    /// Creates a method.
    ///
    /// - Precondition: `rank` is positive; `blocks` ascend without repetition from 0 or more.
    public init(rank: Int, blocks: [Int]) {
        precondition(rank > 0, "rank \(rank)")
        precondition(
            zip(blocks, blocks.dropFirst()).allSatisfy(<) && (blocks.first ?? 0) >= 0,
            "blocks \(blocks)")
        self.rank = rank
        self.blocks = blocks
    }

    /// Creates a method for a model.
    ///
    /// - Throws: `LoRAError` where the rank is not positive, or blocks repeat, descend or do not exist.
    public init(
        rank: Int, blocks: [Int], for configuration: ViTConfiguration
    ) throws(LoRAError) {
        guard rank > 0 else { throw .rankNotPositive(rank) }
        for (block, next) in zip(blocks, blocks.dropFirst()) where block >= next {
            throw .blocksNotAscending(block, next)
        }
        for block in blocks where !(0..<configuration.depth).contains(block) {
            throw .noSuchBlock(block, depth: configuration.depth)
        }
        self.init(rank: rank, blocks: blocks)
    }

    /// A [blocks, width, rank] and B [blocks, rank, width], of keys and of values.
    public func parameterShapes(
        for configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        let down = [blocks.count, configuration.width, rank]
        let up = [blocks.count, rank, configuration.width]
        return [
            ("lora_layer.k_lora_A", down), ("lora_layer.k_lora_B", up),
            ("lora_layer.v_lora_A", down), ("lora_layer.v_lora_B", up),
        ]
    }

    /// A uniform in ±1/sqrt(rank), whatever the width; B zero.
    public func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet {
        let bound = 1 / Float(rank).squareRoot()
        return ParameterSet(
            parameterShapes(for: configuration).map { name, shape in
                guard name.hasSuffix("_A") else { return (name, Tensor(zeros: shape)) }
                var random = stream.split(name)
                let values = (0..<shape.reduce(1, *)).map { _ in
                    bound * (2 * random.uniform() - 1)
                }
                return (name, Tensor(shape: shape, values))
            })
    }

    /// - Precondition: every block exists.
    public func patches(for configuration: ViTConfiguration) -> [BlockPatch?] {
        precondition(
            (blocks.last ?? 0) < configuration.depth,
            "blocks \(blocks) of a model of depth \(configuration.depth)")
        var patches = [BlockPatch?](repeating: nil, count: configuration.depth)
        let size = configuration.width * rank
        for (position, block) in blocks.enumerated() {
            func delta(_ first: Int) -> LowRankDelta {
                LowRankDelta(
                    rank: rank, down: ParameterSlice(index: first, offset: position * size),
                    up: ParameterSlice(index: first + 1, offset: position * size),
                    scale: 1 / Float(rank))
            }
            patches[block] = BlockPatch(keys: delta(0), values: delta(2))
        }
        return patches
    }
}

/// A LoRA that a model cannot have.
public enum LoRAError: Error, Hashable, CustomStringConvertible {
    /// The rank is zero or negative.
    case rankNotPositive(Int)
    /// Two neighbours in the list of blocks are not in ascending order.
    case blocksNotAscending(Int, Int)
    /// The model has fewer blocks.
    case noSuchBlock(Int, depth: Int)

    public var description: String {
        switch self {
        case .rankNotPositive(let rank): "rank must be positive, not \(rank)"
        case .blocksNotAscending(let block, let next):
            "blocks must ascend, but \(next) follows \(block)"
        case .noSuchBlock(let block, let depth):
            "block \(block) does not exist in a model of \(depth) blocks, 0 to \(depth - 1)"
        }
    }
}
