/// `y = x · weightᵀ + bias`, or without a bias.
struct Linear<Role: LayerRole> {
    /// `[out, in]`.
    let weight: Role.Weight
    /// `[1, out]`, or nil.
    let bias: Role.Values?
}

extension Linear<Frozen> {
    /// The rows of the weight, and the elements of the bias, that make the outputs of `range`.
    func outputs(_ range: Range<Int>) -> Linear {
        Linear(weight: weight.rows(range), bias: bias?.columns(range))
    }

    /// Writes the result to `y`.
    ///
    /// `y` is filled with the bias and the product added to it: the library would fill it with zeros
    /// otherwise, so the bias costs nothing.
    ///
    /// - Parameters:
    ///   - x: `[R, in]`.
    ///   - y: `[R, out]`.
    func forward(_ x: Matrix, into y: Matrix) {
        if let bias { y.fillRows(with: bias) }
        weight.multiply(x, to: .outputs, into: y, beta: bias == nil ? 0 : 1)
    }

    /// Writes `residual + result` to `y`.
    ///
    /// - Parameters:
    ///   - x: `[R, in]`.
    ///   - residual: `[R, out]`, other memory than `y`.
    func forward(_ x: Matrix, addingTo residual: some ReadableMatrix, into y: Matrix) {
        if let bias { y.setSum(of: residual, andRow: bias) } else { y.copy(from: residual) }
        weight.multiply(x, to: .outputs, into: y, beta: 1)
    }

    /// `y = x Wᵀ + b`, so `dx = dy W`.
    ///
    /// - Parameters:
    ///   - dy: `[R, out]`.
    ///   - dx: `[R, in]`, written, or added to when `beta` is 1.
    func backward(_ dy: Matrix, into dx: Matrix, beta: Float = 0) {
        weight.multiply(dy, to: .inputs, into: dx, beta: beta)
    }
}

extension Linear<Gradient> {
    /// The gradients of what makes the outputs of `range`.
    func outputs(_ range: Range<Int>) -> Linear {
        Linear(weight: weight.rows(range), bias: bias?.columns(range))
    }

    /// `y = x Wᵀ + b`, so `dW = dyᵀ x` and `db = Σ dy`; both are added.
    func add(_ x: Matrix, _ dy: Matrix) {
        multiply(transposed: dy, x, into: weight, beta: 1)
        bias?.addColumnSums(of: dy)
    }
}
