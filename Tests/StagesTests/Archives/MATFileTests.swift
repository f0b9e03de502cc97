import Data
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.real != nil, "the folder of real data is absent"))
struct MATFileTests {
    private func folder(_ name: String) throws -> URL {
        try #require(SharedData.real).appending(path: "mat").appending(path: name)
    }

    /// The training annotations of Stanford Cars as published: 8,144 pictures of 196 classes.
    @Test func theAnnotationsOfCarsAreRead() throws {
        let list = try CarList(
            train: folder("cars_train_annos.mat").path, meta: folder("cars_meta.mat").path)
        #expect(list.classNames.count == 196)
        #expect(list.classNames[0] == "AM General Hummer SUV 2000")
        #expect(list.counts == (8144, 196))
        let file = MATFile(try folder("cars_train_annos.mat").path)
        guard case .structures(let shape, let fields, let rows) = try file.variable("annotations")
        else {
            Issue.record("no structures")
            return
        }
        #expect(shape == [1, 8144])
        #expect(fields == ["bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"])
        #expect(rows[0]["class"]?.integer == 14 && rows[0]["fname"]?.text == "00001.jpg")
    }

    /// Every variable name that a file may have is unknown, so only its head and names are read here.
    @Test func everyOtherFileIsReadOrRefused() throws {
        for part in ["scipy", "matio"] {
            let folder = try folder(part)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            where name.hasSuffix(".mat") && !name.contains("hdf5") {
                let file = MATFile(folder.appending(path: name).path)
                do {
                    #expect(try file.variables(["no such variable"]).isEmpty)
                } catch {
                    #expect(error.path == file.path)
                }
            }
        }
        for name in ["scipy/testhdf5_7.4_GLNX86.mat", "matio/test_le_hdf5.mat"] {
            let file = MATFile(try folder(name).path)
            let error = #expect(throws: UnreadableInput.self) { try file.variables(["x"]) }
            #expect(error?.problem == "is a MATLAB file of version 7.3, which is not read")
        }
    }

    @Test(arguments: ["6.1_SOL2", "7.1_GLNX86"])
    func valuesAreThoseOfMATLAB(version: String) throws {
        func value(_ name: String) throws -> MATValue {
            try MATFile(folder("scipy/test\(name)_\(version).mat").path).variable("test\(name)")
        }
        guard case .numbers(let shape, let numbers) = try value("double") else {
            Issue.record("no numbers")
            return
        }
        #expect(shape == [1, 9])
        #expect(zip(numbers, 0..<9).allSatisfy { abs($0 - Double($1) * .pi / 4) < 1e-12 })
        #expect(try value("string").text == "\"Do nine men interpret?\" \"Nine men,\" I nod.")
    }

    @Test func cellsAndStructuresAreNested() throws {
        let cells = try MATFile(folder("scipy/testcellnest_7.1_GLNX86.mat").path)
            .variable("testcellnest")
        guard case .cells(_, let outer) = cells, case .cells(_, let inner) = outer.last else {
            Issue.record("no cells")
            return
        }
        #expect(outer.first?.integer == 1 && inner.count == 3)
        let nested = try MATFile(folder("scipy/teststructnest_7.4_GLNX86.mat").path)
            .variable("teststructnest")
        guard case .structures(let shape, let fields, let rows) = nested,
            case .structures(_, _, let deeper) = rows[0]["two"]
        else {
            Issue.record("no structures")
            return
        }
        #expect(shape == [1, 1] && fields == ["one", "two"])
        #expect(rows[0]["one"]?.integer == 1 && deeper[0]["three"]?.text == "number 3")
    }

    @Test func whatIsNoMATLABFileIsRefused() throws {
        let own = try TemporaryFolder()
        for bytes in [[], [1, 2, 3], [UInt8](repeating: 0, count: 500), Array("MATLAB 5.0".utf8)] {
            let file = MATFile(try own.write(bytes, to: "x.mat"))
            #expect(throws: UnreadableInput.self) { try file.variable("x") }
        }
        #expect(throws: UnreadableInput.self) { try MATFile(own.path("absent.mat")).variable("x") }
    }

    @Test func aCutFileIsRefused() throws {
        let own = try TemporaryFolder()
        let bytes = try BinaryFile.contents(of: folder("cars_train_annos.mat").path)
        for share in [0.001, 0.3, 0.6, 0.999] {
            let count = Int(Double(bytes.count) * share)
            let file = MATFile(try own.write(Array(bytes.prefix(count)), to: "cut.mat"))
            #expect(throws: UnreadableInput.self) { try file.variable("annotations") }
        }
    }
}
