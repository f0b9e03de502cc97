import Foundation
import Pipeline
import TestSupport
import Testing

/// A stop while sources are digested: nothing is concluded from those that were not.
@Suite struct EarlyStopTests {
    /// A file that asks for a stop when it is looked at, as a signal would.
    private struct StoppingFile: Source {
        let location: String
        let stop: StopRequest

        func digest(_ fingerprints: any FingerprintCache) throws -> SourceState {
            stop.request()
            return try SourceState(digest: fingerprints.fingerprint(of: location).sha256)
        }
    }

    private func graph(_ file: String, _ stop: StopRequest) -> UnitGraph {
        let builder = UnitGraphBuilder()
        let first = builder.add(
            UnitDefinition(
                step: "run", kind: "toy", version: 1, parameters: .object([:]),
                sources: [(role: "file", source: StoppingFile(location: file, stop: stop))]
            ) { _ in Artifact(toy: 1) }, stage: "a")
        _ = builder.add(
            UnitDefinition(
                step: "run", kind: "toy", version: 1, parameters: .object([:]),
                inputs: [(role: "input", unit: first)]
            ) { _ in Artifact(toy: 2) }, stage: "b")
        return builder.graph(pipeline: "toys")
    }

    @Test func aRunEndsInterruptedAndFailsNothing() async throws {
        let folder = try TemporaryFolder()
        try "x".write(toFile: folder.path("file"), atomically: true, encoding: .utf8)
        let runner = Runner()
        let store = try HDF5ArtifactStore(path: folder.path("store"))
        let summary = await runner.run(
            graph(folder.path("file"), runner.stop), in: store, options: RunOptions())
        #expect(summary.exitCode == 130 && summary.isStopped)
        #expect(summary.interrupted == 2 && summary.failed == 0 && summary.executed == 0)
        // The next run, which nobody stops, is whole.
        let again = await Runner().run(graph(folder.path("file"), StopRequest()), in: store)
        #expect(again.exitCode == 0 && again.executed == 2)
    }

    @Test func aPlanLooksAtNothingMore() throws {
        let folder = try TemporaryFolder()
        try "x".write(toFile: folder.path("file"), atomically: true, encoding: .utf8)
        let stop = StopRequest()
        let store = try HDF5ArtifactStore(path: folder.path("store"))
        let plan = try RunPlan(graph: graph(folder.path("file"), stop), store: store, stop: stop)
        #expect(!plan.wouldRun && plan.entries.count == 2)
        #expect(try !store.exists)
    }
}
