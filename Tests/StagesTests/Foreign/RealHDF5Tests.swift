import Data
import Foundation
import Pipeline
import TestSupport
import Testing

private let hdf5Folder = SharedData.real?.appending(path: "hdf5")

/// Real HDF5 files, intact and damaged: every file of the folder, whatever it holds.
@Suite(
    .enabled(if: hdf5Folder != nil, "the folder of real data is absent"),
    .timeLimit(.minutes(2)))
struct RealHDF5Tests {
    private func files(_ folder: String) throws -> [String] {
        let url = try #require(hdf5Folder).appending(path: folder)
        return try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
            .map { url.appending(path: $0).path }
    }

    /// The content, or the one error that a file may give.
    private func content(_ path: String) throws -> ForeignFile.Content? {
        let result = Result { () throws(UnreadableInput) in try ForeignFile(path).hdf5() }
        switch result {
        case .success(let content):
            #expect(content.refused.allSatisfy { !$0.value.isEmpty })
            return content
        case .failure(let error):
            #expect(error.path == path && !error.problem.isEmpty)
            return nil
        }
    }

    @Test func damagedFilesAreReadOrRefused() throws {
        for path in try files("damaged") { _ = try content(path) }
    }

    @Test func elementsHaveTheTypeThatTheirNameSays() throws {
        var checked = 0
        for path in try files("valid") {
            for (name, array) in try content(path)?.arrays ?? [:] {
                let isExpected: Bool?
                switch (name.split(separator: "/").last, array.elements) {
                case ("float16", let found), ("float32", let found):
                    isExpected = if case .float32 = found { true } else { false }
                case ("float64", let found):
                    isExpected = if case .float64 = found { true } else { false }
                case ("int8", let found), ("int16", let found), ("int32", let found):
                    isExpected = if case .int64 = found { true } else { false }
                default: isExpected = nil
                }
                guard let isExpected else { continue }
                #expect(isExpected, "\(path): \(name)")
                checked += 1
            }
        }
        #expect(checked > 0)
    }

    /// Shapes and sums as h5py reads them, of every dataset whose type is read.
    @Test(.enabled(if: Python.withH5py != nil, "no Python with h5py (HIDE_PYTHON)"))
    func intactFilesAreReadAsH5pyReadsThem() throws {
        let python = try #require(Python.withH5py)
        let script = SharedData.packageRoot.appending(path: "Scripts/fixtures/hdf5_listing.py")
        let output = try Python.run([python, script.path] + (try files("valid"))).output
        let listing = try JSONSerialization.jsonObject(with: Data(output.utf8))
        let expected = try #require(listing as? [String: [String: [String: Any]]])
        var checked = 0
        for (path, datasets) in expected {
            let content = try #require(try content(path), "\(path)")
            for (name, facts) in datasets {
                guard let array = content.arrays[name] else {
                    #expect(content.refused[name] != nil, "\(path): \(name)")
                    continue
                }
                #expect(array.shape == facts["shape"] as? [Int], "\(path): \(name)")
                let expectedSum = try #require(facts["sum"] as? NSNumber).doubleValue
                // Sums are added in another order there.
                let distance = abs(sum(array) - expectedSum)
                #expect(distance <= 1e-12 * abs(expectedSum), "\(path): \(name)")
                checked += 1
            }
        }
        #expect(checked > 0)
    }

    /// The sum of the finite elements, which are few and small; of texts, of their lengths in UTF-8.
    private func sum(_ array: TypedArray) -> Double {
        switch array.elements {
        case .float32(let values): values.filter(\.isFinite).reduce(0) { $0 + Double($1) }
        case .float64(let values): values.filter(\.isFinite).reduce(0, +)
        case .int64(let values): Double(values.reduce(0, &+))
        case .uint8(let values): values.reduce(0) { $0 + Double($1) }
        case .text(let texts): Double(texts.reduce(0) { $0 + $1.utf8.count })
        }
    }
}
