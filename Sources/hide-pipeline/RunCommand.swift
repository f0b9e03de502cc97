import ArgumentParser
import Foundation
import Glibc
import Pipeline
import Stages

/// `run`: computes what is not there yet.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a pipeline file; computes only what is not there yet.")

    @OptionGroup var options: FileOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Independent units that run side by side.", valueName: "n"))
    var jobs = WholeNumber(1)

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Threads in all, at most \(AvailableCores.threadLimit) (default: the cores).",
            valueName: "n"))
    var threads: WholeNumber?

    @Option(help: ArgumentHelp("Stop after this stage.", valueName: "stage"))
    var until: String?

    @Option(
        help: ArgumentHelp("Run this stage alone, on inputs that are there.", valueName: "stage"))
    var only: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Run this stage although it is there.", valueName: "stage"))
    var force: [String] = []

    @Flag(help: "End the run at the first failure.")
    var failFast = false

    @Flag(help: "One JSON object a line on standard output.")
    var json = false

    @Flag(help: "Print only errors.")
    var quiet = false

    func run() async throws {
        let code = await runReporting()
        if code != .done { throw ExitCode(code) }
    }

    /// Runs, and ends with `run-finished` whatever happens.
    private func runReporting() async -> ErrorReport.Code {
        do {
            let parallel = try parallelOptions()
            let file = try options.read()
            let runOptions = try runOptions(parallel, for: file)
            let store = try options.store.open()
            let printer = ProgressPrinter(style: style, unitCount: file.graph.units.count)
            return await run(file, in: store, runOptions, printer)
        } catch {
            ErrorReport.print(error)
            let code = ErrorReport.code(of: error)
            if json { ProgressPrinter(style: .json, unitCount: 0).runFinished(exit: code) }
            return code
        }
    }

    private func run(
        _ file: PipelineFile, in store: HDF5ArtifactStore, _ runOptions: RunOptions,
        _ printer: ProgressPrinter
    ) async -> ErrorReport.Code {
        let stop = StopRequest()
        let signals = StopSignals(
            stop: { stop.request() },
            lastWords: { printer.runFinishedIfPossible(exit: .interrupted) })
        return await signals.watching {
            if style == .live, let weights = try? Self.weights(file, store, runOptions) {
                // The plan is only for the time left: if the store fails, the run itself says so.
                printer.weigh(weights)
            }
            let summary = await Runner(stop: stop).run(
                file.graph, in: store, options: runOptions
            ) { printer.show($0) }
            var code = ErrorReport.Code(rawValue: summary.exitCode) ?? .unitFailed
            var tables = ""
            do {
                if style != .json, style != .quiet {
                    let results = try ResultSet(of: file, in: store)
                    if !results.entries.isEmpty { tables = try ResultTable(results, of: file).text }
                }
            } catch {
                ErrorReport.print(error)
                if code == .done { code = ErrorReport.code(of: error) }
            }
            printer.runFinished(exit: code)
            if !tables.isEmpty { print("\n" + tables, terminator: "") }
            return code
        }
    }

    private var style: ProgressPrinter.Style {
        if json { return .json }
        if quiet { return .quiet }
        return isatty(STDOUT_FILENO) == 1 ? .live : .lines
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
        options.force = Set(force)
        options.isFailFast = failFast
        options.environment = Catalog.environment
        return options
    }

    /// What the units that are to run cost, for the time left.
    private static func weights(
        _ file: PipelineFile, _ store: HDF5ArtifactStore, _ options: RunOptions
    ) throws(StoreError) -> [String: Double] {
        let plan = try RunPlan(graph: file.graph, store: store, options: options)
        let costs = UnitCosts(plan, file.graph)
        var weights: [String: Double] = [:]
        for entry in plan.entries where entry.verdict.wouldRun {
            weights[entry.unit.name] = costs[entry.unit.id]?.gigaflop ?? 0
        }
        return weights
    }
}

extension ProgressPrinter {
    /// Shows an event of the runner. The end is announced by `runFinished(exit:)`, after everything
    /// else that can go wrong.
    func show(_ event: RunEvent) {
        switch event {
        case .runStarted(let pipeline, let units): runStarted(pipeline: pipeline, units: units)
        case .unitStarted(let unit, let stage): unitStarted(unit, stage: stage)
        case .unitWarned(let unit, let warning): unitWarned(unit, warning: warning)
        case .unitProgress(let step):
            unitProgressed(
                step.unit, done: step.done, of: step.total, loss: step.loss, detail: step.detail,
                pictures: step.pictures)
        case .unitFinished(let finish):
            unitFinished(
                Finish(
                    unit: finish.unit, stage: finish.stage, outcome: finish.outcome.rawValue,
                    key: finish.key?.hex, reason: finish.reason?.rawValue,
                    seconds: finish.seconds,
                    problem: finish.outcome == .failed ? finish.failure?.description : nil))
        case .runFinished: break
        }
    }
}
