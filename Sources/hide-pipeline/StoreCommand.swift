import ArgumentParser
import Pipeline

/// `store`: what is kept, and whether it is sound.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Shows and checks the store of finished units.",
        discussion: """
              hide-pipeline store list
              hide-pipeline store verify --deep

            The store is the folder of --store, else of $HIDE_STORE, else .hide-store.
            """,
        subcommands: [Path.self, List.self, Verify.self])

    /// `store path`.
    struct Path: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "path", abstract: "Prints the folder of the store.",
            discussion: """
                  hide-pipeline store path
                  hide-pipeline store path --store runs
                """)

        @OptionGroup var store: StoreOptions

        func run() {
            Output.line(store.path)
        }
    }

    /// `store list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists the artifacts: key, unit and size.",
            discussion: """
                  hide-pipeline store list
                  hide-pipeline store list --json
                """)

        @OptionGroup var store: StoreOptions

        @Flag(help: "Print one JSON array.")
        var json = false

        func run() throws {
            try ErrorReport.reporting {
                let entries = try store.open().entries()
                if json {
                    Output.data(entries.map(object).text + "\n")
                } else {
                    for entry in entries {
                        let size = Words.bytes(entry.byteCount)
                        Output.line("\(entry.key.shortened)  \(entry.unit)  \(size)")
                    }
                }
            }
        }

        private func object(_ entry: StoreEntry) -> JSONObject {
            JSONObject([
                "unit": .string(entry.unit), "key": .string(entry.key.hex),
                "digest": .string(entry.digest.hex), "bytes": .integer(entry.byteCount),
            ])
        }
    }

    /// `store verify`.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Compares every artifact with its record.",
            discussion: """
                  hide-pipeline store verify
                  hide-pipeline store verify --deep

                Files that were not touched since they were written are trusted unless --deep is given. Ends \
                with exit code 74 if an artifact differs; the next run computes it again.
                """)

        @OptionGroup var store: StoreOptions

        @Flag(help: "Read and hash every file.")
        var deep = false

        @Flag(help: "Print one JSON array.")
        var json = false

        func run() throws {
            try ErrorReport.reporting {
                let (opened, formatProblem) = try HDF5ArtifactStore.mending(path: store.path)
                if let formatProblem {
                    ErrorReport.print(
                        text: "the format line was damaged (\(formatProblem)) and is written anew")
                }
                let findings = try opened.verify(isDeep: deep)
                if json {
                    let objects = findings.map {
                        JSONObject(["unit": .string($0.unit), "problem": .string($0.problem)])
                    }
                    Output.data(objects.text + "\n")
                } else {
                    for finding in findings { Output.line("\(finding)") }
                    Output.line(try Self.conclusion(findings, opened))
                }
                if !findings.isEmpty { throw ExitCode(.storeFailed) }
            }
        }

        private static func conclusion(
            _ findings: [StoreFinding], _ store: HDF5ArtifactStore
        ) throws(StoreError) -> String {
            if !findings.isEmpty { return "the next run recomputes these" }
            return try store.exists
                ? "the store is sound" : "there is no store in '\(store.path)' yet"
        }
    }
}
