import Data
import Engine
import Pipeline

/// `nearest-class-mean`: the class whose mean feature is nearest, after every task.
struct NearestClassMeanStage: Stage {
    static let kind = "nearest-class-mean"
    static let summary = "accuracy of naming the class with the nearest mean feature"
    static let needs = [
        Need(Role.model, isOptional: true, accepts: "a sequence of shared models"),
        Need(
            Role.backbone, isOptional: true, accepts: "a frozen backbone, where there is no model"),
        Need(Role.data, isOptional: true, accepts: "a dataset, where there is no model"),
    ]

    private let distance: FeatureDistance

    init(_ reader: ParameterReader) {
        distance = reader.choice(
            "distance", default: "cosine",
            ["cosine": { _ in .cosine }, "euclidean": { _ in .euclidean }])
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let model = try model(expansion)
        var features: [UnitID] = []
        var rows: [UnitID] = []
        for task in 0..<model.data.taskCount {
            if expansion.isFull { break }
            features.append(expansion.addFeatures(of: model, task: task))
            let inputs =
                model.pictureInputs(task: task) + model.petInputs(task: task)
                + features.enumerated().map { (Role.features($0), $1) }
            let cost = PassCost(model: model)
            rows.append(
                expansion.add(
                    NameByNearestMean(
                        task: task, distance: distance,
                        pet: model.pet.method == nil ? .none : model.pet,
                        transform: model.evaluationTransform, access: model.data.access),
                    step: "evaluate", task: task, inputs: inputs,
                    UnitTraits(estimate: { cost.evaluation($0, task: task, passes: 1) })))
        }
        expansion.addSummary(of: rows)
    }

    /// The model given, or the bare backbone as a model.
    private func model(
        _ expansion: borrowing StageExpansion
    ) throws(ExpansionError) -> ModelOutput {
        if let model = try expansion.need(Role.model, as: ModelOutput.self) {
            for role in [Role.backbone, Role.data] where expansion.need(role) != nil {
                throw ExpansionError(
                    role: role, problem: "need '\(role)' stands beside need 'model'",
                    hint: "the model brings its own")
            }
            guard model.sharing == .shared else {
                throw ExpansionError(
                    role: Role.model, problem: "class means need one PET for all tasks",
                    hint: "give a shared model, or 'backbone' and 'data'")
            }
            return model
        }
        let setting = try ModelSetting(expansion)
        return ModelOutput(
            sharing: .shared, backbone: setting.backbone, data: setting.data, pet: .none,
            initial: setting.data.unit, trained: [], seed: 0, batchSize: 1)
    }
}

/// Scores the test pictures of all tasks seen by the distance to the mean of each class.
///
/// Inputs: `backbone`, `data`; `pet` where there is one; `features[j]`: the training features of each task
/// so far, as that task left them. Output: as `EvaluateTask`.
private struct NameByNearestMean: UnitWork {
    static let kind = "nearest-class-mean"
    static let version = 1

    let task: Int
    let distance: FeatureDistance
    let pet: PETChoice
    let transform: EvaluationTransform
    let access: any PictureAccess

    // The manifest's digest names the pictures, wherever they lie.
    enum CodingKeys: CodingKey { case task, distance, pet, transform }

    func run(_ context: UnitContext) throws -> Artifact {
        let scene = try Scene(task: task, access: access, context)
        let lens = try scene.lens(backbone: Role.backbone, transform: transform)
        var means = ClassMeans(classes: scene.manifest.classNames.count)
        // A class may be in several tasks: its mean is that of all its pictures.
        var (features, labels): ([Float], [Int]) = ([], [])
        for earlier in 0...task {
            let input = try context.input(Role.features(earlier))
            features += try input.tensor(ArrayName.features).values
            labels += try input.integers(ArrayName.labels)
        }
        means.add(Tensor(shape: [labels.count, lens.width], features), labels: labels)
        let logits = means.scores(of: try lens.features(pet, role: Role.pet), distance)
        let inferred = scene.tasksIfTold(by: logits)
        return try EvaluationRow(
            scene: scene,
            EvaluateTask.Outcome(
                logits: Logits(after: logits, before: logits), inferred: inferred,
                inferredBefore: inferred)
        ).artifact(task: task)
    }
}
