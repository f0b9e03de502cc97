import Foundation
import TestSupport
import Testing

/// `run --unit`: exactly one unit, on inputs that are there.
@Suite struct UnitOptionTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    private static let unit = "model/train[2]"

    /// The key of the unit, as `plan --json` shows it.
    private func key() throws -> String {
        let text = try tiny.program.run("plan", "f.yaml", "--json").output
        let rows = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        return try #require(rows?.first { $0["unit"] as? String == Self.unit }?["key"] as? String)
    }

    @Test func oneUnitAfterTheOtherIsTheWholeRun() throws {
        #expect(try tiny.run("--store", "whole").code == 0)
        let missing = try tiny.run("--unit", Self.unit)
        #expect(missing.code == 66)
        #expect(
            missing.message == """
                unit 'model/train[2]' cannot run: what it reads is not in the store
                  first to run: 'backbone/load', 'data/split'
                  hint: 'hide-pipeline run f.yaml --until model' makes it

                """)
        #expect(missing.events.map(\.name) == ["run-finished"])
        let plan = try tiny.program.run("plan", "f.yaml", "--json", "--store", "whole").output
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(plan.utf8)) as? [[String: Any]])
        let units = rows.compactMap { $0["unit"] as? String }
        #expect(units.count > 5)
        for (unit, row) in zip(units, rows) {
            let run = try tiny.run("--unit", unit, "--key", try #require(row["key"] as? String))
            #expect(run.code == 0 && run.units("executed") == [unit], "\(run.message)")
        }
        #expect(
            try tiny.program.digests(store: ".hide-store")
                == tiny.program.digests(store: "whole"))
        let again = try tiny.run("--unit", Self.unit)
        #expect(again.code == 0 && again.units("executed").isEmpty)
        #expect(again.units("reused").contains(Self.unit))
    }

    @Test func anotherKeyIsRefusedBeforeAnythingRuns() throws {
        #expect(try tiny.run("--until", "model").code == 0)
        let key = try key()
        let other = try tiny.command(
            "run", "f.yaml", "--set", "rate=0.5", "--unit", "model/train[1]", "--key", key)
        #expect(other.code == 64)
        #expect(
            other.message == """
                --key: unit 'model/train[1]' has the key KEY, not KEY
                  hint: the file, a setting, the program or an input changed since that key was made

                """)
        let noKey = try tiny.run("--unit", Self.unit, "--key", "3f9c")
        #expect(noKey.code == 64 && noKey.message.hasPrefix("--key '3f9c' is no key\n"))
        #expect(try tiny.run("--unit", Self.unit, "--key", key).code == 0)
    }

    @Test func aWrongCommandLineIsNamed() throws {
        let unknown = try tiny.run("--unit", "model/train[3]")
        #expect(unknown.code == 64)
        #expect(
            unknown.message == """
                the file has no unit 'model/train[3]'
                  hint: did you mean 'model/train[1]'?

                """)
        let alone = try tiny.run("--key", String(repeating: "0", count: 64))
        #expect(alone.code == 64 && alone.message.hasPrefix("--key needs --unit\n"))
        let both = try tiny.run("--unit", Self.unit, "--only", "model")
        #expect(both.code == 64)
        #expect(both.message == "--unit runs one unit, and --only has no meaning with it\n")
    }

    /// A data set that is gone is said as such, and not as a unit that has to run.
    @Test func aMissingSourceIsNamedWithItsProblem() throws {
        #expect(try tiny.run("--until", "model").code == 0)
        try tiny.remove("pictures")
        let run = try tiny.run("--unit", Self.unit)
        #expect(run.code == 66)
        #expect(
            run.message.hasPrefix(
                """
                unit 'model/train[2]' cannot run: what it reads is not in the store
                  'data/split': pictures
                """), "\(run.message)")
    }
}
