import Data
import Engine
import Pipeline

/// `pretrain`: a backbone trained from nothing, all weights, on all classes of a dataset at once.
struct PretrainStage: Stage {
    static let kind = "pretrain"
    static let summary = "a backbone trained from random weights on all classes at once"
    static let needs = [Need(Role.data, accepts: "a dataset with one task")]

    private let configuration: ViTConfiguration
    private let seed: Int
    private let recipe: TrainingRecipe

    init(_ reader: ParameterReader) {
        configuration = ViTConfiguration(reader, key: "model")
        seed = reader.integer("seed")
        recipe = TrainingRecipe(reader)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let data = try expansion.required(Role.data, as: DataOutput.self)
        guard data.taskCount == 1 else {
            throw ExpansionError(
                role: Role.data,
                problem: "need 'data' has \(data.taskCount) tasks, pre-training takes one",
                hint: "give that dataset 'tasks: 1'")
        }
        try data.transforms.check(nil)
        let cost = TrainingCost(
            configuration: configuration, pet: nil, scope: .everything, recipe: recipe, taskCount: 1
        )
        let encoding = data.transforms.evaluation(
            size: configuration.imageSize, channels: configuration.channels
        ).encoding
        let unit = expansion.add(
            Pretrain(
                model: configuration, recipe: recipe,
                augmentation: data.transforms.train(for: configuration),
                seed: seed, access: data.access),
            step: "train", seed: seed, inputs: [(Role.data, data.unit)],
            UnitTraits(
                rates: recipe.series(RateFactors(), pet: "backbone"),
                estimate: { cost.estimate($0) }))
        expansion.output = BackboneOutput(
            unit: unit, configuration: configuration, encoding: encoding)
    }
}

/// Trains all weights. Inputs: `data`. Output: `backbone/<name>`, `head/…`, `losses [E]`.
private struct Pretrain: UnitWork {
    static let kind = "pretrain"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    let model: ViTConfiguration
    let recipe: TrainingRecipe
    let augmentation: PictureTransform
    let seed: Int
    let access: any PictureAccess

    // The seed stands in the key document by itself; the manifest's digest names the pictures.
    enum CodingKeys: CodingKey { case model, recipe, augmentation }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try context.manifest()
        let stream = RandomStream(seed: seed, name: Self.kind)
        let classes = manifest.tasks[0]
        let trainer = context.device.load(
            ViTWeights.initial(model, stream: stream.split("backbone"))
        ).training(
            TrainingSetup(
                pet: nil,
                head: LinearHead(
                    classes: classes.count, width: model.width, stream: stream.split("head")),
                scope: .everything, optimizer: recipe.optimizer,
                clipNorm: recipe.clipNorm.map(Float.init)))
        let loop = TrainingLoop(
            recipe: recipe, trainer: trainer,
            pictures: LabelledPictures(
                of: 0, in: manifest, access: access, transform: augmentation),
            stream: stream, title: "pre-training")
        let history = try loop.run(context)
        var artifact = try Artifact(backbone: trainer.backboneWeights)
        artifact.store(trainer.head, in: Group.head)
        artifact.arrays[ArrayName.losses] = TypedArray(history.losses)
        return artifact
    }
}
