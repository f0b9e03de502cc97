/// `y = x · weightᵀ + bias`, or without a bias; also the place where its gradients are summed.
struct Linear {
    /// `[out, in]`.
    let weight: Matrix
    /// `[1, out]`, or nil.
    let bias: Matrix?

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
        multiply(x, transposed: weight, into: y, beta: bias == nil ? 0 : 1)
    }

    /// Writes `residual + result` to `y`.
    ///
    /// - Parameters:
    ///   - x: `[R, in]`.
    ///   - residual: `[R, out]`, other memory than `y`.
    func forward(_ x: Matrix, addingTo residual: Matrix, into y: Matrix) {
        if let bias { y.setSum(of: residual, andRow: bias) } else { y.copy(from: residual) }
        multiply(x, transposed: weight, into: y, beta: 1)
    }

    /// `y = x Wᵀ + b`, so `dx = dy W`.
    ///
    /// - Parameters:
    ///   - dy: `[R, out]`.
    ///   - dx: `[R, in]`, written, or added to when `beta` is 1.
    func backward(_ dy: Matrix, into dx: Matrix, beta: Float = 0) {
        multiply(dy, weight, into: dx, beta: beta)
    }

    /// `y = x Wᵀ + b`, so `dW = dyᵀ x` and `db = Σ dy`; both are added to this value's matrices.
    func addGradients(_ x: Matrix, _ dy: Matrix) {
        multiply(transposed: dy, x, into: weight, beta: 1)
        bias?.addColumnSums(of: dy)
    }
}
