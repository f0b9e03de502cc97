import Data
import Foundation
import Pipeline
import TestSupport
import Testing

/// Files of others are read by another process, and nothing that it does harms this one.
@Suite struct ForeignFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A program that does something else than to answer.
    private func program(_ line: String) throws -> String {
        let path = try folder.write(Array("#!/bin/sh\n\(line)\n".utf8), to: "program")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    private func problem(
        _ path: String = "file.h5", limits: ForeignFile.Limits = .init(), program: String? = nil
    ) -> String? {
        let error = #expect(throws: UnreadableInput.self) {
            try ForeignFile(path, limits: limits, program: program).hdf5()
        }
        #expect(error?.path == path)
        return error?.problem
    }

    private func made(_ arrays: [String: TypedArray]) throws -> String {
        let path = folder.path("made.h5")
        let file = try HDF5File.create(path)
        for (name, array) in arrays { try file.write(array, to: name) }
        try file.close()
        return path
    }

    private let arrays: [String: TypedArray] = [
        "a/singles": TypedArray(shape: [2, 1], .float32([1.5, -2])),
        "a/doubles": TypedArray(shape: [], .float64([.pi])),
        "whole": TypedArray(shape: [3], .int64([.min, 0, .max])),
        "bytes": TypedArray(shape: [2], .uint8([0, 255])),
        "words": TypedArray(shape: [2], .text(["", "größer"])),
    ]

    @Test func arraysComeBackAsTheyAre() throws {
        let content = try ForeignFile(try made(arrays)).hdf5()
        #expect(content.arrays == arrays && content.refused.isEmpty)
    }

    @Test func aCrashIsAnErrorThatNamesTheFile() throws {
        #expect(
            problem(program: try program("kill -SEGV $$"))
                == "reading it crashed the process that was started for it (signal 11): it is "
                + "damaged, or needs more than 1073741824 bytes of memory")
    }

    @Test func aProcessThatHangsIsEnded() throws {
        #expect(
            problem(
                limits: .init(seconds: 0.1), program: try program("exec tail -f /dev/null"))
                == "reading it takes more than 0.1 s or 1073741824 bytes of memory")
    }

    @Test func aProcessThatWritesWithoutEndIsEnded() throws {
        #expect(
            problem(
                limits: .init(memoryBytes: 100_000), program: try program("exec cat /dev/zero"))
                == "reading it takes more than 30.0 s or 100000 bytes of memory")
    }

    @Test func anAnswerThatIsNotWholeIsNone() throws {
        let text = "the process that reads it gave no whole answer"
        #expect(problem(program: try program("exit 0")) == text)
        #expect(problem(program: try program("echo hide-pipeline foreign 1")) == text)
        let whole = ForeignAnswer.content(.init()).bytes
        #expect(ForeignAnswer(whole) == .content(.init()))
        for count in 0..<whole.count { #expect(ForeignAnswer(Array(whole[..<count])) == nil) }
    }

    @Test func aProgramThatDoesNotStartIsAnError() {
        let text = problem(program: folder.path("absent"))
        #expect(text?.hasPrefix("the process that reads it does not start: ") == true)
    }

    @Test func whatIsMissingOrNoHDF5FileIsRefused() throws {
        #expect(problem(folder.path("absent"))?.contains("No such file") == true)
        let text = try folder.write(Array("text".utf8), to: "text.h5")
        #expect(problem(text)?.hasPrefix("cannot open the file: ") == true)
        #expect(try ForeignFile(text).description() == nil)
    }

    @Test func whatIsAboveTheLimitIsRefusedByItsSize() throws {
        let half = TypedArray(shape: [3, 1 << 20], .uint8([UInt8](repeating: 1, count: 3 << 20)))
        let path = try made([
            "a": half, "b": half,
            "large": TypedArray(shape: [1 << 20], .float64([Double](repeating: 1, count: 1 << 20))),
        ])
        let content = try ForeignFile(path, limits: .init(memoryBytes: 1 << 24)).hdf5()
        #expect(content.arrays == ["a": half])
        #expect(
            content.refused == [
                "b": "with the datasets before it more than the limit of 4194304 bytes",
                "large": "shape [1048576] is more than the limit of 4194304 bytes",
            ])
    }

    @Test func aFileIsDescribed() throws {
        let text = try ForeignFile(
            try made(["a/b": TypedArray(shape: [2, 3], .uint8(.init(repeating: 0, count: 6)))])
        ).description()
        #expect(text == "a/b: 2 × 3\n")
    }
}
