import Engine

/// The kernels of the linear algebra library.
public enum MatrixKernels {
    /// Lets the library use what the processor has, also where the library is older than the
    /// processor: then the program starts itself anew. To be called before anything else.
    public static func choose() { LinearAlgebra.useFittingKernels() }
}
