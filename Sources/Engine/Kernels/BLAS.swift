import CKernels
import COpenBLAS

/// The one way into the linear algebra library.
enum BLAS {
    /// The library runs on the caller's thread alone, so that results never depend on its threads.
    static let singleThreaded: Void = openblas_set_num_threads(1)

    /// Runs `body`, a call of the library. At most as many threads are inside as the library can
    /// serve; the others wait.
    @inline(__always)
    static func calling(_ body: () -> Void) {
        singleThreaded
        ck_gate_enter()
        body()
        ck_gate_leave()
    }
}
