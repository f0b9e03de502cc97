import Foundation
import Pipeline
import TestSupport
import Testing

/// `inspect` of files that others wrote: read by a process of its own, which users never see.
@Suite struct ForeignInspectTests {
    private let folder: TemporaryFolder
    private let program: Program

    init() throws {
        folder = try TemporaryFolder()
        program = Program(folder: URL(filePath: folder.path("")))
        let file = try HDF5File.create(folder.path("made.h5"))
        try file.write(TypedArray(shape: [2, 3], .int64([1, 2, 3, 4, 5, 6])), to: "group/numbers")
        try file.write(TypedArray(shape: [], .text(["hello"])), to: "word")
        try file.writeAttribute("about", "a test")
        try file.close()
    }

    @Test func anHDF5FileIsDescribed() throws {
        let outcome = try program.run("inspect", "made.h5")
        #expect(outcome.exitCode == 0 && outcome.errors.isEmpty)
        #expect(outcome.output == "about: a test\ngroup/numbers: 2 × 3\nword: hello\n")
    }

    @Test func aCutFileIsAnErrorThatNamesIt() throws {
        let bytes = try DiskFiles().read(folder.path("made.h5"))
        try DiskFiles().write(Array(bytes.prefix(bytes.count / 2)), to: folder.path("cut.h5"))
        let outcome = try program.run("inspect", "cut.h5")
        #expect(outcome.exitCode == 66 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("cut.h5: ") && outcome.errors.contains("truncated file"))
    }

    @Test func theReadingCommandIsNotForUsers() throws {
        let help = try program.run("--help")
        #expect(help.exitCode == 0 && !help.output.contains("__read-foreign"))
    }
}
