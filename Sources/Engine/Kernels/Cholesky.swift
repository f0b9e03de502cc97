import COpenBLAS

/// The columns that are factored before the rest of the matrix is brought up to date.
private let panelWidth = 64

/// Returns the lower triangular L with `L Lᵀ = a`, zero above the diagonal.
///
/// - Parameters:
///   - a: symmetric, `[D, D]`; only the lower half is read.
///   - smallestPivot: a lower bound, known in advance, of the eigenvalues of `a`. The squares of L's
///     diagonal are never below it in exact arithmetic; where rounding takes one there, the bound
///     stands in for it.
/// - Precondition: `a` is square and `smallestPivot` positive.
package func choleskyFactor(of a: DoubleMatrix, smallestPivot: Double) -> DoubleMatrix {
    precondition(a.rows == a.columns && smallestPivot > 0, "factor of [\(a.rows), \(a.columns)]")
    let size = a.rows
    var result = a
    result.values.withUnsafeMutableBufferPointer { buffer in
        guard let factor = buffer.baseAddress else { return }
        for start in stride(from: 0, to: size, by: panelWidth) {
            let width = min(panelWidth, size - start)
            subtractEarlierColumns(factor, size, start, width)
            factorPanel(factor, size, start, width, smallestPivot)
        }
        for row in 0..<size {
            for column in (row + 1)..<max(size, row + 1) { factor[row * size + column] = 0 }
        }
    }
    return result
}

/// A[start..., panel] −= L[start..., ..<start] · L[panel, ..<start]ᵀ; `factor` holds L and A.
private func subtractEarlierColumns(
    _ factor: UnsafeMutablePointer<Double>, _ size: Int, _ start: Int, _ width: Int
) {
    guard start > 0 else { return }
    let rows = factor + start * size
    BLAS.calling {
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(size - start), Int32(width),
            Int32(start), -1, rows, Int32(size), rows, Int32(size), 1, rows + start, Int32(size))
    }
}

/// Factors the columns of one panel, whose earlier columns are already subtracted. In the square on
/// the diagonal L_jj = √(A_jj − Σ L_jk²), L_ij = (A_ij − Σ L_ik L_jk) / L_jj with k over the panel
/// before j; the rows below solve X Lᵀ = A for that square L.
private func factorPanel(
    _ factor: UnsafeMutablePointer<Double>, _ size: Int, _ start: Int, _ width: Int,
    _ smallestPivot: Double
) {
    let end = start + width
    for j in start..<end {
        let before = Int32(j - start)
        let row = factor + j * size + start
        let pivot = factor[j * size + j] - cblas_ddot(before, row, 1, row, 1)
        let diagonal = max(pivot, smallestPivot).squareRoot()
        factor[j * size + j] = diagonal
        for i in (j + 1)..<max(end, j + 1) {
            let dot = cblas_ddot(before, factor + i * size + start, 1, row, 1)
            factor[i * size + j] = (factor[i * size + j] - dot) / diagonal
        }
    }
    guard end < size else { return }
    BLAS.calling {
        cblas_dtrsm(
            CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(size - end),
            Int32(width), 1, factor + start * size + start, Int32(size),
            factor + end * size + start, Int32(size))
    }
}
