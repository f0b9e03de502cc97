extension LowRankDelta {
    private func down(_ vector: ParameterVector, inputs: Int) -> Matrix {
        vector.matrix(down.index, rows: inputs, columns: rank, offset: down.offset)
    }

    private func up(_ vector: ParameterVector, outputs: Int) -> Matrix {
        vector.matrix(up.index, rows: rank, columns: outputs, offset: up.offset)
    }

    /// Adds `scale (x A) B` to `y`.
    ///
    /// - Parameters:
    ///   - x: `[R, in]`.
    ///   - inner: `[R, rank]`, written: `x A`, kept for the backward pass.
    ///   - y: `[R, out]`.
    func forward(_ x: Matrix, parameters: ParameterVector, inner: Matrix, addingTo y: Matrix) {
        multiply(x, down(parameters, inputs: x.columns), into: inner)
        multiply(inner, up(parameters, outputs: y.columns), into: y, alpha: scale, beta: 1)
    }

    /// Adds the gradients of A and B to `gradients`.
    ///
    /// - Parameters:
    ///   - x: `[R, in]`.
    ///   - inner: `[R, rank]` from the forward pass.
    ///   - dy: `[R, out]`.
    ///   - dInner: `[R, rank]`, written.
    func addGradients(
        _ x: Matrix, inner: Matrix, _ dy: Matrix, parameters: ParameterVector,
        gradients: ParameterVector, dInner: Matrix
    ) {
        // y += scale u B with u = x A
        multiply(dy, transposed: up(parameters, outputs: dy.columns), into: dInner, alpha: scale)
        multiply(
            transposed: inner, dy, into: up(gradients, outputs: dy.columns), alpha: scale,
            beta: 1)
        multiply(transposed: x, dInner, into: down(gradients, inputs: x.columns), beta: 1)
    }

    /// `u = x A`, so `dx += du Aᵀ`.
    func backward(_ dInner: Matrix, parameters: ParameterVector, addingTo dx: Matrix) {
        multiply(dInner, transposed: down(parameters, inputs: dx.columns), into: dx, beta: 1)
    }
}
