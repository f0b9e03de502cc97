import ArgumentParser
import Data
import Foundation
import Pipeline
import Stages
import Synchronization

/// `inspect`: what is in a file or folder.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what is in a checkpoint, an artifact or a dataset folder.",
        discussion: """
              hide-pipeline inspect pipelines/weights/quickstart_vit.safetensors
              hide-pipeline inspect datasets

            In a dataset folder every picture is decoded. The report compares the number of pictures \
            per class and part with the official figures. It names pictures that cannot be read, \
            and equal pictures in both parts or under several labels. For each finding it says what \
            to do. Nothing is changed.

            Exit codes for a dataset: 0 no finding, 66 something is missing or cannot be read, \
            1 any other finding.
            """)

    @Argument(help: "A checkpoint file, an artifact of a store, or a dataset folder.")
    var path: String

    @Flag(help: "Print the findings of a dataset folder as one JSON array.")
    var json = false

    func run() throws {
        let code = try ErrorReport.reporting { try inspect() }
        if code != .done { throw ExitCode(code) }
    }

    private func inspect() throws -> ProgramStatus {
        let datasets = try Inspection.datasets(in: path)
        if !datasets.isEmpty { return try examine(datasets) }
        if json, try InputPath.exists(path) {
            throw UsageError(
                problem: "--json: '\(path)' is no dataset folder",
                hint: "only what is found in dataset folders has a form for programs")
        }
        let isFolder = try InputPath.isFolder(path)
        if let text = try Catalog.registry.inspect(path) {
            Output.line(text)
        } else if !isFolder, let text = try ForeignFile(path).description() {
            Output.text(text)
        } else {
            let near = isFolder ? Inspection.dataset(near: path) : nil
            throw UnreadableInput(
                path: path, problem: "is no checkpoint, HDF5 or MATLAB file, or dataset folder",
                hint: near.map {
                    "a dataset of kind '\($0.kind)' lies in '\(Printable.text($0.root))'"
                })
        }
        return .done
    }

    // MARK: Datasets

    private func examine(_ datasets: [any DatasetKind]) throws -> ProgramStatus {
        let reports = try datasets.map { dataset in
            let bar = Bar()
            defer { bar.clear() }
            return try DatasetDoctor(dataset, path: path, threads: AvailableCores.count)
                .examine { bar.show($0, $1) }
        }
        if json {
            Output.data(reports.map(object).text + "\n")
        } else {
            Output.line(reports.map(\.description).joined(separator: "\n"))
        }
        let severities = reports.compactMap(\.severity)
        if severities.contains(.unreadable) { return .missingInput }
        return severities.contains(.problem) ? .unitFailed : .done
    }

    private func object(_ report: DatasetReport) -> JSONObject {
        JSONObject([
            "dataset": .string(report.kind), "path": .string(report.path),
            "classes": .array(
                report.classes.map {
                    .object([
                        "name": .string($0.name), "train": .integer($0.train),
                        "test": .integer($0.test),
                    ])
                }),
            "official": report.official.map {
                .object([
                    "classes": .integer($0.classes), "train": .integer($0.train),
                    "test": .integer($0.test),
                ])
            } ?? .null,
            "findings": .array(report.findings.map(value)),
        ])
    }

    private func value(_ finding: DatasetReport.Finding) -> Value {
        .object([
            "finding": .string(finding.name), "severity": .string(finding.severity.rawValue),
            "problem": .string(finding.problem),
            "places": .array(finding.places.map(Value.string)),
            "fix": .array(finding.fix.map(Value.string)),
        ])
    }

    /// How many pictures have been read, on a terminal. Calls may come from any thread.
    private final class Bar: Sendable {
        private let lastDraw = Mutex(0.0)
        private let isShown = Output.isLive(onError: true)

        func show(_ done: Int, _ total: Int) {
            guard isShown else { return }
            lastDraw.withLock { last in
                let now = ProcessInfo.processInfo.systemUptime
                guard now - last >= 0.1 else { return }
                last = now
                let line = FetchPrinter.bar(
                    "pictures", done, total, "\(done) of \(total)",
                    width: Output.width(onError: true))
                Output.draw("\r\u{1B}[K" + line, onError: true)
            }
        }

        func clear() {
            if isShown { Output.draw("\r\u{1B}[K", onError: true) }
        }
    }
}
