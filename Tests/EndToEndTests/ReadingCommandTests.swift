import Foundation
import Glibc
import TestSupport
import Testing

/// Commands that only look: they leave no trace, and say what they see.
@Suite struct ReadingCommandTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: tiny.folder.path(name))
    }

    @Test func theyMakeNoStore() throws {
        let commands: [([String], code: Int32)] = [
            (["plan", "f.yaml"], 0), (["status", "f.yaml"], 0), (["results", "f.yaml"], 0),
            (["why", "f.yaml", "probe/probe"], 0), (["logs", "f.yaml"], 0),
            (["logs", "f.yaml", "probe/probe"], 0), (["validate", "f.yaml"], 0),
            (["export", "f.yaml", "backbone/load", "-o", "x.safetensors"], 66),
            (["store", "list"], 0), (["store", "path"], 0), (["store", "verify"], 0),
            (["store", "verify", "--deep"], 0), (["store", "list", "--json"], 0),
        ]
        for (command, code) in commands {
            #expect(try tiny.command(command).code == code, "\(command)")
            #expect(!exists(".hide-store"), "\(command)")
        }
        #expect(
            try tiny.command("store", "verify", "--store", "nowhere").output
                == "there is no store in 'nowhere' yet\n")
    }

    // MARK: Logs

    @Test func aUnitInWorkIsSaidToRun() throws {
        #expect(try tiny.command("run", "f.yaml").code == 0)
        let folder = tiny.folder.path(".hide-store/v1")
        let plan = try tiny.program.run("plan", "f.yaml", "--set", "rate=0.5", "--json")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [[String: Any]])
        let key = try #require(
            rows.first { $0["unit"] as? String == "model/train[1]" }?["key"] as? String)
        // What another run has in work it holds a lock on.
        let lock = open("\(folder)/locks/\(key)", O_RDWR | O_CREAT, 0o666)
        try #require(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        defer { close(lock) }
        let log = try tiny.command("logs", "f.yaml", "model/train[1]", "--set", "rate=0.5")
        #expect(
            log.message
                == "unit 'model/train[1]' is running; nothing of its log is stored yet\n")
        let list = try tiny.command("logs", "f.yaml", "model", "--set", "rate=0.5")
        #expect(list.output.contains("running      model/train[1]\n"))
        let status = try tiny.command("status", "f.yaml", "--set", "rate=0.5")
        #expect(status.output.contains("running      model/train[1]\n"))
        let other = try tiny.command("logs", "f.yaml", "model/train[2]", "--set", "rate=0.5")
        #expect(other.message.hasPrefix("unit 'model/train[2]' has not run "))
    }

    @Test func aStageListsItsLogs() throws {
        #expect(
            try tiny.command("logs", "f.yaml", "model").message
                == "no unit of stage 'model' has run yet\n")
        #expect(try tiny.command("run", "f.yaml").code == 0)
        let list = try tiny.command("logs", "f.yaml", "model")
        #expect(
            list.output == """
                done         model/initial
                done         model/train[1]
                done         model/train[2]

                """)
        #expect(try tiny.command("logs", "f.yaml").output.contains("done         probe/probe\n"))
    }

    @Test func anUnknownUnitHasNearestNames() throws {
        let near = try tiny.command("logs", "f.yaml", "model/trian[1]")
        #expect(near.code == 64)
        #expect(
            near.message == """
                the file has no unit 'model/trian[1]'
                  hint: did you mean 'model/train[1]'?

                """)
        let stage = try tiny.command("why", "f.yaml", "scores")
        #expect(
            stage.message.contains(
                "hint: one of 'scores/evaluate[1]', 'scores/evaluate[2]', 'scores/summary'\n"))
        #expect(
            try tiny.command("why", "f.yaml", "model/train").message.contains("'model/train[2]'"))
    }

    // MARK: Export, import, list

    @Test func exportSaysWhatIsWrongWithItsTarget() throws {
        #expect(try tiny.command("run", "f.yaml").code == 0)
        func export(_ path: String) throws -> TinyPipeline.Result {
            try tiny.command("export", "f.yaml", "backbone/load", "--output", path)
        }
        let missing = try export("no/such/b.safetensors")
        #expect(missing.code == 74)
        #expect(
            missing.message == """
                no/such/b.safetensors: cannot be written: the folder 'no/such' does not exist
                  hint: make it, or name another one with --output

                """)
        #expect(try export("pictures").code == 74)
        #expect(try export("f.yaml/b.safetensors").code == 74)
        try #require(mkfifo(tiny.folder.path("pipe"), 0o666) == 0)
        #expect(try export("pipe").message == "pipe: cannot be written: it is a FIFO\n")
        #expect(try export("b.safetensors").code == 0 && exists("b.safetensors"))
        #expect(try export("b.safetensors").code == 0)
    }

    @Test func helpNamesTheWholeCommand() throws {
        for command in ["import", "validate", "store verify", "run"] {
            let words = command.split(separator: " ").map(String.init)
            let help = try tiny.program.run(words + ["--help"])
            #expect(help.exitCode == 0)
            #expect(help.output.contains("USAGE: hide-pipeline \(command) "), "\(help.output)")
        }
    }

    /// The folder beside the program and that of the current directory may be one.
    @Test func eachPipelineIsListedOnce() throws {
        let root = Program(folder: SharedData.packageRoot)
        let output = try root.run("list", "pipelines").output
        let names = output.split(separator: "\n").compactMap { $0.split(separator: " ").first }
            .map { $0.split(separator: "/").last ?? "" }
        #expect(names.contains("quickstart.yaml"))
        #expect(Set(names).count == names.count, "\(names)")
    }

    @Test func aFolderOfPipelinesThatCannotBeListedIsAnError() throws {
        try tiny.write([0x70], to: "pipelines")
        let outcome = try tiny.command("list", "pipelines")
        #expect(outcome.code == 66 && outcome.message == "pipelines: is not a folder\n")
    }
}
