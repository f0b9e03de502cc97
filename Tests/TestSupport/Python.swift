import Foundation

/// A Python for expectations that another implementation gives; no test needs one to run.
package enum Python {
    /// A Python with h5py: `HIDE_PYTHON`, else `python3`; nil when there is none.
    package static let withH5py: String? = {
        let name = ProcessInfo.processInfo.environment["HIDE_PYTHON"] ?? "python3"
        let result = try? run([name, "-c", "import h5py, numpy"])
        return result?.status == 0 ? name : nil
    }()

    /// Runs a command to its end.
    package static func run(_ command: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
