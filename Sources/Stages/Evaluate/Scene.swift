import Data
import Engine
import Foundation
import Pipeline

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
    private let access: any PictureAccess

    /// Reads the pictures of the tasks up to `task`, counted from 0. Input: `data`.
    init(task: Int, access: any PictureAccess, _ context: UnitContext) throws {
        self.context = context
        self.access = access
        manifest = try context.manifest()
        taskCount = task + 1
        let parts = (0..<taskCount).map { [manifest] in manifest.entries(split: .test, task: $0) }
        entries = parts.flatMap { $0 }
        taskOf = parts.enumerated().flatMap { Array(repeating: $0, count: $1.count) }
        seen = manifest.classes(ofFirst: taskCount)
    }

    /// The task of the most probable class among those seen. No unseen task is ever named.
    func tasks(of logits: Tensor) -> [Int] {
        logits.arguments(ofMaximumAmong: seen).map { manifest.task(of: $0) }
    }

    /// The same; nil where classes do not tell tasks apart.
    func tasksIfTold(by logits: Tensor) -> [Int]? {
        manifest.repeatsClasses ? nil : tasks(of: logits)
    }

    /// Batches of the pictures, task by task in the order of the dataset, as the reference loads them: the
    /// last of a task may be short.
    func batches(of size: Int) -> [Range<Int>] {
        var batches: [Range<Int>] = []
        var start = 0
        while start < entries.count {
            let end = (start..<min(start + size, entries.count)).first {
                taskOf[$0] != taskOf[start]
            }
            batches.append(start..<(end ?? min(start + size, entries.count)))
            start = batches[batches.count - 1].upperBound
        }
        return batches
    }

    /// What computes features with the backbone of one input.
    func lens(backbone role: String, transform: EvaluationTransform) throws -> Lens {
        Lens(
            scene: self, backboneDigest: context.inputDigest(role),
            extractor: FeatureExtractor(
                backbone: try context.backbone(role), transform: transform, access: access,
                context: context))
    }
}

/// A backbone and a transform, looking at the pictures of a scene.
struct Lens {
    let scene: Scene
    fileprivate let backboneDigest: String
    fileprivate let extractor: FeatureExtractor

    var transform: EvaluationTransform { extractor.transform }
    var width: Int { extractor.backbone.configuration.width }

    /// Features of all pictures under a PET. `[n, D]`.
    ///
    /// - Parameters:
    ///   - role: the input that holds the PET; not read where there is none.
    ///   - group: the group of its parameters: `pet`, `shadow`.
    func features(_ choice: PETChoice, role: String, group: String = Group.pet) throws -> Tensor {
        try features(
            scene.entries, choice, try parameters(choice, role: role, group: group))
    }

    /// Features of each picture under the slot of a task. `[n, D]`, zeros where the task is nil.
    func features(_ choice: PETChoice, slotOf tasks: [Int?]) throws -> Tensor {
        let width = extractor.backbone.configuration.width
        var result = Tensor(zeros: [scene.entries.count, width])
        for slot in 0..<scene.taskCount {
            let rows = scene.entries.indices.filter { tasks[$0] == slot }
            if rows.isEmpty { continue }
            let part = try features(
                rows.map { scene.entries[$0] }, choice,
                try parameters(choice, role: Role.slot(slot), group: Group.pet))
            for (source, row) in rows.enumerated() {
                result.values.replaceSubrange(
                    row * width..<(row + 1) * width,
                    with: part.values[source * width..<(source + 1) * width])
            }
        }
        return result
    }

    private func parameters(
        _ choice: PETChoice, role: String, group: String
    ) throws -> ParameterSet? {
        choice.method == nil ? nil : try scene.context.input(role).parameters(in: group)
    }

    /// Features of all pictures under a prompt pool. `[n, D]`.
    ///
    /// - Parameters:
    ///   - competing: the keys that were compared, the first of the pool.
    ///   - batches: where the features of a picture depend on its batch; nil where they do not, so that
    ///     they can be remembered.
    func features(
        _ choice: PETChoice, _ pet: PET, _ selection: PoolSelection, competing: Int,
        batches: [Range<Int>]?
    ) throws -> Tensor {
        if let batches {
            return try extractor.features(
                scene.entries, inBatches: batches, pet: pet, selection: selection)
        }
        return try extractor.memoisedFeatures(
            scene.entries, pet: pet, selection: selection,
            group: try group(choice, pet.parameters, competing: competing))
    }

    private func features(
        _ entries: [DatasetManifest.Entry], _ choice: PETChoice, _ parameters: ParameterSet?
    ) throws -> Tensor {
        let pet: PET? =
            if let method = choice.method, let parameters {
                PET(method: method, parameters: parameters)
            } else {
                nil
            }
        return try extractor.memoisedFeatures(
            entries, pet: pet, group: try group(choice, parameters, competing: nil))
    }

    /// The memo group is keyed by everything that a feature depends on but the picture.
    private func group(
        _ choice: PETChoice, _ parameters: ParameterSet?, competing: Int?
    ) throws -> String {
        try FeatureKey(
            backbone: backboneDigest, choice, parameters, competing: competing,
            transform: extractor.transform
        ).text
    }
}

/// What a feature depends on besides the picture.
struct FeatureKey: Encodable {
    private let backbone: String
    private let pet: PETChoice
    private let parameters: String
    /// The keys of a prompt pool that were compared; nil for other methods.
    private let competing: Int?
    private let transform: EvaluationTransform
    private let version = ExtractFeatures.version

    /// - Parameters:
    ///   - backbone: the digest of its unit.
    ///   - parameters: those of the PET; nil where there is none.
    init(
        backbone: String, _ choice: PETChoice, _ parameters: ParameterSet?, competing: Int? = nil,
        transform: EvaluationTransform
    ) {
        var content = Artifact()
        if let parameters { content.store(parameters, in: Group.pet) }
        self.backbone = backbone
        pet = parameters == nil ? .none : choice
        self.parameters = content.digest.hex
        self.competing = competing
        self.transform = transform
    }

    /// The same text for the same content.
    var text: String {
        get throws {
            try ValueEncoder.value(of: self).canonicalJSON
        }
    }
}
