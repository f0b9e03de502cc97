import COpenBLAS

/// A row-major matrix of `Double`, for statistics and losses that are computed in double.
public struct DoubleMatrix: Sendable, Equatable {
    /// The number of rows.
    public let rows: Int
    /// The number of columns.
    public let columns: Int
    /// The elements, row by row.
    public var values: [Double]

    /// Creates a matrix of zeros.
    public init(rows: Int, columns: Int) {
        self.init(rows: rows, columns: columns, [Double](repeating: 0, count: rows * columns))
    }

    /// Creates a matrix from its elements.
    ///
    /// - Precondition: there are `rows * columns` of them.
    public init(rows: Int, columns: Int, _ values: [Double]) {
        precondition(
            values.count == rows * columns, "\(values.count) elements for [\(rows), \(columns)]")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Converts a tensor of rank 2.
    public init(_ tensor: Tensor) {
        precondition(tensor.shape.count == 2, "a matrix from shape \(tensor.shape)")
        self.init(rows: tensor.shape[0], columns: tensor.shape[1], tensor.values.map(Double.init))
    }

    /// Rounds to a tensor `[rows, columns]`.
    public var tensor: Tensor { Tensor(shape: [rows, columns], values.map { Float($0) }) }

    /// Returns row `index`.
    public func row(_ index: Int) -> ArraySlice<Double> {
        values[index * columns..<(index + 1) * columns]
    }

    /// Adds `factor · a · b` to the matrix, where either may be transposed first.
    ///
    /// - Parameters:
    ///   - a: `[M, K]`, or `[K, M]` when `transposingA`.
    ///   - b: `[K, N]`, or `[N, K]` when `transposingB`.
    /// - Precondition: the matrix is `[M, N]` and the sizes agree.
    package mutating func addProduct(
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
        BLAS.calling {
            cblas_dgemm(
                CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans,
                transposingB ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns),
                Int32(inner), factor, a.values, Int32(a.columns), b.values, Int32(b.columns), 1,
                &values, Int32(columns))
        }
    }
}

extension Tensor {
    /// Returns `op(a) · op(b)` for tensors of rank 2, where either may be transposed first.
    ///
    /// - Parameters:
    ///   - a: `[M, K]`, or `[K, M]` when `transposingA`.
    ///   - b: `[K, N]`, or `[N, K]` when `transposingB`.
    /// - Returns: `[M, N]`.
    /// - Precondition: both have rank 2 and agree on K.
    static func product(
        _ a: Tensor, _ b: Tensor, transposingA: Bool = false, transposingB: Bool = false
    ) -> Tensor {
        precondition(a.shape.count == 2 && b.shape.count == 2, "\(a.shape) · \(b.shape)")
        let rows = a.shape[transposingA ? 1 : 0]
        let inner = a.shape[transposingA ? 0 : 1]
        let columns = b.shape[transposingB ? 0 : 1]
        precondition(inner == b.shape[transposingB ? 1 : 0], "\(a.shape) · \(b.shape)")
        var result = Tensor(zeros: [rows, columns])
        guard rows > 0, columns > 0, inner > 0 else { return result }
        BLAS.calling {
            cblas_sgemm(
                CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans,
                transposingB ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns),
                Int32(inner), 1, a.values, Int32(a.shape[1]), b.values, Int32(b.shape[1]), 0,
                &result.values, Int32(columns))
        }
        return result
    }

    /// Replaces each row x by `L x`, where L is lower triangular.
    ///
    /// - Parameter lower: L, `[D, D]`; what stands above its diagonal is not read.
    /// - Precondition: the tensor is `[n, D]`.
    mutating func multiplyRows(byLowerTriangle lower: Tensor) {
        precondition(
            shape.count == 2 && lower.shape == [shape[1], shape[1]],
            "rows of \(shape) by \(lower.shape)")
        guard count > 0 else { return }
        let (rows, width) = (Int32(shape[0]), Int32(shape[1]))
        BLAS.calling {
            cblas_strmm(
                CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, rows, width, 1,
                lower.values, width, &values, width)
        }
    }
}
