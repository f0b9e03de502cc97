import Data
import Foundation
import Pipeline
import TestSupport
import Testing

private let matFolder = SharedData.real?.appending(path: "mat")

/// Real MATLAB files, intact and damaged: every file of the folder, whatever it holds.
@Suite(
    .enabled(if: matFolder != nil, "the folder of real data is absent"), .timeLimit(.minutes(2)))
struct RealMATTests {
    private func files() throws -> [String] {
        let url = try #require(matFolder)
        return try FileManager.default.subpathsOfDirectory(atPath: url.path)
            .filter { $0.hasSuffix(".mat") }.sorted().map { url.appending(path: $0).path }
    }

    /// The variables, or the one error that a file may give.
    private func variables(_ path: String) throws -> [String: MATValue]? {
        let result = Result { () throws(UnreadableInput) in try ForeignFile(path).matlab() }
        switch result {
        case .success(let variables): return variables
        case .failure(let error):
            #expect(error.path == path && !error.problem.isEmpty)
            return nil
        }
    }

    @Test func everyFileIsReadOrRefusedByName() throws {
        var read = 0
        for path in try files() {
            if let found = try variables(path), !found.isEmpty { read += 1 }
        }
        #expect(read > 0)
    }

    @Test func filesOfVersion73AreHDF5() throws {
        for path in try files() where path.contains("hdf5") {
            #expect(try variables(path) == nil)
            #expect(try !ForeignFile(path).hdf5().arrays.isEmpty)
            #expect(try ForeignFile(path).description()?.isEmpty == false)
        }
    }

    @Test func theAnnotationsOfTheCarsAreRead() throws {
        let path = try #require(matFolder).appending(path: "cars_train_annos.mat").path
        let variables = try ForeignFile(path).matlab(["annotations"])
        guard case .structures(_, let fields, let rows) = variables["annotations"] else {
            Issue.record("no structures in \(path)")
            return
        }
        #expect(rows.count == 8144 && fields.contains("class") && fields.contains("fname"))
        #expect(Set(rows.compactMap { $0["class"]?.integer }) == Set(1...196))
        #expect(rows.allSatisfy { $0["fname"]?.text?.hasSuffix(".jpg") == true })
        #expect(
            try ForeignFile(path).description()?.hasPrefix("annotations: 1 × 8144 structures of ")
                == true)
        #expect(try variables == MATFile(path).variables(["annotations"]))
    }
}
