import Foundation
import TestSupport
import Testing

/// Pickles and archives that attack their readers, through the built program.
@Suite(.enabled(if: SharedData.real != nil, "needs the folder of real data"))
struct HostileFileTests {
    /// No file may keep the program for longer, in seconds.
    private static let limit = 10

    private static let files: [String] = {
        let folder = SharedData.real?.appending(path: "hostile_pickles").path ?? ""
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { !$0.contains("LICENSE") }.sorted().map { "\(folder)/\($0)" }
    }()

    @Test func nothingIsExecutedCrashesOrHangs() throws {
        #expect(!Self.files.isEmpty)
        let folder = try TemporaryFolder()
        let program = Program(folder: folder.url)
        for path in Self.files {
            let running = try program.start(["inspect", path])
            let process = running.process
            let watch = DispatchWorkItem { process.terminate() }
            DispatchQueue.global().asyncAfter(
                deadline: .now() + .seconds(Self.limit), execute: watch)
            let outcome = running.wait()
            watch.cancel()
            #expect(process.terminationReason == .exit, "\(path): ended by a signal")
            #expect(outcome.exitCode == 66, "\(path)")
            // What the pickles would print, or leave behind, if something executed them.
            #expect(outcome.output.isEmpty, "\(path)")
            #expect(outcome.errors.contains(path))
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left.isEmpty, "files were made: \(left)")
    }
}
