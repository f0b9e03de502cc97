/// A parameter-efficient tuning method: how its parameters act on the blocks of a frozen backbone.
/// Its encoding names everything that a result depends on.
public protocol PETMethod: Sendable, Encodable {
    /// The name in pipeline files.
    static var name: String { get }

    /// Checks that a model can have the method.
    func check(for configuration: ViTConfiguration) throws(PETError)

    /// Names and shapes of the parameters, in the order of their tensors.
    func parameterShapes(for configuration: ViTConfiguration) -> [(name: String, shape: [Int])]

    /// Parameters to begin training with.
    func initialParameters(
        for configuration: ViTConfiguration, stream: RandomStream
    ) -> ParameterSet

    /// Where the parameters act: a patch for each block, nil where the block is untouched.
    func patches(for configuration: ViTConfiguration) -> [BlockPatch?]
}

extension PETMethod {
    /// The patches of a model, made by `patch` for each position in `blocks`, nil elsewhere.
    ///
    /// - Precondition: every block exists.
    static func patches(
        of configuration: ViTConfiguration, on blocks: [Int], _ patch: (Int) -> BlockPatch
    ) -> [BlockPatch?] {
        precondition(
            (blocks.last ?? 0) < configuration.depth,
            "blocks \(blocks) of a model of depth \(configuration.depth)")
        var patches = [BlockPatch?](repeating: nil, count: configuration.depth)
        for (position, block) in blocks.enumerated() { patches[block] = patch(position) }
        return patches
    }

    /// Parameters drawn element by element, those of each tensor from the stream of its name.
    ///
    /// - Parameter names: the tensors that are drawn, the others being zero; nil for all.
    func drawn(
        for configuration: ViTConfiguration, from stream: RandomStream,
        only names: Set<String>? = nil, _ element: (inout RandomStream) -> Float
    ) -> ParameterSet {
        ParameterSet(
            parameterShapes(for: configuration).map { name, shape in
                guard names?.contains(name) ?? true else { return (name, Tensor(zeros: shape)) }
                var random = stream.split(name)
                let values = (0..<shape.reduce(1, *)).map { _ in element(&random) }
                return (name, Tensor(shape: shape, values))
            })
    }

    /// The number of scalars of one set of parameters.
    public func parameterCount(for configuration: ViTConfiguration) -> Int {
        parameterShapes(for: configuration).reduce(0) { $0 + $1.shape.reduce(1, *) }
    }
}

/// One set of parameters of a PET method: a slot of a model, or the shared set.
public struct PET: Sendable {
    /// What the parameters mean.
    public let method: any PETMethod
    /// The parameters, in the order of `parameterShapes`.
    public var parameters: ParameterSet

    /// Creates a set.
    public init(method: any PETMethod, parameters: ParameterSet) {
        self.method = method
        self.parameters = parameters
    }

    /// Creates a set with the method's initial parameters.
    public init(
        initial method: any PETMethod, for configuration: ViTConfiguration, stream: RandomStream
    ) {
        self.method = method
        parameters = method.initialParameters(for: configuration, stream: stream)
    }

    /// Returns `(1 - share) current + share mean(previous)`, element by element (Reference
    /// 7.4); `current` itself where there is nothing to merge.
    ///
    /// - Precondition: all sets have the names and shapes of `current`.
    public static func merged(_ current: PET, previous: [PET], share: Float) -> PET {
        guard !previous.isEmpty, share > 0 else { return current }
        for earlier in previous {
            precondition(
                earlier.parameters.names == current.parameters.names
                    && earlier.parameters.tensors.map(\.shape)
                        == current.parameters.tensors.map(\.shape),
                "merge of \(current.parameters.names) with \(earlier.parameters.names)")
        }
        var result = current
        for index in current.parameters.tensors.indices {
            var sums = [Float](repeating: 0, count: current.parameters.tensors[index].count)
            for earlier in previous {
                let values = earlier.parameters.tensors[index].values
                for element in sums.indices { sums[element] += values[element] }
            }
            let values = current.parameters.tensors[index].values
            result.parameters.tensors[index].values = zip(values, sums).map {
                (1 - share) * $0 + share * ($1 / Float(previous.count))
            }
        }
        return result
    }
}
