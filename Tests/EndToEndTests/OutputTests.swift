import Foundation
import Glibc
import TestSupport
import Testing

/// What reaches standard output and standard error, and what happens when they are not there.
@Suite struct OutputTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    /// Runs a shell command in which `$0` is the program.
    private func shell(_ command: String) throws -> (code: Int32, errors: String) {
        let process = Process()
        let errors = tiny.folder.url.appending(path: UUID().uuidString)
        try Data().write(to: errors)
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command, Program.binary.path]
        process.currentDirectoryURL = tiny.folder.url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit, "\(command) crashed")
        return (process.terminationStatus, try String(contentsOf: errors, encoding: .utf8))
    }

    private static let commands = [
        "--help", "plan f.yaml", "status f.yaml", "validate f.yaml", "validate f.yaml --expanded",
        "why f.yaml probe/probe", "results f.yaml", "results f.yaml --format csv",
        "results f.yaml --format json", "logs f.yaml", "logs f.yaml model/train[1]", "run f.yaml",
        "run f.yaml --json", "store list", "store verify", "store path", "list stages",
        "inspect tiny.safetensors", "inspect pictures", "fetch --list", "import --help",
        "export f.yaml backbone/load -o made.safetensors",
    ]

    @Test func outputThatCannotBeWrittenIsNoSuccess() throws {
        #expect(try tiny.command("run", "f.yaml", "--quiet").code == 0)
        for command in Self.commands {
            let full = try shell("exec \"$0\" \(command) > /dev/full")
            #expect(full.code == 74, "\(command)")
            #expect(
                full.errors.contains(
                    "standard output cannot be written: No space left on device\n"), "\(command)")
            #expect(try shell("exec \"$0\" \(command) >&-").code == 74, "\(command)")
            #expect(try shell("exec \"$0\" \(command) <&- 2>&-").code == 0, "\(command)")
            // A reader that goes away early ends the program, and breaks nothing.
            #expect(try shell("\"$0\" \(command) | head -c 1; true").errors.isEmpty, "\(command)")
        }
    }

    /// The numbers of closed descriptors are not given to files of the store.
    @Test func nothingIsPrintedIntoAFile() throws {
        #expect(try shell("exec \"$0\" run f.yaml --store closed >&- 2>&- <&-").code == 74)
        let verified = try tiny.command("store", "verify", "--deep", "--store", "closed")
        #expect(verified.code == 0 && verified.output == "the store is sound\n")
    }

    // MARK: Control characters

    private static let evil = "\u{1B}]0;x\u{7}\u{1B}[2J\u{9B}31m\u{202E}\u{2028}"

    private func expectNoControls(_ text: String, _ what: String) {
        let found = text.unicodeScalars.first { scalar in
            switch scalar.value {
            case 0x0A, 0x0D, 0x09: false
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
        #expect(found == nil, "\(what): \(text.debugDescription)")
    }

    /// Names of the pipeline, of tables, rows, values of the matrix and paths; in every command that
    /// repeats them, and in what the argument parser says.
    @Test func noControlCharacterOfAFileReachesTheTerminal() throws {
        let quoted = "\"\\u001b]0;x\\u0007\\u001b[2J\\u009b31m\\u202e\\u2028\""
        let text = TinyPipeline.text
            .replacing("pipeline: tiny", with: "pipeline: \(quoted)\nabout: \(quoted)")
            .replacing("{rate: 0.01,", with: "{name: \(quoted), rate: 0.01,")
        let tables = """
            matrix: {name: [\(quoted), plain]}
            tables:
              - {title: \(quoted), rows: {\(quoted): probe}, columns: [faa], over: name}

            """
        try tiny.write(text + tables, to: "pipelines/f.yaml")
        try tiny.write(text + tables, to: "f.yaml")
        let commands = [
            ["plan", "f.yaml"], ["run", "f.yaml"], ["run", "f.yaml", "--json"],
            ["results", "f.yaml"], ["results", "f.yaml", "--format", "csv"],
            ["results", "f.yaml", "--format", "json"], ["status", "f.yaml", "--json"],
            ["list", "pipelines"], ["validate", "f.yaml", "--expanded"],
            ["validate", "f.yaml", "--set", "rate=\(Self.evil)"], ["plan", Self.evil],
            ["why", "f.yaml", Self.evil], ["logs", "f.yaml", Self.evil], [Self.evil],
            ["run", "f.yaml", "--threads", Self.evil], ["run", "f.yaml", "--until", Self.evil],
            ["store", "path", "--store", Self.evil], ["store", "verify", "--store", Self.evil],
            ["inspect", Self.evil], ["fetch", Self.evil], ["list", Self.evil],
            ["import", "--", "python", "main.py", "imr_hidelora", "--data-path", Self.evil],
            ["export", "f.yaml", "backbone/load", "-o", "no/\(Self.evil)"],
        ]
        for command in commands {
            let outcome = try tiny.program.run(command)
            #expect(!outcome.output.isEmpty || !outcome.errors.isEmpty, "\(command)")
            expectNoControls(outcome.output, "\(command)")
            expectNoControls(outcome.errors, "\(command)")
        }
        let json = try tiny.program.run("run", "f.yaml", "--json").output
        #expect(Event.list(json).first?["pipeline"] == Self.evil)
    }

    /// An imported file says what the command said, in escapes that YAML reads.
    @Test func anImportedFileKeepsTheWordsOfTheCommand() throws {
        let outcome = try tiny.program.run(
            "import", "--", "python", "main.py", "imr_hidelora", "--data-path", Self.evil)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(
            outcome.output.contains("\"\\u001b]0;x\\u0007\\u001b[2J\\u009b31m\\u202e\\u2028\""))
    }

    /// `Output` is the only file of the commands that writes.
    @Test func noCommandWritesPastTheDoor() throws {
        let folder = SharedData.packageRoot.appending(path: "Sources/hide-pipeline")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") && $0 != "Output.swift" }
        #expect(files.count > 20)
        let forbidden =
            #/(^|[^.\w])(print|debugPrint|dump|puts|fputs|printf|vprintf|putchar)\(|FileHandle\.standard(Output|Error)|STD(OUT|ERR)_FILENO/#
        for file in files {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            for line in text.split(separator: "\n") where line.contains(forbidden) {
                // The reports of errors have a function of that name, which leads to the door.
                let isOwn = file == "ErrorReport.swift" && !line.contains("FileHandle")
                #expect(isOwn, "\(file): \(line)")
            }
        }
    }

    // MARK: Terminals

    /// What a command writes to a terminal of so many columns.
    private func onTerminal(
        _ arguments: [String], columns: UInt16, environment: [String: String]
    ) throws -> String {
        // What posix_openpt, unlockpt and ptsname do, which Swift does not see.
        let (unlock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        var (isLocked, index): (Int32, UInt32) = (0, 0)
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(terminal >= 0)
        try #require(ioctl(terminal, unlock, &isLocked) == 0)
        try #require(ioctl(terminal, number, &index) == 0)
        let end = open("/dev/pts/\(index)", O_RDWR | O_NOCTTY)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(end >= 0)
        try #require(ioctl(end, UInt(TIOCSWINSZ), &size) == 0)
        let process = Process()
        process.executableURL = Program.binary
        process.arguments = arguments
        process.currentDirectoryURL = tiny.folder.url
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(fileDescriptor: end)
        process.standardError = FileHandle(fileDescriptor: end)
        try process.run()
        close(end)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(terminal, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        process.waitUntilExit()
        close(terminal)
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aTerminalWithoutEscapesGetsNone() throws {
        for (index, environment) in [
            ["TERM": "dumb"], ["TERM": ""], ["TERM": "xterm", "NO_COLOR": "1"],
        ].enumerated() {
            let arguments = ["run", "f.yaml", "--store", "s\(index)"]
            let text = try onTerminal(arguments, columns: 80, environment: environment)
            #expect(!text.contains("\u{1B}") && text.contains("executed     probe/probe"))
        }
        #expect(
            try !onTerminal(["inspect", "pictures"], columns: 80, environment: ["TERM": "dumb"])
                .contains("\u{1B}"))
    }

    @Test func theLivePartFitsTheTerminal() throws {
        let text = try onTerminal(
            ["run", "f.yaml", "--store", "live"], columns: 40,
            environment: ["TERM": "xterm", "NO_COLOR": ""])
        #expect(text.contains("\u{1B}["))
        // Lines that are drawn over must not wrap.
        for line in text.components(separatedBy: "\r\n") where line.contains(" · ") {
            #expect(line.count < 60, "\(line.debugDescription)")
        }
    }
}
