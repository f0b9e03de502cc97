import Foundation
import TestSupport
import Testing

/// Recovery that leaves the finite numbers ends its unit, with one message, and stores nothing.
@Suite struct DivergenceTests {
    @Test func aDivergingRecoveryIsNamed() throws {
        let folder = try TemporaryFolder()
        let program = Program(folder: folder.url)
        try ShortQuickstart.write(to: folder)
        let arguments = ["short.yaml", "--set", "seed=1", "--set", "rate=1e50"]
        let outcome = try program.run(
            ["run"] + arguments + ["--quiet", "--until", "shared-head"])
        #expect(outcome.exitCode == 1)
        let parts = outcome.errors.components(separatedBy: ": ")
        #expect(parts.first?.hasPrefix("unit 'shared-head/recover[2]' (") == true)
        #expect(
            parts.dropFirst().joined(separator: ": ") == """
                the classifier is not finite after task 2, epoch 1 of its recovery
                  hint: a lower 'lr' of the stage usually helps

                """, "\(outcome.errors)")
        let status = try program.run(["status"] + arguments + ["--json"])
        #expect(!status.output.contains("NaN"))
        let stored = try program.digests(store: ".hide-store")
        #expect(!stored.isEmpty)
    }
}
