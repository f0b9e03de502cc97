import Data
import Engine
import Pipeline

/// Accuracies on each task seen, in percent: a column of the accuracy matrix.
struct EvaluationRow {
    /// What is measured of every task, each also with `beforeSuffix`: with the classifier before its
    /// recovery.
    static let figures = ["accuracy", "accuracy-masked", "accuracy-top-5", "task-identity"]
    static let beforeSuffix = "-before-recovery"
    /// The arrays of the artifact, each `[tasks seen]`.
    static let names = figures + figures.map { $0 + beforeSuffix } + ["pictures"]

    private var values: [String: [Double]] = [:]

    /// Scores what a model makes of all pictures of the scene.
    ///
    /// - Throws: when a picture has no largest logit among the classes seen.
    init(scene: Scene, _ outcome: EvaluateTask.Outcome) throws {
        for logits in [outcome.logits.after, outcome.logits.before] {
            try NonFiniteFeatures.check(logits: logits, of: scene.entries, among: scene.seen)
        }
        values["pictures"] = (0..<scene.taskCount).map { task in
            Double(scene.taskOf.count { $0 == task })
        }
        score(scene, outcome.logits.after, outcome.inferred, suffix: "")
        score(scene, outcome.logits.before, outcome.inferredBefore, suffix: Self.beforeSuffix)
    }

    private mutating func score(
        _ scene: Scene, _ logits: Tensor, _ inferred: [Int]?, suffix: String
    ) {
        let labels = scene.entries.map(\.label)
        func share(_ isRight: (Int) -> Bool) -> [Double] {
            (0..<scene.taskCount).map { task in
                let rows = labels.indices.filter { scene.taskOf[$0] == task }
                if rows.isEmpty { return .nan }
                return 100 * Double(rows.count { isRight($0) }) / Double(rows.count)
            }
        }
        let guesses = logits.arguments(ofMaximumAmong: Array(0..<logits.shape[1]))
        let masked = logits.arguments(ofMaximumAmong: scene.seen)
        values["accuracy" + suffix] = share { guesses[$0] == labels[$0] }
        values["accuracy-masked" + suffix] = share { masked[$0] == labels[$0] }
        values["accuracy-top-5" + suffix] = share { logits.rank(of: labels[$0], inRow: $0) < 5 }
        values["task-identity" + suffix] =
            inferred.map { tasks in share { tasks[$0] == scene.taskOf[$0] } }
            ?? [Double](repeating: .nan, count: scene.taskCount)
    }

    /// Reads a row back.
    init(artifact: Artifact) throws {
        for name in Self.names { values[name] = try artifact.doubles(name) }
    }

    subscript(name: String) -> [Double] { values[name] ?? [] }

    func artifact(task: Int) -> Artifact {
        var artifact = Artifact(task: task)
        for (name, row) in values { artifact.arrays[name] = TypedArray(row) }
        return artifact
    }
}

extension Tensor {
    /// For each row of `[n, C]` the column with the largest value among `columns`, the first of equals.
    func arguments(ofMaximumAmong columns: [Int]) -> [Int] {
        let width = shape[1]
        return (0..<shape[0]).map { row in
            var best = columns[0]
            for column in columns.dropFirst()
            where values[row * width + column] > values[row * width + best] {
                best = column
            }
            return best
        }
    }

    /// How many columns come before one in a row of `[n, C]`: larger ones, and the first of equals.
    func rank(of column: Int, inRow row: Int) -> Int {
        let start = row * shape[1]
        let value = values[start + column]
        return (0..<shape[1]).count {
            values[start + $0] > value || (values[start + $0] == value && $0 < column)
        }
    }
}
