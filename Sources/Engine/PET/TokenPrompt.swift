/// Learned tokens that join the input of one block and stay: shallow visual prompt tuning for block 0
/// (Jia et al., "Visual Prompt Tuning", 2022, sec. 3.2).
///
/// They have no position and stand behind the patches instead of after the class token, which changes no
/// result: attention does not see order.
public struct TokenPrompt: PETMethod, Hashable, Codable {
    public static let name = "token-prompt"

    /// Tokens.
    public let length: Int
    /// The block whose input they join.
    public let block: Int

    /// Creates a method.
    ///
    /// - Precondition: `length` is positive, `block` 0 or more.
    public init(length: Int, block: Int = 0) {
        PETError.require("length", length, blocks: [block])
        self.length = length
        self.block = block
    }

    public func check(for configuration: ViTConfiguration) throws(PETError) {
        try PETError.check("length", length, blocks: [block], depth: configuration.depth)
    }

    /// [length, width].
    public func parameterShapes(
        for configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        [("prompt_tokens", [length, configuration.width])]
    }

    /// Uniform in ±√(6 / (pixels of a patch + width)), as in the authors' programs.
    public func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet {
        let bound = (6 / Float(configuration.patchLength + configuration.width)).squareRoot()
        return drawn(for: configuration, from: stream) { $0.uniform(-bound, bound) }
    }

    /// - Precondition: the block exists.
    public func patches(for configuration: ViTConfiguration) -> [BlockPatch?] {
        Self.patches(of: configuration, on: [block]) { _ in
            BlockPatch(
                tokens: PromptTokens(length: length, ParameterSlice(index: 0, offset: 0)))
        }
    }
}
