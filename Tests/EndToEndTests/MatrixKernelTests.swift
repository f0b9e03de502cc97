import Foundation
import TestSupport
import Testing

/// Which kernels of the linear algebra library a run uses: those that the processor can run, also where
/// the library is older than the processor, or those that the user names.
@Suite struct MatrixKernelTests {
    private static let hasWideVectors =
        ((try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? "")
        .split(separator: "\n").first { $0.hasPrefix("flags") }
        .map { Set($0.split(separator: " ")).isSuperset(of: ["avx2", "fma"]) } ?? false

    /// The kernels that are recorded with the artifacts of a small run.
    private func kernels(_ environment: [String: String]) throws -> Set<String> {
        var tiny = try TinyPipeline()
        try tiny.fill()
        tiny.program.environment = environment
        let outcome = try tiny.run()
        #expect(outcome.code == 0, "\(outcome.message)")
        let store = tiny.folder.url.appending(path: ".hide-store")
        let files = try #require(
            FileManager.default.enumerator(at: store, includingPropertiesForKeys: nil))
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "h5" {
            let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
            for match in text.matches(of: /"blas-kernel":"(\w+)"/) { found.insert(String(match.1)) }
        }
        return found
    }

    @Test(.enabled(if: hasWideVectors, "the processor has no vectors of eight floats"))
    func aProcessorWithWideVectorsUsesThem() throws {
        let found = try kernels(["OPENBLAS_CORETYPE": ""])
        #expect(found.count == 1 && found.isDisjoint(with: ["Prescott", "Core2", "Nehalem"]))
    }

    @Test(.enabled(if: hasWideVectors, "the processor has no vectors of eight floats"))
    func theKernelsThatTheUserNamesStay() throws {
        #expect(try kernels(["OPENBLAS_CORETYPE": "Prescott"]) == ["Prescott"])
        #expect(try kernels(["OPENBLAS_CORETYPE": "Haswell"]) == ["Haswell"])
    }
}
