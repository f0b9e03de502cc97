import COpenBLAS

/// Computes `out = alpha · a · b + beta · out`.
///
/// Parallel work calls this once per group of pictures; the library itself runs on one thread
/// (see `Workers`).
///
/// - Parameters:
///   - a: `[M, K]`.
///   - b: `[K, N]`.
///   - out: `[M, N]`.
func multiply(
    _ a: Matrix, _ b: some ReadableMatrix, into out: Matrix, alpha: Float = 1, beta: Float = 0
) {
    check(a.rows, a.columns, b.rows, b.columns, out)
    product(a, CblasNoTrans, b, CblasNoTrans, a.columns, out, alpha, beta)
}

/// Computes `out = alpha · a · bᵀ + beta · out`.
///
/// - Parameters:
///   - a: `[M, K]`.
///   - b: `[N, K]`, the layout of a linear layer's weight.
///   - out: `[M, N]`.
func multiply(
    _ a: Matrix, transposed b: some ReadableMatrix, into out: Matrix, alpha: Float = 1,
    beta: Float = 0
) {
    check(a.rows, a.columns, b.columns, b.rows, out)
    product(a, CblasNoTrans, b, CblasTrans, a.columns, out, alpha, beta)
}

/// Computes `out = alpha · aᵀ · b + beta · out`.
///
/// - Parameters:
///   - a: `[K, M]`.
///   - b: `[K, N]`.
///   - out: `[M, N]`.
func multiply(
    transposed a: Matrix, _ b: Matrix, into out: Matrix, alpha: Float = 1, beta: Float = 0
) {
    check(a.columns, a.rows, b.rows, b.columns, out)
    product(a, CblasTrans, b, CblasNoTrans, a.rows, out, alpha, beta)
}

private func check(_ rows: Int, _ inner: Int, _ bRows: Int, _ columns: Int, _ out: Matrix) {
    precondition(
        inner == bRows && rows == out.rows && columns == out.columns,
        """
        product of [\(rows), \(inner)] and [\(bRows), \(columns)] \
        into [\(out.rows), \(out.columns)]
        """)
}

private func product(
    _ a: Matrix, _ aIs: CBLAS_TRANSPOSE, _ b: some ReadableMatrix, _ bIs: CBLAS_TRANSPOSE,
    _ inner: Int, _ out: Matrix, _ alpha: Float, _ beta: Float
) {
    guard out.rows > 0, out.columns > 0 else { return }
    BLAS.calling {
        cblas_sgemm(
            CblasRowMajor, aIs, bIs, Int32(out.rows), Int32(out.columns), Int32(inner), alpha,
            a.base, Int32(a.stride), b.first, Int32(b.stride), beta, out.base, Int32(out.stride))
    }
}

/// The linear algebra library, as far as results depend on it.
public enum LinearAlgebra {
    /// The processor kernels the library chose, for example `Cooperlake`. Results of different
    /// kernels differ in the last bits.
    public static var kernelName: String { String(cString: openblas_get_corename()) }

    /// The library's version and build options.
    public static var configuration: String { String(cString: openblas_get_config()) }

    /// Runs `body` with the library's own threads, for measurements of the library alone. No other
    /// work of the engine may run meanwhile.
    package static func withThreads<Result>(_ count: Int, _ body: () -> Result) -> Result {
        BLAS.singleThreaded
        openblas_set_num_threads(Int32(count))
        defer { openblas_set_num_threads(1) }
        return body()
    }
}
