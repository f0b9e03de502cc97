/// `y = (x - mean) / sqrt(variance + epsilon) · weight + bias`, row by row, with the population
/// variance.
struct LayerNorm<Role: LayerRole> {
    /// `[1, width]`.
    let weight: Role.Values
    /// `[1, width]`.
    let bias: Role.Values
    let epsilon: Float
}

extension LayerNorm<Frozen> {
    /// - Parameters:
    ///   - x: `[R, width]`.
    ///   - y: `[R, width]`, written.
    ///   - statistics: `[R, 2]`, written: mean and reciprocal deviation of each row.
    func forward(_ x: Matrix, into y: Matrix, statistics: Matrix) {
        LayerNormKernel.forward(
            x, weight: weight, bias: bias, epsilon: epsilon, into: y, statistics: statistics)
    }

    /// With n the normalised row and g = dy · weight: `dx += (g - mean(g) - n mean(g n)) / deviation`.
    ///
    /// - Parameter dx: `[R, width]`; holds the gradient that bypasses the layer.
    func backward(_ x: Matrix, statistics: Matrix, _ dy: Matrix, addingTo dx: Matrix) {
        LayerNormKernel.backward(
            x, weight: weight, statistics: statistics, dy: dy, addingTo: dx)
    }
}

extension LayerNorm<Gradient> {
    /// `y = n · weight + bias`, so `dWeight = Σ dy n` and `dBias = Σ dy`; both are added.
    func add(_ x: Matrix, statistics: Matrix, _ dy: Matrix) {
        LayerNormKernel.parametersBackward(
            x, statistics: statistics, dy: dy, dWeight: weight, dBias: bias)
    }
}
