import Data
import Engine
import Pipeline

/// A trained model as evaluation reads it.
///
/// Inputs, each after a prefix: `pet` (shared) or `slot[j]`, the PET of task j (that of its dataset where each
/// dataset has one); `head`: the recovered classifier, or `initial` and `rows[j]` where there is no recovery.
struct EvaluatedModel: Encodable, Sendable {
    let sharing: ModelOutput.Sharing
    let pet: PETChoice
    let isRecovered: Bool
    /// Whether logits under the shadow take part; nil is no.
    let hasShadow: Bool?

    init(_ model: ModelOutput, isRecovered: Bool) {
        sharing = model.sharing
        pet = model.pet
        self.isRecovered = isRecovered
        hasShadow = model.hasShadow ? true : nil
    }

    /// The logits of a shared model: under a PET with a shadow the larger of the two, element by element
    /// (Reference 6.3).
    func logits(_ lens: Lens, task: Int, prefix: String) throws -> Logits {
        let heads = try heads(lens.scene, task: task, prefix: prefix)
        let role = prefix + Role.pet
        let logits = heads.logits(try lens.features(pet, role: role))
        guard hasShadow == true else { return logits }
        return logits.maximum(
            heads.logits(try lens.features(pet, role: role, group: Group.shadow)))
    }

    /// The head after recovery and before it; the same where there is no recovery.
    func heads(_ scene: Scene, task: Int, prefix: String) throws -> Heads {
        if isRecovered {
            let artifact = try scene.context.input(prefix + Role.head)
            return Heads(
                after: try artifact.classifier(in: Group.head),
                before: try artifact.classifier(in: Group.before))
        }
        var head = try scene.context.input(prefix + Role.initial).head(in: Group.head)
        for earlier in 0...task {
            head.replaceRows(
                scene.manifest.tasks[earlier],
                with: try scene.context.input(prefix + Role.rows(earlier)).head(in: Group.rows))
        }
        let classifier = Classifier(
            mapping: try scene.context.input(prefix + Role.rows(task)).mapping(of: Group.rows),
            head: head)
        return Heads(after: classifier, before: classifier)
    }

    /// A classifier after its recovery and before it.
    struct Heads {
        let after: Classifier
        let before: Classifier

        func logits(_ features: Tensor) -> Logits {
            Logits(after: after.logits(features), before: before.logits(features))
        }
    }
}

/// What names the task of a picture (Reference 9).
struct TaskIdentity: Encodable, Sendable {
    /// How the task is named.
    enum Kind: String, Encodable, Sendable {
        /// The task of the most probable class among those seen, as a shared model sees it.
        case classLogits = "class-logits"
        /// The task of the largest score of a task head on the features of a shared model.
        case taskHead = "task-head"
        /// As class logits, of a mapping and a head on the features of the bare backbone.
        case mlp
        /// The true task, for analysis.
        case oracle
    }

    let kind: Kind
    /// The model that names it; nil for the oracle.
    let model: EvaluatedModel?
    /// The transform of that model, where it differs from that of the model it serves.
    let transform: EvaluationTransform?
    /// Whether it has a backbone of its own; nil is no.
    let hasOwnBackbone: Bool?

    /// The tasks named, and the class logits behind them.
    struct Names {
        let tasks: [Int]
        let logits: Tensor?

        /// - Precondition: the kind has class logits.
        var classLogits: Tensor {
            guard let logits else { preconditionFailure("no class logits") }
            return logits
        }
    }

    /// Names the task of every picture.
    func names(_ lens: Lens, task: Int) throws -> Names {
        let scene = lens.scene
        guard let model else { return Names(tasks: scene.taskOf, logits: nil) }
        let isSameLens = transform == nil && hasOwnBackbone != true
        let own =
            isSameLens
            ? lens
            : try scene.lens(
                backbone: hasOwnBackbone == true ? Role.identity(Role.backbone) : Role.backbone,
                transform: transform ?? lens.transform)
        if kind == .taskHead {
            return Names(
                tasks: try namesOfTaskHead(model, own), logits: nil)
        }
        let logits = try model.logits(own, task: task, prefix: Role.identityPrefix).after
        return Names(tasks: scene.tasks(of: logits), logits: logits)
    }

    /// The task with the largest score among those seen.
    private func namesOfTaskHead(_ model: EvaluatedModel, _ lens: Lens) throws -> [Int] {
        let width = lens.width
        let unit = try lens.scene.context.input(Role.identity(Role.tasks))
        let head = Classifier(
            mapping: DenseNetwork(
                DenseNetwork.taskMapping(width: width),
                parameters: try unit.parameters(in: Group.mapping(of: Group.tasks))),
            head: try unit.head(in: Group.tasks))
        let scores = head.logits(try lens.features(model.pet, role: Role.identity(Role.pet)))
        return scores.arguments(ofMaximumAmong: Array(0..<lens.scene.taskCount))
    }
}
