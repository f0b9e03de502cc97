import Engine
import Pipeline

/// The figures of a sequence of tasks (Reference 10.2).
///
/// Inputs: `row[t]`: the evaluation after each task. Output: `metric.<name>` in percent;
/// `metric/<figure>-curve [T]`, the mean over the tasks seen after each task; and
/// `metric/accuracy-matrix [T, T]`, accuracy on task i after task t, NaN where t < i, with its relatives.
struct Summarise: UnitWork {
    static let kind = "summarise"
    static let version = 2

    let tasks: Int

    func run(_ context: UnitContext) throws -> Artifact {
        let rows = try (0..<tasks).map { try EvaluationRow(artifact: context.input(Role.row($0))) }
        var artifact = Artifact()
        for suffix in ["", EvaluationRow.beforeSuffix] { store(rows, suffix, in: &artifact) }
        for name in EvaluationRow.names where name != "pictures" {
            let matrix = matrix(rows, name)
            artifact.arrays["metric/\(name)-curve"] = TypedArray(
                (0..<tasks).map(matrix.average(after:)))
        }
        for (name, figure) in Self.matrices {
            let matrix = matrix(rows, figure)
            let values = (0..<tasks).flatMap { i in
                (0..<tasks).map { t in t < i ? .nan : matrix[i, t] ?? .nan }
            }
            artifact.arrays["metric/\(name)"] = TypedArray(values, shape: [tasks, tasks])
        }
        return artifact
    }

    /// The matrices by name, and the figure each is of.
    private static let matrices = [
        ("accuracy-matrix", "accuracy"),
        ("accuracy-matrix-before", "accuracy" + EvaluationRow.beforeSuffix),
        ("accuracy-matrix-masked", "accuracy-masked"), ("task-identity-matrix", "task-identity"),
    ]

    private func store(_ rows: [EvaluationRow], _ suffix: String, in artifact: inout Artifact) {
        func set(_ name: String, _ value: Double) {
            artifact.attributes["metric.\(name)\(suffix)"] = .real(value)
        }
        let accuracy = matrix(rows, "accuracy" + suffix)
        set("faa", accuracy.faa)
        set("caa", accuracy.caa)
        if tasks > 1 {
            set("ffm", accuracy.ffm)
            set("bwt", accuracy.bwt)
        }
        let micro = rows.indices.map { t in
            accuracy.microAverage(after: t, pictures: rows[t]["pictures"].map { Int($0) })
        }
        set("faa-micro", micro[tasks - 1])
        set("caa-micro", micro.reduce(0, +) / Double(tasks))
        let masked = matrix(rows, "accuracy-masked" + suffix)
        set("faa-masked", masked.faa)
        set("caa-masked", masked.caa)
        set("faa-top-5", matrix(rows, "accuracy-top-5" + suffix).faa)
        let identity = "task-identity" + suffix
        // Nothing names the task of a picture where tasks have the same classes.
        if rows.contains(where: { !$0[identity].allSatisfy(\.isNaN) }) {
            set("tii-accuracy", matrix(rows, identity).faa)
        }
    }

    private func matrix(_ rows: [EvaluationRow], _ name: String) -> AccuracyMatrix {
        AccuracyMatrix(columns: rows.map { $0[name] })
    }
}

extension StageExpansion {
    /// Adds the figures of a sequence, the result of a stage, of the rows after each task.
    mutating func addSummary(of rows: [UnitID]) {
        _ = add(
            Summarise(tasks: rows.count), step: "summary",
            inputs: rows.enumerated().map { (Role.row($0), $1) }, UnitTraits(isResult: true))
    }
}
