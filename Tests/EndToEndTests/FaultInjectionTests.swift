import Foundation
import TestSupport
import Testing

/// Single calls of the system that fail below store and data (Scripts/faults.py).
@Suite struct FaultInjectionTests {
    /// The tools that the script needs and this machine lacks; nil when all are there.
    private static let missing: String? = {
        let hasPython = (try? Python.run(["python3", "--version"]))?.status == 0
        let hasCompiler = ["cc", "gcc", "clang"].contains {
            (try? Python.run([$0, "--version"]))?.status == 0
        }
        if !hasPython { return "needs python3" }
        return hasCompiler ? nil : "needs a C compiler"
    }()

    @Test(.enabled(if: missing == nil, "\(missing ?? "")"))
    func aFailingCallIsAnErrorOrBorneAndNeverAnotherResult() throws {
        let script = SharedData.packageRoot.appending(path: "Scripts/faults.py").path
        let result = try Python.run([
            "python3", script, "--short", "--program", Program.binary.path,
        ])
        #expect(result.status == 0, "\(result.output)")
        let hits = result.output.firstMatch(of: #/([0-9]+) injections .*, 0 wrong\n$/#)
        #expect((hits.flatMap { Int($0.1) } ?? 0) > 80, "\(result.output)")
    }
}

/// A store whose format line is damaged (exit code 74), and how its user goes on.
@Suite struct DamagedFormatTests {
    @Test(arguments: ["x", "", "FIFO"])
    func verifyWritesTheLineAnewAndEverythingIsReused(damage: String) throws {
        let tiny = try TinyPipeline()
        try tiny.fill()
        let first = try tiny.run("--store", "s")
        #expect(first.code == 0)
        let words: String
        if damage == "FIFO" {
            try tiny.remove("s/v1/format")
            #expect(mkfifo(tiny.folder.path("s/v1/format"), 0o600) == 0)
            words = "it is a FIFO, not a file"
        } else {
            try tiny.write(damage.isEmpty ? "" : "hide-pipeline store 1\nx", to: "s/v1/format")
            words =
                damage.isEmpty ? "it is empty" : "it reads 'hide-pipeline store 1' and more"
        }
        for command in ["run", "plan", "status", "results"] {
            let refused = try tiny.command(command, "f.yaml", "--store", "s")
            #expect(refused.code == 74)
            #expect(
                refused.message == """
                    store 's': the format line in 's/v1/format' is damaged: \(words)
                      hint: 'hide-pipeline store verify --store s' checks what is there and \
                    writes the line anew

                    """)
        }
        let verified = try tiny.command("store", "verify", "--store", "s")
        #expect(verified.code == 0 && verified.output == "the store is sound\n")
        #expect(verified.message == "the format line was damaged (\(words)) and is written anew\n")
        let again = try tiny.run("--store", "s")
        #expect(again.code == 0 && again.units("executed").isEmpty)
        #expect(again.units("reused").sorted() == first.units("executed").sorted())
    }
}
