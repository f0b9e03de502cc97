import ArgumentParser
import Foundation
import Pipeline
import Stages

/// `run`: computes what is not there yet.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a pipeline file. Only what is not in the store is computed.",
        discussion: """
              hide-pipeline run pipelines/quickstart.yaml
              hide-pipeline run pipelines/quickstart.yaml --set epochs=2 --jobs 2
              hide-pipeline run pipelines/quickstart.yaml --force hide-head --quiet
              hide-pipeline run pipelines/quickstart.yaml --unit 'hide/train[1]{seed=1}'

            Ctrl-C stops a run and saves its progress. The same command continues it. A unit that \
            fails does not stop units that do not depend on it, unless --fail-fast is given. With --unit, \
            one unit runs, and only what it reads is looked at.

            Exit codes: 0 done, 1 a unit failed, 64 bad command line, 65 bad pipeline file, \
            66 an input is missing or unreadable, 74 the store cannot be read or written, \
            130 interrupted with progress saved.
            """)

    @OptionGroup var options: FileOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many independent units run at the same time.", valueName: "n"))
    var jobs = WholeNumber(1)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Number of threads, at most \(AvailableCores.threadLimit) (default: one a core).",
            valueName: "n"))
    var threads: WholeNumber?

    @Option(help: ArgumentHelp("Run up to and including this stage.", valueName: "stage"))
    var until: String?

    @Option(
        help: ArgumentHelp(
            "Run only this stage. Its inputs must be in the store.", valueName: "stage"))
    var only: String?

    @Option(
        help: ArgumentHelp(
            "Run only this unit, as 'plan' shows it. Its inputs must be in the store.",
            valueName: "unit"))
    var unit: String?

    @Option(
        help: ArgumentHelp(
            "With --unit: the key that the unit must have, as 'plan --json' shows it.",
            valueName: "key"))
    var key: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Run this stage again, even if its results are in the store.", valueName: "stage"))
    var force: [String] = []

    @Flag(help: "Stop the run at the first failure.")
    var failFast = false

    @Flag(
        inversion: .prefixedNo,
        help: "Decode every picture once before training starts.")
    var checkInputs = true

    @Flag(help: "Print one JSON object per line on standard output.")
    var json = false

    @Flag(help: "Print only errors and warnings.")
    var quiet = false

    func run() async throws {
        let code = await runReporting()
        if code != .done { throw ExitCode(code) }
    }

    /// Runs, and ends with `run-finished` whatever happens.
    private func runReporting() async -> ProgramStatus {
        let printer = ProgressPrinter(style: style, unitCount: 0)
        StopSignals.shared.watch { printer.interrupted() }
        do {
            let parallel = try parallelOptions()
            let file = try options.read()
            let runOptions = try runOptions(parallel, for: file)
            let store = try options.store.open()
            try checkUnit(of: file, in: store, runOptions)
            if file.comparesDatasets, unit == nil {
                // A table that would be refused in the end is refused before anything is computed.
                _ = try RunPlan(graph: file.graph, store: store, options: runOptions)
                try file.checkPlannedSplits()
            }
            return await run(file, in: store, runOptions, printer)
        } catch {
            ErrorReport.print(error)
            let code = ProgramStatus(of: error)
            if json { printer.runFinished(exit: code) }
            return code
        }
    }

    private func run(
        _ file: PipelineFile, in store: HDF5ArtifactStore, _ runOptions: RunOptions,
        _ printer: ProgressPrinter
    ) async -> ProgramStatus {
        let stop = StopRequest()
        let summary = await StopSignals.shared.stopping(stop) {
            if style == .live, let weights = try? Self.weights(file, store, runOptions, stop) {
                // The plan is only for the time left: if the store fails, the run itself says so.
                printer.weigh(weights)
            }
            return await Runner(stop: stop).run(
                file.graph, in: store, options: runOptions
            ) { printer.show($0) }
        }
        var code = summary.exitStatus
        var tables = ""
        do {
            tables = try self.tables(of: file, in: store, after: summary)
        } catch {
            ErrorReport.print(error)
            if code == .done { code = ProgramStatus(of: error) }
        }
        printer.runFinished(exit: code)
        if !tables.isEmpty { Output.text("\n" + tables) }
        return code
    }

    /// The tables of what is there now; empty where nobody would see them, of a single unit, and after a
    /// stop that came before anything was looked at.
    private func tables(
        of file: PipelineFile, in store: HDF5ArtifactStore, after summary: RunSummary
    ) throws -> String {
        let isEarly = summary.isStopped && summary.executed + summary.reused == 0
        if json || quiet || isEarly || unit != nil { return "" }
        // The printer tells of warnings itself.
        let plan = try RunPlan(graph: file.graph, store: store)
        let results = try ResultSet(of: file, plan, in: store, hasWarnings: false)
        return results.entries.isEmpty ? "" : try ResultTable(results, of: file).text
    }

    private var style: ProgressPrinter.Style {
        if json { return .json }
        if quiet { return .quiet }
        return Output.isLive() ? .live : .lines
    }

    /// How many units and threads, checked before anything is read.
    private func parallelOptions() throws(UsageError) -> RunOptions {
        let bounds = 1...AvailableCores.threadLimit
        var options = RunOptions()
        options.jobs = try jobs.value(of: "--jobs", in: bounds)
        options.threads =
            try threads?.value(of: "--threads", in: bounds) ?? AvailableCores.count
        return options
    }

    private func runOptions(
        _ parallel: RunOptions, for file: PipelineFile
    ) throws(UsageError) -> RunOptions {
        for (option, stage) in [("--until", until), ("--only", only)]
            + force.map({ ("--force", $0) })
        {
            guard let stage, !file.stages.contains(stage) else { continue }
            throw UsageError(
                problem: "\(option) '\(stage)': the file has no such stage",
                hint: NearestName.hintOrList(stage, among: file.stages))
        }
        var options = parallel
        options.until = until
        options.only = only
        options.unit = unit
        options.origin = PipelineOrigin(file: self.options.file, settings: self.options.settings)
        options.force = Set(force)
        options.isFailFast = failFast
        options.checksInputs = checkInputs
        options.environment = Catalog.environment
        return options
    }

    /// What the units that are to run cost, for the time left.
    private static func weights(
        _ file: PipelineFile, _ store: HDF5ArtifactStore, _ options: RunOptions,
        _ stop: StopRequest
    ) throws(StoreError) -> [String: Double] {
        let plan = try RunPlan(graph: file.graph, store: store, options: options, stop: stop)
        let costs = UnitCosts(plan, file.graph)
        var weights: [String: Double] = [:]
        for entry in plan.entries where entry.verdict.wouldRun {
            weights[entry.unit.name] = costs[entry.unit.id]?.gigaflop ?? 0
        }
        return weights
    }
}
