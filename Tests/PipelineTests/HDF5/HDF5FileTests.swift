import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct HDF5FileTests {
    static let arrays: [String: TypedArray] = [
        "scalar": TypedArray(shape: [], .float64([0.1])),
        "empty": TypedArray(shape: [0, 3], .float32([])),
        "blocks.0.attn/qkv.weight": TypedArray(shape: [1, 3], .float32([1, -2.5, .infinity])),
        "counts": TypedArray(shape: [2, 1, 2], .int64([1, -2, .max, .min])),
        "bytes": TypedArray(shape: [5], .uint8([0, 1, 2, 254, 255])),
        "names": TypedArray(shape: [3], .text(["", "ä/ö", "plain text"])),
    ]

    @Test(arguments: arrays.keys.sorted())
    func aWrittenArrayReadsBackEqual(path: String) throws {
        let folder = try TemporaryFolder()
        let array = try #require(Self.arrays[path])
        let file = try HDF5File.create(folder.path("a.h5"))
        try file.write(array, to: path)
        try file.close()
        let again = try HDF5File.open(folder.path("a.h5"))
        #expect(try again.read(path) == array)
        #expect(try again.shape(of: path) == array.shape)
    }

    @Test func attributesReadBackAsValues() throws {
        let folder = try TemporaryFolder()
        let file = try HDF5File.create(folder.path("a.h5"))
        try file.write(TypedArray(shape: [1], .uint8([7])), to: "group/data")
        try file.writeAttribute("title", "ein Wörtchen", of: "group")
        try file.writeAttribute(
            "rows", TypedArray(shape: [2, 2], .int64([1, 2, 3, 4])), of: "group/data")
        try file.close()
        let again = try HDF5File.open(folder.path("a.h5"))
        #expect(try again.attributes(of: "group") == ["title": .string("ein Wörtchen")])
        let rows: Value = .array([
            .array([.integer(1), .integer(2)]), .array([.integer(3), .integer(4)]),
        ])
        #expect(try again.attributes(of: "group/data") == ["rows": rows])
        #expect(try again.children() == ["group"])
        #expect(try again.datasets() == ["group/data"])
        #expect(try again.contains("group/data") && !again.contains("group/none/deeper"))
    }

    @Test func aMissingFileIsAnErrorWithTheLibrarysWords() throws {
        let error = #expect(throws: HDF5Error.self) { try HDF5File.open("/nowhere/a.h5") }
        let text = try #require(error).description
        #expect(text.hasPrefix("/nowhere/a.h5: cannot open the file: "))
        #expect(text.contains("No such file or directory"))
    }

    @Test func everyThreadGetsItsOwnErrorAndNothingIsPrinted() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("a.h5")
        try HDF5File.create(path).close()
        let file = try HDF5File.open(path)
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<32 {
                group.addTask {
                    do throws(HDF5Error) {
                        _ = try file.read("none-\(index)")
                        return false
                    } catch {
                        return error.operation == "open object 'none-\(index)'"
                            && error.problem.contains("none-\(index)")
                    }
                }
            }
            for await isOwn in group { #expect(isOwn) }
        }
    }

    @Test func textWithNULIsRefused() throws {
        let folder = try TemporaryFolder()
        let file = try HDF5File.create(folder.path("a.h5"))
        #expect(throws: HDF5Error.self) {
            try file.write(TypedArray(shape: [1], .text(["a\0b"])), to: "names")
        }
    }
}

@Suite struct HDF5GoldenTests {
    @Test(.enabled(if: SharedData.goldens != nil, "no goldens folder"))
    func filesOfH5pyAreRead() throws {
        let goldens = try #require(SharedData.goldens)
        let path = goldens.appending(path: "stats_recovery.h5").path
        try #require(FileManager.default.fileExists(atPath: path))
        let file = try HDF5File.open(path)
        #expect(try file.attributes() == ["seed": .integer(1)])
        let schedule = "lr_schedule/cosine_50_nowarmup"
        #expect(try file.attributes(of: schedule)["sched"] == .string("cosine"))
        #expect(try file.attributes(of: schedule)["base_lrs"] == .array([.real(0.0009375)]))
        let features = try file.read("class_stats/features")
        #expect(features.shape == [40, 24])
        let paths = try file.datasets()
        #expect(paths.count == 44)
        for path in paths { #expect(try file.read(path).shape == file.shape(of: path)) }
    }
}

@Suite struct HDF5MemoryFileTests {
    @Test func filesInMemoryOfOneNameAreDifferentFiles() throws {
        let folder = try TemporaryFolder()
        let files = try (0..<3).map { _ in try HDF5File.inMemory("artifact", capacity: 100) }
        for (index, file) in files.enumerated() {
            try file.write(TypedArray(shape: [], .int64([Int64(index)])), to: "value")
        }
        for (index, file) in files.enumerated() {
            try DiskFiles().write(try file.image(), to: folder.path("\(index).h5"))
            let read = try HDF5File.open(folder.path("\(index).h5")).read("value")
            #expect(read == TypedArray(shape: [], .int64([Int64(index)])))
        }
    }
}
