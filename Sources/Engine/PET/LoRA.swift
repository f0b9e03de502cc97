/// Low-rank additions to the keys and values of chosen blocks (Reference 4.1):
/// `k += (x A_k) B_k / rank` and `v += (x A_v) B_v / rank`, x the block's normalised input.
///
/// The product is always formed as `(x A) B`, never through a dense `A B`, in training, statistics
/// and evaluation alike, so that features agree to the bit.
///
/// ```swift
/// let lora = LoRA(rank: 5, blocks: [0, 1, 2, 3, 4])
/// lora.parameterShapes(for: .base16)[0].shape  // [5, 768, 5]
/// lora.parameterCount(for: .base16)  // 4 * 5 * 768 * 5
/// ```
public struct LoRA: PETMethod, Hashable, Codable {
    public static let name = "lora"

    /// The inner width.
    public let rank: Int
    /// The blocks it acts on, ascending.
    public let blocks: [Int]
    /// How A begins; nil as in the reference.
    public let initial: Start?

    /// How A begins where it does not as in the reference.
    public enum Start: String, Codable, Hashable, Sendable {
        /// Uniform in ±1/sqrt(width), as LoRA usually begins: the fan-in is that of the layer.
        case standard
    }

    /// Creates a method.
    ///
    /// - Precondition: `rank` is positive; `blocks` ascend without repetition from 0 or more.
    public init(rank: Int, blocks: [Int], initial: Start? = nil) {
        self.initial = initial
        PETError.require("rank", rank, blocks: blocks)
        self.rank = rank
        self.blocks = blocks
    }

    public func check(for configuration: ViTConfiguration) throws(PETError) {
        try PETError.check("rank", rank, blocks: blocks, depth: configuration.depth)
    }

    /// A [blocks, width, rank] and B [blocks, rank, attentionWidth], of keys and of values.
    public func parameterShapes(
        for configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        let down = [blocks.count, configuration.width, rank]
        let up = [blocks.count, rank, configuration.attentionWidth]
        return [
            ("lora_layer.k_lora_A", down), ("lora_layer.k_lora_B", up),
            ("lora_layer.v_lora_A", down), ("lora_layer.v_lora_B", up),
        ]
    }

    /// A uniform in ±1/sqrt(rank), whatever the width, unless `initial` says otherwise; B zero.
    public func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet {
        let fanIn = initial == .standard ? configuration.width : rank
        let bound = 1 / Float(fanIn).squareRoot()
        let factors: Set = ["lora_layer.k_lora_A", "lora_layer.v_lora_A"]
        return drawn(for: configuration, from: stream, only: factors) {
            bound * (2 * $0.uniform() - 1)
        }
    }

    /// - Precondition: every block exists.
    public func patches(for configuration: ViTConfiguration) -> [BlockPatch?] {
        let downSize = configuration.width * rank
        let upSize = rank * configuration.attentionWidth
        return Self.patches(of: configuration, on: blocks) { position in
            func delta(_ first: Int) -> LowRankDelta {
                LowRankDelta(
                    rank: rank, down: ParameterSlice(index: first, offset: position * downSize),
                    up: ParameterSlice(index: first + 1, offset: position * upSize),
                    scale: 1 / Float(rank))
            }
            return BlockPatch(keys: delta(0), values: delta(2))
        }
    }
}
