import Foundation
import Pipeline
import TestSupport
import Testing

/// Docs/CacheFormat.md is tried, not only written.
@Suite struct CacheFormatTests {
    @Test(.enabled(if: Python.withH5py != nil, "no Python with h5py (HIDE_PYTHON)"))
    func theDocumentedExampleReadsAnArtifact() throws {
        let python = try #require(Python.withH5py)
        let folder = try TemporaryFolder()
        let page = SharedData.packageRoot.appending(path: "Docs/CacheFormat.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let block = try #require(text.components(separatedBy: "```python\n").last)
        let code = try #require(block.components(separatedBy: "```").first)
        try DiskFiles().write(Array(code.utf8), to: folder.path("read.py"))

        let store = try HDF5ArtifactStore(path: folder.path("store"))
        let record = try store.save(
            HDF5ArtifactStoreTests.artifact, HDF5ArtifactStoreTests.unit())
        let path = "\(store.path)/v1/artifacts/\(record.key).h5"
        let result = try Python.run([python, folder.path("read.py"), path])
        #expect(result.status == 0)
        #expect(
            result.output == #"""
                unit: toy/run[1]
                results: {"count":3,"isFinal":true,"metric.faa":71.25,"none":null,"note":"ä\u0000","rows":[[1.0],[]]}
                arrays: empty, names, pet/lora_layer.k_lora_A
                log: ['first line', '', 'last line']
                digest: as recorded

                """#)
    }
}
