import CKernels

// Element-wise kernels on views. Shapes are checked here, once, because C does not.

extension Matrix {
    /// The element `[row, column]`.
    subscript(_ row: Int, _ column: Int) -> Float {
        get { base[row * stride + column] }
        nonmutating set { base[row * stride + column] = newValue }
    }

    /// Sets every row to `row`, `[1, columns]`.
    func fillRows(with row: some ReadableMatrix) {
        check(row.columns == columns, row)
        ck_fill_rows(rows, columns, row.first, base, stride)
    }

    /// Sets this matrix to `x` plus `row`, `[1, columns]`, in every row.
    func setSum(of x: some ReadableMatrix, andRow row: some ReadableMatrix) {
        check(x.rows == rows && x.columns == columns && row.columns == columns, x)
        ck_add_bias(rows, columns, x.first, x.stride, row.first, base, stride)
    }

    /// Adds `x`, of the same size.
    func add(_ x: Matrix) {
        check(x.rows == rows && x.columns == columns, x)
        ck_add_rows(rows, columns, x.base, x.stride, base, stride)
    }

    /// Sets this matrix to `a - b`, all of the same size.
    func setDifference(of a: Matrix, minus b: Matrix) {
        check(a.rows == rows && a.columns == columns, a)
        check(b.rows == rows && b.columns == columns, b)
        ck_subtract_rows(rows, columns, a.base, a.stride, b.base, b.stride, base, stride)
    }

    /// Adds the sum of the rows of `x` to this row, `[1, columns]`.
    func addColumnSums(of x: Matrix) {
        check(x.columns == columns, x)
        ck_add_column_sums(x.rows, columns, x.base, x.stride, base)
    }

    /// Multiplies element by element with `x`, of the same size; both contiguous.
    func multiply(by x: Matrix) {
        check(x.rows == rows && x.columns == columns && x.isContiguous && isContiguous, x)
        ck_multiply(rows * columns, x.base, base)
    }

    /// Applies an activation to every element of this contiguous matrix.
    func apply(_ activation: Activation) {
        check(isContiguous, self)
        switch activation {
        case .gelu: ck_gelu(rows * columns, base)
        case .relu: applyReLU()
        }
    }

    /// Writes the activation of every element to `out` and replaces the element by the derivative
    /// there; both contiguous.
    func apply(_ activation: Activation, valuesInto out: Matrix) {
        check(out.rows == rows && out.columns == columns && out.isContiguous && isContiguous, out)
        switch activation {
        case .gelu: ck_gelu_with_derivative(rows * columns, base, out.base)
        case .relu: ck_relu_with_derivative(rows * columns, base, out.base)
        }
    }

    /// Replaces every element by its positive part. What is not a number stays none.
    func applyReLU() { ck_relu(rows, columns, base, stride) }

    /// Takes this gradient back through the ReLU whose result was `activated`.
    func backThroughReLU(_ activated: Matrix) {
        check(activated.rows == rows && activated.columns == columns, activated)
        ck_relu_backward(rows, columns, activated.base, activated.stride, base, stride)
    }

    /// Replaces every row by its softmax.
    func applySoftmax() { ck_softmax(rows, columns, base, stride) }

    /// Takes this gradient back through the softmax whose result was `probabilities`.
    func backThroughSoftmax(_ probabilities: Matrix) {
        check(probabilities.rows == rows && probabilities.columns == columns, probabilities)
        ck_softmax_backward(
            rows, columns, probabilities.base, probabilities.stride, base, stride)
    }

    /// Cuts one picture into its patches.
    ///
    /// - Parameter picture: `[1, channels · size · size]`.
    func setPatches(of picture: Matrix, channels: Int, size: Int, patch: Int) {
        let grid = size / patch
        check(
            rows == grid * grid && columns == channels * patch * patch
                && picture.columns == channels * size * size && isContiguous, picture)
        ck_patches(channels, size, patch, picture.base, base)
    }

    private func check(_ condition: Bool, _ other: some ReadableMatrix) {
        precondition(
            condition, "[\(rows), \(columns)] does not fit [\(other.rows), \(other.columns)]")
    }
}

/// The kernels of layer normalisation; `LayerNorm` says what they compute.
enum LayerNormKernel {
    /// `statistics`: `[rows, 2]`, written: mean and reciprocal standard deviation.
    static func forward(
        _ x: Matrix, weight: some ReadableMatrix, bias: some ReadableMatrix, epsilon: Float,
        into out: Matrix, statistics: Matrix
    ) {
        precondition(
            x.rows == out.rows && x.columns == out.columns && weight.columns == x.columns
                && bias.columns == x.columns && statistics.rows >= x.rows
                && statistics.stride == 2, "layer norm of [\(x.rows), \(x.columns)]")
        ck_layer_norm(
            x.rows, x.columns, x.base, x.stride, weight.first, bias.first, epsilon, out.base,
            out.stride, statistics.base)
    }

    /// Adds the gradient with respect to `x` to `dx`.
    static func backward(
        _ x: Matrix, weight: some ReadableMatrix, statistics: Matrix, dy: Matrix,
        addingTo dx: Matrix
    ) {
        precondition(
            x.rows == dy.rows && x.rows == dx.rows && x.columns == dy.columns
                && x.columns == dx.columns && weight.columns == x.columns
                && statistics.rows >= x.rows && statistics.stride == 2,
            "layer norm of [\(x.rows), \(x.columns)], gradient [\(dy.rows), \(dy.columns)]")
        ck_layer_norm_backward(
            x.rows, x.columns, x.base, x.stride, weight.first, statistics.base, dy.base, dy.stride,
            dx.base, dx.stride)
    }

    /// Adds the gradients of weight and bias.
    static func parametersBackward(
        _ x: Matrix, statistics: Matrix, dy: Matrix, dWeight: Matrix, dBias: Matrix
    ) {
        precondition(
            x.rows == dy.rows && x.columns == dy.columns && dWeight.columns == x.columns
                && dBias.columns == x.columns,
            "layer norm of [\(x.rows), \(x.columns)], gradient [\(dy.rows), \(dy.columns)]")
        ck_layer_norm_parameters_backward(
            x.rows, x.columns, x.base, x.stride, statistics.base, dy.base, dy.stride, dWeight.base,
            dBias.base)
    }
}

/// Computes `out = x · weightᵀ + bias` so that the bits of a row do not depend on the other rows.
///
/// - Parameters:
///   - x: `[rows, width]`, contiguous. `weight`: `[classes, width]`. `bias`: `[1, classes]`.
///   - out: `[rows, classes]`, contiguous.
func linearByRow(_ x: Matrix, weight: Matrix, bias: Matrix, into out: Matrix) {
    precondition(
        x.columns == weight.columns && bias.columns == weight.rows && out.rows == x.rows
            && out.columns == weight.rows && x.isContiguous && out.isContiguous,
        "linear of [\(x.rows), \(x.columns)] by [\(weight.rows), \(weight.columns)]")
    ck_linear(x.rows, x.columns, weight.rows, x.base, weight.base, bias.base, out.base)
}
