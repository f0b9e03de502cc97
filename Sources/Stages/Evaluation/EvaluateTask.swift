import Engine
import Foundation
import Pipeline

/// Accuracy on every task seen, after one task (spec section 14.1).
///
/// Inputs: `backbone`, `data`; `pet` (shared) or `slot[j]` (a PET a task); `head`: recovered head, or
/// `initial` and `rows[j]` where there is no recovery; with a PET a task also `identity-pet` and
/// `identity-head` (or `identity-initial`, `identity-rows[j]`) of the model that names the task.
/// Output: arrays over the tasks seen, in percent (`EvaluationRow`).
struct EvaluateTask: UnitWork {
    static let kind = "evaluate"
    static let version = 1

    let task: Int
    let model: Model
    /// The model that names the task of a picture; nil: the model itself.
    let identity: Model?
    let transform: EvaluationTransform
    let access: any PictureAccess

    /// What a model consists of.
    struct Model: Encodable, Sendable {
        let sharing: ModelOutput.Sharing
        let pet: PETChoice
        let isRecovered: Bool
    }

    // The manifest's digest names the pictures, wherever they lie.
    enum CodingKeys: CodingKey { case task, model, identity, transform }

    func run(_ context: UnitContext) throws -> Artifact {
        let scene = try Scene(self, context)
        let inferred: [Int]
        let features: Tensor
        if let identity {
            let shared = try scene.features(identity.pet, role: "identity-pet")
            let head = try heads(identity, prefix: "identity-", scene).after
            inferred = scene.tasks(of: head.logits(shared))
            features = try scene.features(model.pet, slotOf: inferred)
        } else {
            features = try scene.features(model.pet, role: "pet")
            inferred = []
        }
        let heads = try heads(model, prefix: "", scene)
        let logits = heads.after.logits(features)
        let row = EvaluationRow(
            scene: scene, logits: logits, before: heads.before.logits(features),
            inferred: identity == nil ? scene.tasks(of: logits) : inferred)
        return row.artifact(task: task)
    }

    /// The head after recovery and before it; the same where there is no recovery.
    private func heads(
        _ model: Model, prefix: String, _ scene: Scene
    ) throws -> (after: LinearHead, before: LinearHead) {
        if model.isRecovered {
            let artifact = try scene.context.input("\(prefix)head")
            return (try artifact.head(in: "head"), try artifact.head(in: "before"))
        }
        var head = try scene.context.input("\(prefix)initial").head(in: "head")
        for earlier in 0...task {
            head.replaceRows(
                scene.manifest.tasks[earlier],
                with: try scene.context.input("\(prefix)rows[\(earlier)]").head(in: "rows"))
        }
        return (head, head)
    }
}

/// The test pictures of all tasks seen, and what computes their features.
struct Scene {
    let context: UnitContext
    let manifest: DatasetManifest
    /// The test pictures, task by task.
    let entries: [DatasetManifest.Entry]
    /// The task of each picture.
    let taskOf: [Int]
    /// The classes of the tasks seen.
    let seen: [Int]
    let taskCount: Int
    private let extractor: FeatureExtractor
    private let transform: EvaluationTransform

    init(_ work: EvaluateTask, _ context: UnitContext) throws {
        self.context = context
        manifest = try DatasetManifest(artifact: context.input("data"))
        taskCount = work.task + 1
        let parts = (0..<taskCount).map { [manifest] in manifest.entries(split: .test, task: $0) }
        entries = parts.flatMap { $0 }
        taskOf = parts.enumerated().flatMap { Array(repeating: $0, count: $1.count) }
        seen = manifest.tasks[0..<taskCount].flatMap { $0 }
        transform = work.transform
        extractor = FeatureExtractor(
            backbone: VisionTransformer(try context.input("backbone").backbone()),
            transform: work.transform, access: work.access, context: context)
    }

    /// Features of all pictures under the PET that an input holds. `[n, D]`.
    func features(_ choice: PETChoice, role: String) throws -> Tensor {
        try extractor.memoisedFeatures(
            entries, pet: try pet(choice, role: role), group: try memoGroup(choice, role: role))
    }

    /// Features of each picture under the slot of the task inferred for it. `[n, D]`.
    func features(_ choice: PETChoice, slotOf inferred: [Int]) throws -> Tensor {
        let width = extractor.backbone.configuration.width
        var result = Tensor(zeros: [entries.count, width])
        for slot in 0..<taskCount {
            let rows = entries.indices.filter { inferred[$0] == slot }
            if rows.isEmpty { continue }
            let role = "slot[\(slot)]"
            let part = try extractor.memoisedFeatures(
                rows.map { entries[$0] }, pet: try pet(choice, role: role),
                group: try memoGroup(choice, role: role))
            for (source, row) in rows.enumerated() {
                result.values.replaceSubrange(
                    row * width..<(row + 1) * width,
                    with: part.values[source * width..<(source + 1) * width])
            }
        }
        return result
    }

    /// The task of the most probable class among those seen. No unseen task is ever named.
    func tasks(of logits: Tensor) -> [Int] {
        logits.arguments(ofMaximumAmong: seen).map { manifest.task(of: $0) }
    }

    private func pet(_ choice: PETChoice, role: String) throws -> PET? {
        try choice.method.map {
            PET(method: $0, parameters: try context.input(role).parameters(in: "pet"))
        }
    }

    /// The memo group of the features under one PET: keyed by everything a feature depends on but the picture.
    private func memoGroup(_ choice: PETChoice, role: String) throws -> String {
        var content = Artifact()
        if choice.method != nil {
            content.store(try context.input(role).parameters(in: "pet"), in: "pet")
        }
        return try FeatureKey(
            backbone: context.inputDigest("backbone"), pet: choice, parameters: content.digest.hex,
            transform: transform
        ).text
    }
}

/// What a feature depends on besides the picture.
private struct FeatureKey: Encodable {
    let backbone: String
    let pet: PETChoice
    let parameters: String
    let transform: EvaluationTransform
    let version = ExtractFeatures.version

    /// The same text for the same content.
    var text: String {
        get throws {
            try Value(json: String(decoding: JSONEncoder().encode(self), as: UTF8.self))
                .canonicalJSON
        }
    }
}
