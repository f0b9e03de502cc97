import Foundation
import Glibc
import Pipeline

/// Starts this program once more to read one file, and waits for its answer within the limits.
struct IsolatedReader: Sendable {
    static let damagedAnswer = "the process that reads it gave no whole answer"

    let limits: ForeignFile.Limits
    let program: String

    /// The program itself; for a bundle of tests, which cannot start itself, the program beside it.
    static var ownProgram: String {
        let started = URL(filePath: CommandLine.arguments.first ?? "")
        guard started.pathExtension == "xctest" else { return "/proc/self/exe" }
        return started.deletingLastPathComponent().appending(path: "hide-pipeline").path
    }

    /// Asks about a file. The process ends with the thread that calls, which waits for it here.
    ///
    /// - Throws: `UnreadableInput` that names the file: the answer's refusal, or how the process ended.
    func answer(
        to request: ForeignRequest, about path: String, names: [String] = []
    ) throws(UnreadableInput) -> ForeignAnswer {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments =
            [
                IsolatedWorker.command, request.rawValue, "\(limits.memoryBytes)",
                "\(Int(limits.seconds.rounded(.up)))", "\(getpid())", "--", path,
            ] + names
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw UnreadableInput(
                path: path, problem: "the process that reads it does not start: \(error)")
        }
        // The process holds the writing end now: without ours, its end is the end of the pipe.
        try? pipe.fileHandleForWriting.close()
        let bytes = output(pipe.fileHandleForReading)
        if bytes == nil { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return try checked(bytes, process, path)
    }

    /// All that the process writes; nil when it takes too long or writes more than it may hold.
    private func output(_ handle: FileHandle) -> [UInt8]? {
        let deadline = SteadyClock.seconds + limits.seconds
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let left = deadline - SteadyClock.seconds
            guard left > 0, bytes.count <= limits.memoryBytes else { return nil }
            var waiting = pollfd(fd: handle.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Int32(clamping: Int(min(left * 1e3, 1e9)) + 1)) > 0 else {
                continue
            }
            let count = buffer.withUnsafeMutableBytes {
                let (start, room) = ($0.baseAddress, $0.count)
                return retrying { read(handle.fileDescriptor, start, room) }
            }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    private func checked(
        _ bytes: [UInt8]?, _ process: Process, _ path: String
    ) throws(UnreadableInput) -> ForeignAnswer {
        guard let bytes else {
            throw UnreadableInput(
                path: path,
                problem: "reading it takes more than \(limits.seconds) s or "
                    + "\(limits.memoryBytes) bytes of memory")
        }
        if process.terminationReason == .uncaughtSignal {
            throw UnreadableInput(
                path: path,
                problem: "reading it crashed the process that was started for it (signal "
                    + "\(process.terminationStatus)): it is damaged, or needs more than "
                    + "\(limits.memoryBytes) bytes of memory")
        }
        guard let answer = ForeignAnswer(bytes) else {
            throw UnreadableInput(path: path, problem: Self.damagedAnswer)
        }
        if case .refused(let problem) = answer {
            throw UnreadableInput(path: path, problem: problem)
        }
        return answer
    }
}
