import Data
import Engine
import Pipeline

/// Learns classes that no model was trained on with a fresh linear head on frozen features: once from all
/// their pictures, or in episodes from a few of them (Reference 12.4).
///
/// Inputs: `backbone`, `data`; `pet`: the unit with the PET, where there is one; or `slot[d]`: that of each
/// dataset, and `router`: the unit of `JoinFewShotRouter`. Output: `accuracies [episodes]`, percent, and `slots`; of a single
/// learning also `head/…`, `losses [E]` and what is shown of it as results.
struct LearnFewShot: UnitWork {
    static let kind = "few-shot"
    static let version = 1

    let classes: [Int]
    /// Nil: once, from all pictures.
    let episodes: Episodes?
    let pet: PETChoice
    /// The number of datasets with a PET each, among which the router chooses; nil where nothing chooses.
    let slots: Int?
    let learning: FewShotLearning
    let augmentation: PictureTransform
    let transform: EvaluationTransform
    let seed: Int
    let access: any PictureAccess

    /// Some of the episodes of a stage.
    struct Episodes: Encodable, Sendable {
        /// The index of the first one.
        let first: Int
        let count: Int
        let draw: FewShotDraw
    }

    // The seed stands in the key document by itself; the manifest's digest names the pictures.
    enum CodingKeys: CodingKey {
        case classes, episodes, pet, slots, learning, augmentation, transform
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let pictures = try FewShotPictures(
            context.manifest(), classes: classes,
            draw: episodes?.draw)
        let learner = try FewShotLearner(self, context)
        let base = RandomStream(seed: seed, name: Self.kind)
        var saved = try context.savedProgress()
        var outcome = try saved.map { try FewShotOutcome($0) } ?? FewShotOutcome()
        var artifact = Artifact()
        let count = episodes?.count ?? 1
        while outcome.accuracies.count < count {
            let index = outcome.accuracies.count
            let series = TrainingLoop.Series(index: index, count: count, kept: outcome.artifact)
            if let episodes {
                let number = episodes.first + index
                let stream = base.split("episode-\(number)")
                let result = try learner.learn(
                    pictures.episode(episodes.draw, stream: stream.split("draw")),
                    title: "episode \(number + 1)", stream, series, from: saved)
                outcome.append(accuracy: result.accuracy, slot: result.slot)
            } else {
                let result = try learner.learn(
                    pictures.all, title: "few-shot learning", base.split("all"), series,
                    from: saved)
                outcome.append(accuracy: result.accuracy, slot: result.slot)
                artifact.store(result.classifier, in: Group.head)
                artifact.arrays[ArrayName.losses] = TypedArray(result.losses)
            }
            saved = nil
        }
        artifact.arrays.merge(outcome.artifact.arrays) { $1 }
        if episodes == nil { outcome.store(in: &artifact) }
        return artifact
    }
}

/// How the head is trained.
struct FewShotLearning: Encodable, Sendable {
    let epochs: Int
    /// The rate in effect.
    let rate: Double
    /// Pictures of a step; nil: all of an episode.
    let batch: Int?
}

/// Learns one set of classes after the other on the same frozen features.
private struct FewShotLearner {
    private let work: LearnFewShot
    private let context: UnitContext
    private let backbone: any DeviceBackbone
    private let extractor: FeatureExtractor
    private let router: FewShotRouter?

    struct Result {
        let accuracy: Double
        let slot: Int?
        let classifier: Classifier
        let losses: [Double]
    }

    init(_ work: LearnFewShot, _ context: UnitContext) throws {
        self.work = work
        self.context = context
        backbone = try context.backbone()
        extractor = FeatureExtractor(
            backbone: backbone, transform: work.transform, access: work.access, context: context)
        router = work.slots == nil ? nil : try FewShotRouter(context.input(Role.router))
    }

    /// Trains a fresh head on the training pictures and measures it on the test pictures.
    ///
    /// - Parameter saved: progress of this very learning; nil at its start.
    func learn(
        _ task: FewShotTask, title: String, _ stream: RandomStream, _ series: TrainingLoop.Series,
        from saved: Artifact?
    ) throws -> Result {
        let slot = try slot(for: task.support, title)
        let parameters = try parameters(slot)
        let pet = parameters.flatMap { parameters in
            work.pet.method.map { PET(method: $0, parameters: parameters) }
        }
        let configuration = backbone.configuration
        var setup = TrainingSetup(
            pet: pet,
            head: .uniform(
                classes: task.classes.count, width: configuration.width,
                stream: stream.split("head")),
            scope: .headOnly, optimizer: .adam, clipNorm: nil)
        setup.mapping = .featureNorm(for: configuration)
        let trainer = backbone.training(setup)
        var loop = TrainingLoop(
            recipe: work.learning.recipe(pictures: task.support.count), trainer: trainer,
            pictures: LabelledPictures(
                access: work.access, entries: task.support, rows: task.classes,
                transform: work.augmentation),
            stream: stream.split("train"), title: title)
        loop.series = series
        let history = try loop.run(context, from: saved)
        let classifier = Classifier(mapping: trainer.mapping, head: trainer.head)
        let features = try extractor.memoisedFeatures(
            task.queries, pet: pet, group: try group(work.pet, parameters)
        ) { loop.progress(history) }
        let logits = classifier.logits(features)
        try NonFiniteFeatures.check(
            logits: logits, of: task.queries, among: Array(task.classes.indices))
        let rows =
            logits
            .arguments(ofMaximumAmong: Array(task.classes.indices))
        let right = zip(rows, task.queries).count { task.classes[$0] == $1.label }
        let accuracy = 100 * Double(right) / Double(task.queries.count)
        context.log("\(title): \(right) of \(task.queries.count) test pictures named right")
        return Result(
            accuracy: accuracy, slot: slot, classifier: classifier, losses: history.losses)
    }

    /// The dataset that most training pictures vote for, the first of equals; nil where nothing chooses.
    private func slot(for support: [DatasetManifest.Entry], _ title: String) throws -> Int? {
        guard let router, let slots = work.slots else { return nil }
        let features = try extractor.memoisedFeatures(
            support, pet: nil, group: try group(.none, nil))
        let votes = router.votes(features, slots: slots)
        let chosen = votes.indices.reduce(0) { votes[$1] > votes[$0] ? $1 : $0 }
        context.log(
            "\(title): the PET of dataset \(chosen), for which \(votes[chosen]) of "
                + "\(support.count) training pictures vote")
        return chosen
    }

    /// The parameters of the PET; nil where there is none.
    private func parameters(_ slot: Int?) throws -> ParameterSet? {
        guard work.pet.method != nil else { return nil }
        return try context.input(slot.map { Role.slot($0) } ?? Role.pet).parameters(in: Group.pet)
    }

    private func group(_ choice: PETChoice, _ parameters: ParameterSet?) throws -> String {
        try FeatureKey(
            backbone: context.inputDigest(Role.backbone), choice, parameters,
            transform: work.transform
        ).text
    }
}

extension FewShotLearning {
    /// The recipe for so many training pictures.
    func recipe(pictures: Int) -> TrainingRecipe {
        TrainingRecipe(epochs: epochs, batchSize: batch ?? pictures, effectiveRate: rate)
    }
}
