import ArgumentParser
import Data
import Foundation
import Glibc
import Pipeline

/// `fetch`: datasets and checkpoints from their publishers.
struct FetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Downloads datasets and checkpoints, checks them and puts them in place.",
        discussion: """
              hide-pipeline fetch --list
              hide-pipeline fetch cifar100
              hide-pipeline fetch imagenet-r sup21k-ft1k-augreg
              hide-pipeline fetch cub200 --from ~/Downloads/CUB_200_2011.tgz
              hide-pipeline fetch https://example.org/vit.safetensors --to vit.safetensors

            A name is one that 'fetch --list' shows, or the address of any file. Datasets go to \
            ./datasets and checkpoints to ./checkpoints, where the bundled pipelines look for them. A \
            file given by its address goes to the current folder.

            The same command resumes an interrupted download. A file is checked against the size and \
            the checksum that are known for it; 'fetch --list' shows which are. Only then it gets its \
            final name, and an archive is unpacked. $HIDE_FETCH_MIRROR has the effect of --mirror.

            Exit codes: 0 everything is in place, 64 unknown name, 66 a file cannot be downloaded or \
            is not the expected one, 74 a file cannot be written, 130 interrupted.
            """)

    @Argument(help: "Names that 'fetch --list' shows, or addresses.")
    var names: [String] = []

    @Flag(help: "List what can be fetched, with sizes, checksums and licences.")
    var list = false

    @Option(
        help: ArgumentHelp(
            "Use this local file instead of downloading it. May be repeated.",
            valueName: "file"))
    var from: [String] = []

    @Option(help: ArgumentHelp("The folder for everything that is fetched.", valueName: "dir"))
    var root: String?

    @Option(
        help: ArgumentHelp("The path of the file. For a single file only.", valueName: "path"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "Download all files from ADDRESS/NAME/FILE and from nowhere else.", valueName: "address"
        ))
    var mirror: String?

    @Option(
        help: ArgumentHelp(
            "The expected checksum of a file given by its address: sha256:DIGITS or md5:DIGITS.",
            valueName: "checksum"))
    var digest: String?

    @Flag(help: "Keep archives after unpacking.")
    var keepArchives = false

    @Option(
        help: ArgumentHelp(
            "Give a transfer up after this many seconds without a byte.", valueName: "seconds"))
    var patience = 60

    @Option(
        help: ArgumentHelp(
            "How often in a row a transfer without progress is tried again.", valueName: "n"))
    var retries = 3

    @Flag(help: "Print one JSON object per line; with --list one array.")
    var json = false

    func run() async throws {
        let stop = StopRequest()
        let code = try await StopSignals.shared.stopping(stop) {
            try ErrorReport.reporting {
                if list { return showCatalog() }
                return try fetch(try items(), stop)
            }
        }
        if code != .done { throw ExitCode(code) }
    }

    // MARK: The command line

    /// What the names stand for.
    private func items() throws(UsageError) -> [FetchItem] {
        guard !names.isEmpty else {
            throw UsageError(
                problem: "no name is given", hint: "'hide-pipeline fetch --list' shows the names")
        }
        let checksum = try checksum()
        var items: [FetchItem] = []
        for name in names {
            if let item = FetchItem(address: name, checksum: checksum) ?? .named(name) {
                items.append(item)
            } else {
                throw UsageError(
                    problem: "'\(name)' is no dataset or checkpoint that can be fetched",
                    hint: NearestName.hint(name, among: FetchItem.catalog.map(\.name))
                        ?? "'hide-pipeline fetch --list' shows the names")
            }
        }
        try check(items)
        return items
    }

    private func checksum() throws(UsageError) -> Checksum? {
        guard let digest else { return nil }
        guard let checksum = Checksum(digest) else {
            throw UsageError(
                problem: "--digest '\(digest)' is no checksum",
                hint: "sha256:DIGITS or md5:DIGITS, at least 6 of them")
        }
        return checksum
    }

    /// Options that do not go with each other, or with the items.
    private func check(_ items: [FetchItem]) throws(UsageError) {
        if items.count > 1, !from.isEmpty || to != nil || digest != nil {
            throw UsageError(problem: "--from, --to and --digest go with one name")
        }
        if digest != nil, items[0].kind != .file {
            throw UsageError(
                problem: "--digest is for a file by its address",
                hint: "the checksum of '\(items[0].name)' is in the catalogue, where it is known")
        }
        if to != nil, root != nil {
            throw UsageError(problem: "--to and --root exclude each other")
        }
        if to != nil, !items[0].isSingleFile {
            throw UsageError(
                problem: "--to: '\(items[0].name)' is more than one file",
                hint: "--root names the folder to put them into")
        }
        if patience < 1 || retries < 0 {
            throw UsageError(problem: "--patience must be at least 1, --retries at least 0")
        }
    }

    // MARK: Fetching

    /// Fetches every item, also after one that fails, and returns the gravest code.
    private func fetch(_ items: [FetchItem], _ stop: StopRequest) throws -> ProgramStatus {
        let printer = FetchPrinter(style: FetchPrinter.style(json: json))
        var code = ProgramStatus.done
        for item in items where !stop.isRequested {
            do {
                let missing = try fetch(item, stop, printer)
                printer.clear()
                for file in missing {
                    ErrorReport.print(text: "'\(item.name)' still lacks \(file.facts)")
                }
            } catch {
                printer.clear()
                ErrorReport.print(error)
                code = ProgramStatus.gravest(of: [code, ProgramStatus(of: error)])
            }
        }
        return code
    }

    /// Returns the files that are still missing, after `--from`.
    private func fetch(
        _ item: FetchItem, _ stop: StopRequest, _ printer: FetchPrinter
    ) throws -> [FetchFile] {
        var settings = DownloadSettings { seconds in
            // In small pieces, so that a stop is noticed.
            for _ in 0..<seconds * 20 where !stop.isRequested { usleep(50_000) }
        }
        settings.patience = patience
        settings.retries = retries
        let environment = ProcessInfo.processInfo.environment["HIDE_FETCH_MIRROR"]
        let mirror = mirror ?? environment.flatMap { $0.isEmpty ? nil : $0 }
        let fetcher = Fetcher(
            item: item, root: root, target: to, mirror: item.kind == .file ? nil : mirror,
            keepsArchives: keepArchives, settings: settings, stop: stop
        ) { printer.show($0, of: item) }
        if !from.isEmpty { return try fetcher.place(from) }
        try fetcher.fetch()
        return []
    }

    // MARK: The catalogue

    private func showCatalog() -> ProgramStatus {
        if json {
            Output.data(FetchItem.catalog.flatMap(objects).text + "\n")
            return .done
        }
        for kind in [FetchItem.Kind.dataset, .checkpoint] {
            Output.line("\(kind.rawValue)s, into \(kind.root)")
            for item in FetchItem.catalog where item.kind == kind {
                Output.line("  \(item.name): \(item.about)")
                Output.line("    licence: \(item.licence); \(item.page)")
                for file in item.files {
                    Output.line("    \(file.facts)" + (file.addresses.isEmpty ? ", by hand" : ""))
                }
                for remark in item.remarks { Output.line("    \(remark)") }
            }
        }
        return .done
    }

    private func objects(_ item: FetchItem) -> [JSONObject] {
        item.files.map { file in
            JSONObject([
                "name": .string(item.name), "kind": .string(item.kind.rawValue),
                "file": .string(file.name),
                "addresses": .array(file.addresses.map(Value.string)),
                "bytes": file.expectation.byteCount.map(Value.integer) ?? .null,
                "checksum": (file.expectation.checksum?.description).map(Value.string) ?? .null,
                "licence": .string(item.licence), "page": .string(item.page),
                "path": .string(file.path(below: item.kind.root)),
            ])
        }
    }
}
