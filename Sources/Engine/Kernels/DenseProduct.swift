import COpenBLAS

/// A row-major matrix of `Double`, for statistics and losses that are computed in double.
struct DoubleMatrix: Sendable, Equatable {
    /// The number of rows.
    var rows: Int
    /// The number of columns.
    var columns: Int
    /// The elements, row by row.
    var values: [Double]

    /// Creates a matrix of zeros.
    init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, [Double](repeating: 0, count: rows * columns))
    }

    /// Creates a matrix from its elements.
    ///
    /// - Precondition: there are `rows * columns` of them.
    init(rows: Int, columns: Int, _ values: [Double]) {
        precondition(
            values.count == rows * columns, "\(values.count) elements for [\(rows), \(columns)]")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Converts a tensor of rank 2.
    init(_ tensor: Tensor) {
        precondition(tensor.shape.count == 2, "a matrix from shape \(tensor.shape)")
        self.init(rows: tensor.shape[0], columns: tensor.shape[1], tensor.values.map(Double.init))
    }

    /// Rounds to a tensor `[rows, columns]`.
    var tensor: Tensor { Tensor(shape: [rows, columns], values.map { Float($0) }) }

    /// Returns row `index`.
    func row(_ index: Int) -> ArraySlice<Double> {
        values[index * columns..<(index + 1) * columns]
    }

    /// Adds `factor · a · b` to the matrix, where either may be transposed first.
    ///
    /// - Parameters:
    ///   - a: `[M, K]`, or `[K, M]` when `transposingA`.
    ///   - b: `[K, N]`, or `[N, K]` when `transposingB`.
    /// - Precondition: the matrix is `[M, N]` and the sizes agree.
    mutating func addProduct(
        _ a: DoubleMatrix, _ b: DoubleMatrix, transposingA: Bool = false,
        transposingB: Bool = false, factor: Double = 1
    ) {
        let inner = transposingA ? a.rows : a.columns
        precondition(
            rows == (transposingA ? a.columns : a.rows)
                && columns == (transposingB ? b.rows : b.columns)
                && inner == (transposingB ? b.columns : b.rows),
            "[\(a.rows), \(a.columns)] · [\(b.rows), \(b.columns)] into [\(rows), \(columns)]")
        guard rows > 0, columns > 0, inner > 0 else { return }
        cblas_dgemm(
            CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans,
            transposingB ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), Int32(inner),
            factor, a.values, Int32(a.columns), b.values, Int32(b.columns), 1, &values,
            Int32(columns))
    }
}
