/// The HDF5 schema of artifacts and progress (Docs/CacheFormat.md).
enum ArtifactFile {
    static let formatText = "hide-pipeline artifact 1"

    /// The bytes of the file of an artifact.
    static func encode(
        _ artifact: Artifact, digest: Digest, key: UnitKey, _ unit: UnitProtocol
    ) throws(StoreError) -> [UInt8] {
        try encode(artifact) { (file) throws(HDF5Error) in
            try file.write(text(unit.document.value.canonicalJSON), to: "document")
            try writeRun(unit.seconds, unit.log, to: file)
            let environment: Value = .object(unit.environment.mapValues { .string($0) })
            try file.write(text(environment.canonicalJSON), to: "run/environment")
            for (name, value) in [
                ("key", key.hex), ("digest", digest.hex), ("unit", unit.name.unit),
                ("stage", unit.name.stage), ("pipeline", unit.name.pipeline),
                ("kind", unit.document.kind),
            ] { try file.writeAttribute(name, plain(value)) }
        }
    }

    /// The bytes of the file of a progress.
    static func encode(_ progress: UnitProgress) throws(StoreError) -> [UInt8] {
        try encode(progress.state) { (file) throws(HDF5Error) in
            try writeRun(progress.seconds, progress.log, to: file)
        }
    }

    /// Reads the content.
    static func artifact(in file: HDF5File) throws(HDF5Error) -> Artifact {
        var artifact = Artifact()
        if try file.contains("arrays") {
            for path in try file.datasets(below: "arrays") {
                artifact.arrays[path] = try file.read("arrays/\(path)")
            }
        }
        guard case .object(let attributes) = try json("results", in: file) else {
            throw unfit(file, "dataset 'results' is no JSON object")
        }
        artifact.attributes = attributes
        return artifact
    }

    /// Reads a progress.
    static func progress(in file: HDF5File) throws(HDF5Error) -> UnitProgress {
        let (seconds, log) = try run(in: file)
        return UnitProgress(state: try artifact(in: file), seconds: seconds, log: log)
    }

    /// Reads what stands beside the content.
    static func unitProtocol(in file: HDF5File) throws(HDF5Error) -> UnitProtocol {
        let (seconds, log) = try run(in: file)
        let attributes = try file.attributes()
        guard let document = KeyDocument(try json("document", in: file)),
            case .object(let environment) = try json("run/environment", in: file),
            case .string(let unit)? = attributes["unit"],
            case .string(let stage)? = attributes["stage"],
            case .string(let pipeline)? = attributes["pipeline"]
        else { throw unfit(file, "it is no artifact of this version") }
        return UnitProtocol(
            name: UnitName(unit: unit, stage: stage, pipeline: pipeline), document: document,
            seconds: seconds, log: log,
            environment: environment.compactMapValues {
                if case .string(let text) = $0 { text } else { nil }
            })
    }

    private static func encode(
        _ artifact: Artifact, _ addRest: (HDF5File) throws(HDF5Error) -> Void
    ) throws(StoreError) -> [UInt8] {
        do throws(HDF5Error) {
            let capacity = artifact.byteCount + artifact.arrays.count * 1024
            let file = try HDF5File.inMemory("artifact", capacity: capacity)
            for path in artifact.arrays.keys.sorted(by: Value.precedes) {
                guard let array = artifact.arrays[path] else { continue }
                try file.write(array, to: "arrays/\(path)")
            }
            let results: Value = .object(artifact.attributes)
            try file.write(text(results.canonicalJSON), to: "results")
            try addRest(file)
            try file.writeAttribute("format", formatText)
            let bytes = try file.image()
            try file.close()
            return bytes
        } catch {
            throw StoreError.unstorable(problem: error.description)
        }
    }

    private static func writeRun(
        _ seconds: Double, _ log: [String], to file: HDF5File
    ) throws(HDF5Error) {
        try file.write(TypedArray(shape: [], .float64([seconds])), to: "run/seconds")
        try file.write(text(log.map { plain($0) + "\n" }.joined()), to: "run/log")
    }

    private static func run(in file: HDF5File) throws(HDF5Error) -> (Double, [String]) {
        guard case .float64(let seconds) = try file.read("run/seconds").elements,
            let first = seconds.first
        else { throw unfit(file, "dataset 'run/seconds' is no number") }
        let lines = try string("run/log", in: file).split(
            separator: "\n", omittingEmptySubsequences: false)
        return (first, lines.dropLast().map(String.init))
    }

    private static func string(_ path: String, in file: HDF5File) throws(HDF5Error) -> String {
        guard case .text(let texts) = try file.read(path).elements, let text = texts.first
        else { throw unfit(file, "dataset '\(path)' is no text") }
        return text
    }

    private static func json(_ path: String, in file: HDF5File) throws(HDF5Error) -> Value {
        let text = try string(path, in: file)
        do throws(JSONError) {
            return try Value(json: text)
        } catch {
            throw unfit(file, "dataset '\(path)': \(error)")
        }
    }

    private static func unfit(_ file: HDF5File, _ problem: String) -> HDF5Error {
        HDF5Error(file: file.path, operation: "read the artifact", problem: problem)
    }

    private static func text(_ string: String) -> TypedArray {
        TypedArray(shape: [], .text([string]))
    }

    /// A string of HDF5 cannot hold NUL; only logs and names could bring one.
    private static func plain(_ string: String) -> String {
        string.utf8.contains(0)
            ? String(string.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : string
    }
}

extension Artifact {
    /// About the bytes of all arrays.
    package var byteCount: Int {
        arrays.values.reduce(0) { sum, array in
            switch array.elements {
            case .float32: sum + array.count * 4
            case .float64, .int64: sum + array.count * 8
            case .uint8: sum + array.count
            case .text(let texts): sum + array.count * (texts.lazy.map(\.utf8.count).max() ?? 0)
            }
        }
    }
}
