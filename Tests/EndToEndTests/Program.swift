import Foundation
import TestSupport

/// The built program, run as a user runs it.
struct Program {
    /// What a finished run left.
    struct Outcome {
        let exitCode: Int32
        let output: String
        let errors: String
    }

    /// The folder that commands run in.
    let folder: URL
    /// Added to the environment of the tests.
    var environment: [String: String] = [:]

    /// The program lies beside the test bundle.
    static let binary = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "hide-pipeline")

    /// The bundled pipeline files.
    static let pipelines = SharedData.packageRoot.appending(path: "pipelines")

    /// Runs to the end.
    func run(_ arguments: String...) throws -> Outcome {
        try run(arguments)
    }

    /// Runs to the end.
    func run(_ arguments: [String]) throws -> Outcome {
        let running = try start(arguments)
        return running.wait()
    }

    /// Starts a run; its output goes to files, so that nothing blocks.
    func start(_ arguments: [String]) throws -> Running {
        let process = Process()
        process.executableURL = Self.binary
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("HIDE_") }.merging(environment) { $1 }
        let name = UUID().uuidString
        let output = folder.appending(path: ".\(name).out")
        let errors = folder.appending(path: ".\(name).err")
        for file in [output, errors] { try Data().write(to: file) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        return Running(process: process, output: output, errors: errors)
    }

    /// A run that has started.
    struct Running {
        let process: Process
        let output: URL
        let errors: URL

        /// Sends a signal.
        func signal(_ number: Int32) {
            kill(process.processIdentifier, number)
        }

        /// What has been printed so far.
        var printed: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

        /// Waits for the end.
        func wait() -> Outcome {
            process.waitUntilExit()
            let text = (printed, (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
            for file in [output, errors] { try? FileManager.default.removeItem(at: file) }
            return Outcome(exitCode: process.terminationStatus, output: text.0, errors: text.1)
        }
    }
}

/// One line of `run --json`.
struct Event {
    let fields: [String: Any]

    var name: String { fields["event"] as? String ?? "" }
    subscript(key: String) -> String? { fields[key] as? String }
    func count(_ key: String) -> Int? { (fields[key] as? NSNumber)?.intValue }

    /// The events of an output; a last line that a kill cut short is left out.
    static func list(_ output: String) -> [Event] {
        output.split(separator: "\n").compactMap { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
            return (object as? [String: Any]).map(Event.init)
        }
    }
}

extension Program {
    /// Digests by key: what a store holds.
    func digests(store: String) throws -> [String: String] {
        let outcome = try run("store", "list", "--json", "--store", store)
        let rows =
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]]
        return Dictionary(
            uniqueKeysWithValues: (rows ?? []).map {
                ($0["key"] as? String ?? "", $0["digest"] as? String ?? "")
            })
    }
}
