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
            "A value for a variable of the file; on a matrix axis, its only value. @FILE: the "
                + "values of a YAML file.",
            valueName: "name=value"))
    var settings: [String] = []

    @OptionGroup var store: StoreOptions

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
            "The folder of finished units (default: $HIDE_STORE, else .hide-store).",
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
