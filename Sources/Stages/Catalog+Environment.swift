import Engine
import Glibc

extension Catalog {
    /// What is recorded with every artifact: results on processors with other kernels differ in the
    /// last bits.
    public static var environment: [String: String] {
        var name = [CChar](repeating: 0, count: 256)
        let host =
            gethostname(&name, name.count - 1) == 0
            ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            : ""
        return [
            "host": host, "blas-kernel": LinearAlgebra.kernelName,
            "blas-configuration": LinearAlgebra.configuration,
        ]
    }
}
