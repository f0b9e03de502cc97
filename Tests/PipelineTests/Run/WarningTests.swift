import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// What a unit warns of reaches whoever runs, and whoever reuses it later.
@Suite struct WarningTests {
    typealias Unit = ToyLab.Unit

    private static func units(_ warnings: [String], steps: Int = 0) -> [Unit] {
        var first = Unit("a", steps: steps)
        first.warnings = warnings
        return [first, Unit("b", kind: "other", inputs: ["a"])]
    }

    private func run(
        _ units: [Unit], in store: any ArtifactStore, lab: ToyLab = ToyLab()
    ) async -> EventLog {
        let log = EventLog()
        _ = await Runner().run(lab.graph(units), in: store, events: { log.add($0) })
        return log
    }

    @Test func aReusedUnitHasTheWarningsOfItsRun() async throws {
        let folder = try TemporaryFolder()
        for store in [InMemoryArtifactStore(), try HDF5ArtifactStore(path: folder.path("store"))]
            as [any ArtifactStore]
        {
            let units = Self.units(["few", "few", "odd"])
            let first = await run(units, in: store)
            #expect(first.warnings == ["a/run: few", "a/run: odd"])
            let second = await run(units, in: store)
            #expect(second.outcomes == ["a": "reused", "b": "reused"])
            #expect(second.warnings.isEmpty && second.keptWarnings == ["a": ["few", "odd"]])
            let plan = try RunPlan(graph: ToyLab().graph(units), store: store)
            #expect(plan.entry(named: "a/run")?.warnings == ["few", "odd"])
            #expect(plan.entry(named: "b/run")?.warnings == [])
        }
    }

    /// What a run warned of before it was interrupted is said by the next one too, and kept once.
    @Test func aResumedUnitKeepsItsWarningsOnce() async throws {
        let units = Self.units(["few"], steps: 5)
        let (lab, store, runner) = (ToyLab(), InMemoryArtifactStore(), Runner())
        _ = await runner.run(lab.graph(units), in: store) { event in
            if case .unitProgress(let step) = event, step.done == 2 { runner.stop.request() }
        }
        var others = units
        others[0].warnings = ["more"]
        let log = await run(others, in: store, lab: lab)
        #expect(lab.stepCount == 5)
        #expect(log.warnings == ["a/run: more", "a/run: few"])
        #expect(log.keptWarnings == ["a": ["few", "more"]])

        let same = InMemoryArtifactStore()
        let again = Runner()
        _ = await again.run(lab.graph(units), in: same) { event in
            if case .unitProgress(let step) = event, step.done == 2 { again.stop.request() }
        }
        let second = await run(units, in: same)
        #expect(second.warnings == ["a/run: few"])
        #expect(second.keptWarnings == ["a": ["few"]])
        let record = try #require(same.records().first { $0.name.stage == "a" })
        #expect(try same.unitProtocol(of: record).log == ["a runs", "warning: few", "a runs"])
    }

    @Test func warningsEnterNeitherKeyNorDigest() async throws {
        let (quiet, loud) = (InMemoryArtifactStore(), InMemoryArtifactStore())
        _ = await run(Self.units([]), in: quiet)
        _ = await run(Self.units(["few"]), in: loud)
        #expect(quiet.records().map(\.key) == loud.records().map(\.key))
        #expect(quiet.records().map(\.digest) == loud.records().map(\.digest))
    }

    @Test func aWarningIsOneLineAndSafeForATerminal() async {
        let log = await run(Self.units(["two\nlines \u{1B}[31m"]), in: InMemoryArtifactStore())
        #expect(log.warnings == [#"a/run: two lines \u{1B}[31m"#])
    }

    // MARK: Records

    /// The line of a record, with its digest below it.
    private func sealed(_ line: String) -> [UInt8] {
        Array("\(line)\n\(Digest(of: line + "\n").hex)\n".utf8)
    }

    @Test func recordsWithoutWarningsHaveNoneAndOthersAreChecked() throws {
        let folder = try TemporaryFolder()
        let store = try HDF5ArtifactStore(path: folder.path("store"))
        let unit = HDF5ArtifactStoreTests.unit()
        let record = try store.save(HDF5ArtifactStoreTests.artifact, unit)
        let path = folder.path("store/v1/records/\(record.key).json")
        let text = String(decoding: try DiskFiles().read(path), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first.map(String.init))
        #expect(!line.contains("warning"))
        #expect(record.warnings == [])
        for (member, expected) in [
            (#","warnings":["a","b"]}"#, ["a", "b"]), (#","warnings":[]}"#, []),
        ] {
            try DiskFiles().write(sealed(line.dropLast() + member), to: path)
            #expect(try store.state(of: record.key).record?.warnings == expected)
        }
        for odd in ["7", "null", #"{"a":"b"}"#, #"["a",7]"#] {
            try DiskFiles().write(sealed("\(line.dropLast()),\"warnings\":\(odd)}"), to: path)
            #expect(try store.state(of: record.key) == .damaged(nil), "\(odd)")
        }
    }

    // MARK: Lines

    @Test func equalWarningsAreOneLine() {
        var list = WarningList()
        #expect(list.isEmpty && list.lines.isEmpty)
        for number in 1...300 { list.add("few", of: "a[\(number)]") }
        list.add("odd", of: "b")
        list.add("odd", of: "b")
        list.add("two", of: "c")
        list.add("two", of: "d")
        #expect(
            list.lines == [
                "warning: 300 units (a[1], a[2], a[3] and 297 more): few", "warning: b: odd",
                "warning: 2 units (c, d): two",
            ])
    }

    @Test func veryManyWarningsAreCounted() {
        var list = WarningList()
        for number in 1...500 { list.add("text \(number)", of: "a") }
        #expect(list.lines.count == 21)
        #expect(
            list.lines.last
                == "warning: 480 more warnings, which 'hide-pipeline logs' shows unit by unit")
    }
}
