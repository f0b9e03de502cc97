import Engine
import Pipeline

/// Accuracies on each task seen, in percent: a column of the accuracy matrix.
struct EvaluationRow {
    /// The arrays of the artifact, each `[tasks seen]`.
    static let names = [
        "accuracy", "accuracy-masked", "accuracy-before-recovery", "task-identity", "pictures",
    ]

    private var values: [String: [Double]]

    /// Scores logits.
    ///
    /// - Parameters:
    ///   - logits: `[n, C]` of all pictures of the scene, after recovery.
    ///   - before: the same before recovery.
    ///   - inferred: the task inferred for each picture.
    init(scene: Scene, logits: Tensor, before: Tensor, inferred: [Int]) {
        let labels = scene.entries.map(\.label)
        let all = Array(0..<logits.shape[1])
        let guesses = logits.arguments(ofMaximumAmong: all)
        let masked = logits.arguments(ofMaximumAmong: scene.seen)
        let earlier = before.arguments(ofMaximumAmong: all)
        func share(_ isRight: (Int) -> Bool) -> [Double] {
            (0..<scene.taskCount).map { task in
                let rows = labels.indices.filter { scene.taskOf[$0] == task }
                if rows.isEmpty { return .nan }
                return 100 * Double(rows.count { isRight($0) }) / Double(rows.count)
            }
        }
        values = [
            "accuracy": share { guesses[$0] == labels[$0] },
            "accuracy-masked": share { masked[$0] == labels[$0] },
            "accuracy-before-recovery": share { earlier[$0] == labels[$0] },
            "task-identity": share { inferred[$0] == scene.taskOf[$0] },
            "pictures": (0..<scene.taskCount).map { task in
                Double(scene.taskOf.count { $0 == task })
            },
        ]
    }

    /// Reads a row back.
    init(artifact: Artifact) throws {
        values = [:]
        for name in Self.names { values[name] = try artifact.doubles(name) }
    }

    subscript(name: String) -> [Double] { values[name] ?? [] }

    func artifact(task: Int) -> Artifact {
        var artifact = Artifact(attributes: ["task": .integer(task)])
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
}
