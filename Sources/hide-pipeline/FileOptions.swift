import ArgumentParser
import Foundation
import Pipeline
import Stages

/// What every command on a pipeline file takes.
struct FileOptions: ParsableArguments {
    @Argument(help: "The pipeline file.", completion: .file(extensions: ["yaml"]))
    var file: String

    @Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Set a variable of the file. An axis of the matrix then has this one value. @FILE: "
                + "take names and values from a YAML file.",
            valueName: "name=value"))
    var settings: [String] = []

    @OptionGroup var store: StoreOptions

    /// Another command on the same file, with the same settings and store, for a shell.
    func command(_ name: String, _ rest: String...) -> String {
        let settings = settings.flatMap { ["--set", $0] }
        let store = store.folder.map { ["--store", $0] } ?? []
        let words = ["hide-pipeline", name, file] + rest + settings + store
        return words.map(Self.quoted).joined(separator: " ")
    }

    /// A word for a shell, in quotes where it needs them.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-_./=:,@%+".utf8.contains(byte)
        }
        if isPlain, !word.isEmpty { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// Reads, checks and expands the file.
    func read() throws -> PipelineFile {
        try PipelineFile.read(
            UserPath.expanded(file),
            settings: try settings.flatMap { try Setting.list(parsing: $0) },
            registry: Catalog.registry)
    }
}

/// Where the store is.
struct StoreOptions: ParsableArguments {
    @Option(
        name: .customLong("store"),
        help: ArgumentHelp(
            "The folder of the store (default: $HIDE_STORE, else .hide-store).",
            valueName: "dir"))
    var folder: String?

    /// The folder: `--store`, else `$HIDE_STORE`, else `.hide-store` in the current directory.
    var path: String {
        let variable = ProcessInfo.processInfo.environment["HIDE_STORE"]
        let named = folder ?? variable.flatMap { $0.isEmpty ? nil : $0 }
        return named.map(UserPath.expanded) ?? ".hide-store"
    }

    /// Opens the store.
    func open() throws -> HDF5ArtifactStore {
        try HDF5ArtifactStore(path: path)
    }
}
