import CKernels
import Glibc

extension LinearAlgebra {
    /// What vectors the processor has, as `ck_vector_level` says.
    package enum VectorLevel: Int32 {
        case none = 0
        case eight = 1
        case sixteen = 2

        package static var ofThisMachine: VectorLevel {
            VectorLevel(rawValue: ck_vector_level()) ?? .none
        }
    }

    /// The setting of the library that names its processor kernels.
    private static let setting = "OPENBLAS_CORETYPE"

    /// The kernels of processors without AVX. The library takes `Prescott`, five times slower than
    /// what the processor can, on every processor that is newer than the library.
    private static let oldKernels: Set<String> = [
        "Unknown", "Katmai", "Coppermine", "Northwood", "Prescott", "Banias", "Atom", "Core2",
        "Penryn", "Dunnington", "Nehalem", "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Nano",
        "Bobcat", "Generic",
    ]

    /// The kernels to ask for where the library chose some that do not fit; nil where they do.
    package static func fittingKernels(chosen: String, _ level: VectorLevel) -> String? {
        guard oldKernels.contains(chosen) else { return nil }
        switch level {
        case .none: return nil
        case .eight: return "Haswell"
        case .sixteen: return "SkylakeX"
        }
    }

    /// Starts the program anew with kernels that fit the processor, where the library did not know it:
    /// the library chooses while it is loaded and reads the environment then alone.
    ///
    /// Returns where there is nothing to mend, where the user has chosen, and where the system does
    /// not let the program start itself. To be called first, while there is one thread.
    public static func useFittingKernels() {
        guard getenv(setting).map({ $0.pointee == 0 }) ?? true,
            let kernels = fittingKernels(chosen: kernelName, .ofThisMachine),
            setenv(setting, kernels, 1) == 0
        else { return }
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        if readlink("/proc/self/exe", &path, path.count - 1) > 0 {
            execv(path, CommandLine.unsafeArgv)
        }
        // The program's file was moved or removed since it started.
        execv("/proc/self/exe", CommandLine.unsafeArgv)
        unsetenv(setting)
    }
}
