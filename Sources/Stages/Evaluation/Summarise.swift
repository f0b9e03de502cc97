import Engine
import Pipeline

/// The figures of a sequence of tasks (spec section 14.3).
///
/// Inputs: `row[t]`: the evaluation after each task. Output: `metric.<name>` in percent, and
/// `metric/accuracy-matrix [T, T]`, accuracy on task i after task t, NaN where t < i.
struct Summarise: UnitWork {
    static let kind = "summarise"
    static let version = 1

    let tasks: Int

    func run(_ context: UnitContext) throws -> Artifact {
        let rows = try (0..<tasks).map { try EvaluationRow(artifact: context.input("row[\($0)]")) }
        let accuracy = matrix(rows, "accuracy")
        let before = matrix(rows, "accuracy-before-recovery")
        var artifact = Artifact()
        func set(_ name: String, _ value: Double) {
            artifact.attributes["metric.\(name)"] = .real(value)
        }
        set("faa", accuracy.faa)
        set("caa", accuracy.caa)
        if tasks > 1 {
            set("ffm", accuracy.ffm)
            set("bwt", accuracy.bwt)
        }
        set("faa-before-recovery", before.faa)
        set("faa-masked", matrix(rows, "accuracy-masked").faa)
        set("tii-accuracy", matrix(rows, "task-identity").faa)
        set(
            "faa-micro",
            accuracy.microAverage(
                after: tasks - 1, pictures: rows[tasks - 1]["pictures"].map { Int($0) }))
        for (name, matrix) in [("accuracy-matrix", accuracy), ("accuracy-matrix-before", before)] {
            let values = (0..<tasks).flatMap { i in
                (0..<tasks).map { t in t < i ? .nan : matrix[i, t] ?? .nan }
            }
            artifact.arrays["metric/\(name)"] = TypedArray(values, shape: [tasks, tasks])
        }
        return artifact
    }

    private func matrix(_ rows: [EvaluationRow], _ name: String) -> AccuracyMatrix {
        AccuracyMatrix(columns: rows.map { $0[name] })
    }
}
