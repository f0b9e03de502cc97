/// One number or matrix that a unit measured, in one matrix cell.
public struct ResultEntry: Sendable, Hashable {
    /// What was measured.
    public enum Measurement: Sendable, Hashable {
        /// A number; percent where it is an accuracy.
        case number(Double)
        /// A number after each task.
        case series([Double])
        /// Rows `i` of columns `t`; nil where nothing was measured.
        case matrix([[Double?]])
    }

    /// The matrix cell, with all its axes.
    public let cell: Cell
    /// The stage.
    public let stage: String
    /// The unit.
    public let unit: String
    /// The metric, such as `faa`.
    public let metric: String
    /// What was measured.
    public let value: Measurement
    /// What is to be known of the sources that it was computed from.
    public let notes: [ResultNote]
    /// Which pictures it was learned from and measured on; nil where that is not known.
    public let split: DataSplit?

    /// Creates an entry.
    public init(
        cell: Cell, stage: String, unit: String, metric: String, value: Measurement,
        notes: [ResultNote] = [], split: DataSplit? = nil
    ) {
        self.split = split
        self.cell = cell
        self.stage = stage
        self.unit = unit
        self.metric = metric
        self.value = value
        self.notes = notes
    }
}

/// The results of a pipeline, as far as its units are finished.
///
/// A result unit's artifact holds attributes `metric.<name>` (numbers) and arrays `metric/<name>`,
/// float64: `[tasks]` for a series, `[rows, columns]` with NaN where nothing was measured.
public struct ResultSet: Sendable {
    /// The name of the pipeline.
    public let pipeline: String
    /// The results, in the order of the units.
    public let entries: [ResultEntry]
    /// The results that are not there, in the order of the units.
    public let gaps: [ResultGap]

    package init(pipeline: String, entries: [ResultEntry], gaps: [ResultGap] = []) {
        self.pipeline = pipeline
        self.entries = entries
        self.gaps = gaps
    }

    /// Collects the results.
    ///
    /// - Parameters:
    ///   - notes: what is to be known of the sources of a unit.
    ///   - state: what is known of a unit that is not finished.
    ///   - artifact: the artifact of a unit; nil when it is not finished.
    /// - Throws: what `artifact` throws, and when an artifact is none of its unit.
    public init(
        of graph: UnitGraph, notes: (UnitNode) -> [ResultNote] = { _ in [] },
        state: (UnitNode) -> ResultGap.State = { _ in .missing },
        artifact artifactOf: (UnitNode) throws -> Artifact?
    ) throws {
        let allNotes = graph.notes(from: notes)
        var splits = KnownSplits(graph: graph)
        var entries: [ResultEntry] = []
        var gaps: [ResultGap] = []
        for unit in graph.units {
            let uses = unit.uses.filter(\.isResult)
            guard !uses.isEmpty else { continue }
            guard let artifact = try artifactOf(unit) else {
                gaps += uses.map { ResultGap(unit: unit, use: $0, state: state(unit)) }
                continue
            }
            let measurements = Self.measurements(in: artifact)
            let split = try splits.split(of: unit, from: artifactOf)
            for use in uses {
                entries += measurements.map { metric, value in
                    ResultEntry(
                        cell: use.cell, stage: use.stage, unit: unit.name, metric: metric,
                        value: value, notes: allNotes[unit.id.index], split: split)
                }
            }
        }
        self.init(pipeline: graph.pipeline, entries: entries, gaps: gaps)
    }

    /// The numbers by name, then series and matrices by name.
    private static func measurements(
        in artifact: Artifact
    ) -> [(String, ResultEntry.Measurement)] {
        var found: [(String, ResultEntry.Measurement)] = []
        for (name, value) in artifact.attributes.sorted(by: { $0.key < $1.key }) {
            guard name.hasPrefix("metric.") else { continue }
            let metric = String(name.dropFirst("metric.".count))
            switch value {
            case .real(let number): found.append((metric, .number(number)))
            case .integer(let number): found.append((metric, .number(Double(number))))
            default: continue
            }
        }
        for (name, array) in artifact.arrays.sorted(by: { $0.key < $1.key }) {
            guard name.hasPrefix("metric/"), case .float64(let values) = array.elements
            else { continue }
            let metric = String(name.dropFirst("metric/".count))
            if array.shape.count == 1 { found.append((metric, .series(values))) }
            guard array.shape.count == 2 else { continue }
            let (rows, columns) = (array.shape[0], array.shape[1])
            let matrix = (0..<rows).map { row in
                (0..<columns).map { column -> Double? in
                    let value = values[row * columns + column]
                    return value.isNaN ? nil : value
                }
            }
            found.append((metric, .matrix(matrix)))
        }
        return found
    }

    /// The warnings of all results, as lines: equal texts together, with the result units they concern.
    public var warningLines: [String] {
        var list = WarningList()
        for entry in entries {
            for note in entry.notes where note.name == ResultNote.warning {
                list.add(note.text, of: entry.unit)
            }
        }
        return list.lines
    }

    /// The numbers of one metric of a stage with their units, by cell. Of several units in a cell the
    /// last counts.
    func numbers(stage: String, metric: String) -> [Cell: (unit: String, number: Double)] {
        var numbers: [Cell: (unit: String, number: Double)] = [:]
        for entry in entries where entry.stage == stage && entry.metric == metric {
            if case .number(let number) = entry.value {
                numbers[entry.cell] = (entry.unit, number)
            }
        }
        return numbers
    }

    /// The matrices of one metric of a stage, by cell. Of several units in a cell the last counts.
    func matrices(
        stage: String, metric: String
    ) -> [Cell: (unit: String, matrix: [[Double?]])] {
        var matrices: [Cell: (unit: String, matrix: [[Double?]])] = [:]
        for entry in entries where entry.stage == stage && entry.metric == metric {
            if case .matrix(let matrix) = entry.value {
                matrices[entry.cell] = (entry.unit, matrix)
            }
        }
        return matrices
    }
}

/// Mean and spread of repeated measurements.
public struct Aggregate: Sendable, Hashable {
    /// The mean.
    public let mean: Double
    /// The sample standard deviation (divisor n − 1); nil for one measurement.
    public let deviation: Double?
    /// The number of measurements.
    public let count: Int

    /// Aggregates measurements; nil for none.
    public init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        self.mean = mean
        count = values.count
        if values.count > 1 {
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            deviation = (squares / Double(values.count - 1)).squareRoot()
        } else {
            deviation = nil
        }
    }
}
