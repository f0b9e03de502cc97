import Engine

/// The patches of several methods at once.
struct SeveralMethods: PETMethod {
    static let name = "several"
    let methods: [any PETMethod]

    init(_ methods: [any PETMethod]) { self.methods = methods }

    func encode(to encoder: any Encoder) throws {}

    func check(for configuration: ViTConfiguration) throws(PETError) {
        for method in methods { try method.check(for: configuration) }
    }

    func parameterShapes(
        for configuration: ViTConfiguration
    ) -> [(name: String, shape: [Int])] {
        methods.flatMap { $0.parameterShapes(for: configuration) }
    }

    func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet {
        ParameterSet(parameterShapes(for: configuration).map { ($0.name, Tensor(zeros: $0.shape)) })
    }

    func patches(for configuration: ViTConfiguration) -> [BlockPatch?] {
        var patches = [BlockPatch?](repeating: nil, count: configuration.depth)
        var first = 0
        for method in methods {
            for (block, patch) in method.patches(for: configuration).enumerated() {
                guard let patch else { continue }
                patches[block] = (patches[block] ?? BlockPatch()).adding(patch, from: first)
            }
            first += method.parameterShapes(for: configuration).count
        }
        return patches
    }
}

extension BlockPatch {
    /// The insertions of another method whose first tensor has the index `first`.
    fileprivate func adding(_ other: BlockPatch, from first: Int) -> BlockPatch {
        func moved(_ slice: ParameterSlice) -> ParameterSlice {
            ParameterSlice(index: slice.index + first, offset: slice.offset)
        }
        func moved(_ delta: LowRankDelta) -> LowRankDelta {
            LowRankDelta(
                rank: delta.rank, down: moved(delta.down), up: moved(delta.up), scale: delta.scale)
        }
        // A pool would need a selection for each of its methods.
        return BlockPatch(
            keys: other.keys.map(moved) ?? keys, values: other.values.map(moved) ?? values,
            tokens: other.tokens.map {
                PromptTokens(length: $0.length, moved($0.entries[0]))
            } ?? tokens,
            prefix: other.prefix.map {
                Prefix(
                    length: $0.length,
                    KeysAndValues(
                        keys: moved($0.entries[0].keys), values: moved($0.entries[0].values)))
            } ?? prefix,
            bottleneck: other.bottleneck.map {
                Bottleneck(
                    inner: $0.inner, down: moved($0.down), downBias: moved($0.downBias),
                    up: moved($0.up), upBias: moved($0.upBias))
            } ?? bottleneck)
    }
}
