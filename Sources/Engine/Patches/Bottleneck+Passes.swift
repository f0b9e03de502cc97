/// The parameters of a bottleneck, or where their gradients are summed.
private struct BottleneckViews {
    /// `[width, inner]` and `[1, inner]`.
    let down: Matrix
    let downBias: Matrix
    /// `[inner, width]` and `[1, width]`.
    let up: Matrix
    let upBias: Matrix

    init(_ places: Bottleneck, _ vector: ParameterVector, width: Int) {
        func view(_ slice: ParameterSlice, _ rows: Int, _ columns: Int) -> Matrix {
            vector.matrix(slice.index, rows: rows, columns: columns, offset: slice.offset)
        }
        down = view(places.down, width, places.inner)
        downBias = view(places.downBias, 1, places.inner)
        up = view(places.up, places.inner, width)
        upBias = view(places.upBias, 1, width)
    }
}

extension Bottleneck {
    /// Adds `u = relu(a Wd + bd) Wu + bu` to `m`.
    ///
    /// - Parameters:
    ///   - a: `[Q, width]`.
    ///   - inner: `[Q, inner]`, written: after ReLU, kept for the backward pass.
    ///   - scratch: `[Q, width]`, overwritten.
    ///   - m: `[Q, width]`.
    func forward(
        _ a: Matrix, parameters: ParameterVector, inner z: Matrix, scratch u: Matrix,
        addingTo m: Matrix
    ) {
        let views = BottleneckViews(self, parameters, width: a.columns)
        z.fillRows(with: views.downBias)
        multiply(a, views.down, into: z, beta: 1)
        z.applyReLU()
        u.fillRows(with: views.upBias)
        multiply(z, views.up, into: u, beta: 1)
        m.add(u)
    }

    /// Adds the gradients of the parameters to `gradients`.
    ///
    /// - Parameters:
    ///   - a, inner: as in the forward pass.
    ///   - du: `[Q, width]`.
    ///   - dInner: `[Q, inner]`, written: the gradient before ReLU.
    func addGradients(
        _ a: Matrix, inner z: Matrix, _ du: Matrix, parameters: ParameterVector,
        gradients: ParameterVector, dInner dz: Matrix
    ) {
        let sums = BottleneckViews(self, gradients, width: a.columns)
        // u = z Wu + bu
        multiply(
            du, transposed: BottleneckViews(self, parameters, width: a.columns).up, into: dz)
        multiply(transposed: z, du, into: sums.up, beta: 1)
        sums.upBias.addColumnSums(of: du)
        // z = relu(a Wd + bd)
        dz.backThroughReLU(z)
        multiply(transposed: a, dz, into: sums.down, beta: 1)
        sums.downBias.addColumnSums(of: dz)
    }

    /// `z = relu(a Wd + bd)`, so `da += dz Wdᵀ` with dz before ReLU.
    func backward(_ dz: Matrix, parameters: ParameterVector, addingTo da: Matrix) {
        multiply(
            dz, transposed: BottleneckViews(self, parameters, width: da.columns).down, into: da,
            beta: 1)
    }
}
