/// The weight of a linear layer, `[out, in]`, as a pass sees it: something that multiplies, and that
/// nothing can be written to.
///
/// Who multiplies by it does not know in what precision it is held: another precision is another case.
enum FrozenMatrix {
    /// Single precision.
    case float32(ReadOnlyMatrix)

    /// Which way round the weight W is.
    enum Side {
        /// `x · Wᵀ`: from the inputs of the layer to its outputs.
        case outputs
        /// `x · W`: from the outputs back to the inputs.
        case inputs
    }

    /// Computes `out = x · Wᵀ + beta · out`, or `out = x · W + beta · out`.
    ///
    /// - Parameters:
    ///   - x: `[R, in]` for `outputs`, `[R, out]` for `inputs`.
    ///   - result: `[R, out]` for `outputs`, `[R, in]` for `inputs`; other memory than `x`.
    func multiply(_ x: Matrix, to side: Side, into result: Matrix, beta: Float = 0) {
        switch (self, side) {
        case (.float32(let weight), .outputs):
            Engine.multiply(x, transposed: weight, into: result, beta: beta)
        case (.float32(let weight), .inputs):
            Engine.multiply(x, weight, into: result, beta: beta)
        }
    }

    /// The rows of `range`, which make the outputs of that range.
    func rows(_ range: Range<Int>) -> FrozenMatrix {
        switch self {
        case .float32(let weight): .float32(weight.rows(range))
        }
    }
}
