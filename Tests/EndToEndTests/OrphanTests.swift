import Foundation
import Glibc
import Pipeline
import TestSupport
import Testing

/// No process outlives the one that started it.
@Suite struct OrphanTests {
    let folder: TemporaryFolder
    let program: Program

    init() throws {
        folder = try TemporaryFolder()
        program = Program(folder: folder.url)
        // Enough to take a while: the child must be caught at work.
        let file = try HDF5File.create(folder.path("large.h5"))
        for index in 0..<400 {
            try file.write(
                TypedArray(shape: [2], .int64([1, 2])), to: "group-\(index)/numbers")
        }
        try file.close()
    }

    /// The fields of a process after its name: state, parent, …; nil when it is gone.
    private func fields(of process: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private func child(of parent: Int32) -> Int32? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.first { process in
            fields(of: process).map { $0[1] == "\(parent)" } ?? false
        }
    }

    /// Whether the reader has limited itself, which it does after it bound itself to its parent.
    private func isAtWork(_ process: Int32) -> Bool {
        let text =
            (try? String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").contains {
            $0.hasPrefix("Max file size") && $0.split(separator: " ")[3] == "0"
        }
    }

    /// Starts `inspect` and stops its reader in the middle; nil when the reader was faster.
    private func stoppedReader() throws -> (parent: Program.Running, reader: Int32)? {
        let parent = try program.start(["inspect", "large.h5"])
        var reader: Int32?
        while parent.process.isRunning {
            reader = reader ?? child(of: parent.process.processIdentifier)
            guard let reader, isAtWork(reader) else { continue }
            kill(reader, SIGSTOP)
            while let state = fields(of: reader)?[0], state != "Z" {
                if state == "T" { return (parent, reader) }
            }
            break
        }
        _ = parent.wait()
        return nil
    }

    @Test func aKilledProgramLeavesNoReaderBehind() throws {
        var found: (parent: Program.Running, reader: Int32)?
        for _ in 0..<50 where found == nil { found = try stoppedReader() }
        let (parent, reader) = try #require(found, "the reader was never caught at work")
        parent.signal(SIGKILL)
        parent.process.waitUntilExit()
        // Stopped as it is, only the kernel can end it.
        let deadline = DispatchTime.now() + 5
        while let state = fields(of: reader)?[0], state != "Z", DispatchTime.now() < deadline {
            usleep(1000)
        }
        let state = fields(of: reader)?[0] ?? "Z"
        kill(reader, SIGKILL)
        #expect(state == "Z", "the reader is still there, in state \(state)")
    }

    /// A reader whose parent is gone before it begins does nothing.
    @Test(arguments: [("1", false), ("$$", true)])
    func aReaderOfNobodyEnds(parent: String, isRead: Bool) throws {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "\"$0\" __read-foreign description 1000000000 30 \(parent) -- large.h5 | cat",
            Program.binary.path,
        ]
        process.currentDirectoryURL = folder.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        try process.run()
        let answer = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(answer.isEmpty != isRead)
    }
}
