import Data
import Engine
import Pipeline

/// Accuracy on every task seen, after one task (Reference 9 and Reference 10).
///
/// Inputs: `backbone`, `data`; those of the model (`EvaluatedModel`); those of the model that names the
/// task under the same roles with `identity-` before them, its backbone where it has another one, and
/// `identity-tasks`: the unit with the task head. Output: arrays over the tasks seen, in percent
/// (`EvaluationRow`).
struct EvaluateTask: UnitWork {
    static let kind = "evaluate"
    static let version = 2

    let task: Int
    let model: EvaluatedModel
    /// What names the task of a picture; nil: the logits of the model itself, a shared one.
    let identity: TaskIdentity?
    /// How a model with a prompt pool sees pictures; nil for other models.
    let pool: PoolInference?
    /// Nil is `normal`.
    let inference: InferenceMode?
    /// Whether logits outside the classes of a picture's own task are left out; nil is no.
    let isTaskIncremental: Bool?
    let transform: EvaluationTransform
    let access: any PictureAccess

    // The manifest's digest names the pictures, wherever they lie.
    enum CodingKeys: CodingKey {
        case task, model, identity, pool, inference, isTaskIncremental, transform
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let scene = try Scene(task: task, access: access, context)
        let lens = try scene.lens(backbone: Role.backbone, transform: transform)
        let outcome: Outcome
        if let pool {
            outcome = try pool.outcome(lens, of: model, task: task)
        } else if let identity {
            outcome = try self.outcome(identity, lens)
        } else {
            let logits = try model.logits(lens, task: task, prefix: "")
            outcome = Outcome(
                logits: logits, inferred: scene.tasksIfTold(by: logits.after),
                inferredBefore: scene.tasksIfTold(by: logits.before))
        }
        return try EvaluationRow(scene: scene, masked(outcome, scene)).artifact(task: task)
    }

    /// The logits of all pictures, and the task inferred for each.
    struct Outcome {
        var logits: Logits
        /// Nil where tasks are not told by classes.
        let inferred: [Int]?
        /// As the classifier before its recovery infers it, where the model names the task itself.
        let inferredBefore: [Int]?
    }

    private func masked(_ outcome: Outcome, _ scene: Scene) -> Outcome {
        guard isTaskIncremental == true else { return outcome }
        let classes = { (row: Int) in scene.manifest.tasks[scene.taskOf[row]] }
        var outcome = outcome
        outcome.logits = Logits(
            after: outcome.logits.after.masked(classes),
            before: outcome.logits.before.masked(classes))
        return outcome
    }

    /// The outcome of a model with a PET a task, or a dataset.
    private func outcome(_ identity: TaskIdentity, _ lens: Lens) throws -> Outcome {
        let scene = lens.scene
        let heads = try model.heads(scene, task: task, prefix: "")
        let named = try identity.names(lens, task: task)
        func logits(_ tasks: [Int?]) throws -> Logits {
            heads.logits(try lens.features(model.pet, slotOf: tasks))
        }
        var result: Logits
        switch inference ?? .normal {
        case .normal: result = try logits(named.tasks)
        case .maximum:
            result = try logits(named.tasks).maximum(
                named.classLogits.masked { _ in scene.seen })
        case .topK, .topP:
            let votes = (inference ?? .normal).votes(
                logits: named.classLogits, seen: scene.seen, task: scene.manifest.task(of:))
            result = Logits(zeros: [scene.entries.count, scene.manifest.classNames.count])
            for rank in 0..<(votes.map(\.count).max() ?? 0) {
                let share = votes.map { $0.indices.contains(rank) ? $0[rank] : nil }
                result.add(
                    try logits(share.map { $0?.task }), weights: share.map { $0?.weight ?? 0 })
            }
        }
        return Outcome(logits: result, inferred: named.tasks, inferredBefore: named.tasks)
    }
}

/// Logits `[n, C]` with the classifier after its recovery, and before it.
struct Logits {
    var after: Tensor
    var before: Tensor

    init(after: Tensor, before: Tensor) {
        self.after = after
        self.before = before
    }

    init(zeros shape: [Int]) {
        self.init(after: Tensor(zeros: shape), before: Tensor(zeros: shape))
    }

    /// The larger of these and others, element by element.
    func maximum(_ other: Logits) -> Logits {
        Logits(after: after.maximum(other.after), before: before.maximum(other.before))
    }

    /// The same with one tensor of others.
    func maximum(_ other: Tensor) -> Logits {
        maximum(Logits(after: other, before: other))
    }

    /// Adds others, each row times its weight; rows of weight 0 are not looked at.
    mutating func add(_ other: Logits, weights: [Float]) {
        let width = after.shape[1]
        for (row, weight) in weights.enumerated() where weight != 0 {
            for index in row * width..<(row + 1) * width {
                after.values[index] += weight * other.after.values[index]
                before.values[index] += weight * other.before.values[index]
            }
        }
    }
}
