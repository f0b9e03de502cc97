/// Bottlenecks after the attention of chosen blocks (Reference 4.2): with a the output of the
/// attention's projection, `x += a + relu(a W_down + b_down) W_up + b_up`. The MLP has none.
public struct Adapter: PETMethod, Hashable, Codable {
    public static let name = "adapter"

    /// The inner width.
    public let bottleneck: Int
    /// The blocks it acts on, ascending.
    public let blocks: [Int]

    /// Creates a method.
    ///
    /// - Precondition: `bottleneck` is positive; `blocks` ascend without repetition from 0 or more.
    public init(bottleneck: Int, blocks: [Int]) {
        PETError.require("bottleneck", bottleneck, blocks: blocks)
        self.bottleneck = bottleneck
        self.blocks = blocks
    }

    public func check(for configuration: ViTConfiguration) throws(PETError) {
        try PETError.check("bottleneck", bottleneck, blocks: blocks, depth: configuration.depth)
    }

    /// W_down [blocks, width, bottleneck], b_down [blocks, bottleneck], W_up [blocks, bottleneck,
    /// width] and b_up [blocks, width].
    public func parameterShapes(
        for configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        let width = configuration.width
        return [
            ("adapters.down_proj", [blocks.count, width, bottleneck]),
            ("adapters.down_bias", [blocks.count, bottleneck]),
            ("adapters.up_proj", [blocks.count, bottleneck, width]),
            ("adapters.up_bias", [blocks.count, width]),
        ]
    }

    /// W_down normal with variance 1 / (3 bottleneck), whatever the width; the rest zero.
    public func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet {
        let deviation = 1 / (3 * Float(bottleneck)).squareRoot()
        return drawn(for: configuration, from: stream, only: ["adapters.down_proj"]) {
            deviation * $0.normal()
        }
    }

    /// - Precondition: every block exists.
    public func patches(for configuration: ViTConfiguration) -> [BlockPatch?] {
        let width = configuration.width
        return Self.patches(of: configuration, on: blocks) { position in
            func slice(_ index: Int, size: Int) -> ParameterSlice {
                ParameterSlice(index: index, offset: position * size)
            }
            return BlockPatch(
                bottleneck: Bottleneck(
                    inner: bottleneck, down: slice(0, size: width * bottleneck),
                    downBias: slice(1, size: bottleneck), up: slice(2, size: bottleneck * width),
                    upBias: slice(3, size: width)))
        }
    }
}
