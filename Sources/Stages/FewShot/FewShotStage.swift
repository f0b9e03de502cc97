import Engine
import Pipeline

/// `few-shot`: classes that no model was trained on, learned by a fresh linear head on frozen features
/// (Reference 12.4).
struct FewShotStage: Stage {
    static let kind = "few-shot"
    static let summary = "a head for new classes, learned from all or few of their pictures"
    static let needs = [
        Need(Role.backbone, accepts: "a frozen backbone"),
        Need(Role.data, accepts: "a dataset, whose labels 'classes' names"),
        Need(Role.model, isOptional: true, accepts: "shared models, with one PET or one a dataset"),
        Need(
            Role.router, isOptional: true,
            accepts: "recovered classifiers of a model with 'pet: none' on the same tasks"),
    ]

    /// Episodes that one unit learns: few enough to go on soon after an interruption, many enough to
    /// read the backbone seldom.
    private static let episodesPerUnit = 10

    private let seed: Int
    private let classes: [Int]
    /// The dataset whose PET is taken, of a model with a PET a dataset; nil where a router chooses.
    private let slot: Int?
    /// Nil: once, from all pictures.
    private let episodes: (count: Int, draw: FewShotDraw)?
    private let learning: FewShotLearning

    init(_ reader: ParameterReader) {
        seed = reader.integer("seed")
        let classes = Self.classes(reader)
        self.classes = classes
        slot = reader.optionalInteger("slot", in: Bounds.countOrNone)
        episodes = reader.choice(
            "protocol", default: "full",
            ["full": { _ in nil }, "episodes": { Self.episodes($0, classes: classes.count) }])
        let batch = reader.optionalInteger("batch", in: Bounds.batch)
        if episodes != nil, batch != nil {
            reader.report(
                "batch", "is of 'protocol: full' alone: an episode is one batch",
                hint: "leave it out")
        }
        learning = FewShotLearning(
            epochs: reader.integer("epochs", in: Bounds.count),
            rate: reader.real("lr", in: Bounds.rate),
            batch: episodes == nil ? batch ?? 24 : nil)
    }

    /// Reads `classes`: `[100, 101]` or `{first: 100, count: 20}`.
    private static func classes(_ reader: ParameterReader) -> [Int] {
        if !reader.keys(of: "classes").isEmpty, let range = reader.mapping("classes") {
            let first = range.integer("first", in: Bounds.countOrNone)
            return Array(first..<first + range.integer("count", in: Bounds.classes))
        }
        let labels = reader.integers("classes", in: Bounds.countOrNone)
        var seen: Set<Int> = []
        if let twice = labels.first(where: { !seen.insert($0).inserted }) {
            reader.report("classes", "names class \(twice) twice")
        }
        return labels
    }

    private static func episodes(
        _ reader: ParameterReader, classes: Int
    ) -> (count: Int, draw: FewShotDraw) {
        let count = reader.integer("count", default: 100, in: Bounds.episodes)
        let draw = FewShotDraw(
            ways: reader.integer("ways", default: 5, in: Bounds.batch),
            shots: reader.integer("shots", default: 5, in: Bounds.batch),
            queries: reader.integer("queries", default: 100, in: Bounds.count))
        if draw.ways > classes, classes > 0 {
            reader.report(
                "ways", "is \(draw.ways), and 'classes' names \(classes)",
                hint: "an episode draws 'ways' of the classes")
        }
        if draw.ways * draw.shots > Bounds.batch.upperBound {
            reader.report(
                "shots",
                "makes an episode of \(draw.ways * draw.shots) training pictures, which are one "
                    + "batch of at most \(Bounds.batch.upperBound)")
        }
        return (count, draw)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        guard !classes.isEmpty else {
            throw ExpansionError(
                problem: "parameter 'classes' names no class",
                hint: "write [100, 101] or {first: 100, count: 20}")
        }
        let setting = try ModelSetting(expansion)
        try setting.data.requireOwnClasses(for: Self.kind)
        let features = try FewShotFeatures.chosen(expansion, setting, slot: slot)
        var inputs: UnitInputs =
            [(Role.backbone, features.backbone), (Role.data, setting.data.unit)] + features.inputs
        if let router = features.router {
            let unit = expansion.add(
                JoinFewShotRouter(), step: "router",
                inputs: [(Role.head, router.head), (Role.data, router.data)])
            inputs.append((Role.router, unit))
        }
        guard let episodes else {
            _ = add(nil, setting, features, inputs: inputs, to: &expansion)
            return
        }
        let size = Self.episodesPerUnit
        let units = stride(from: 0, to: episodes.count, by: size).map { first in
            let part = LearnFewShot.Episodes(
                first: first, count: min(size, episodes.count - first), draw: episodes.draw)
            return add(part, setting, features, inputs: inputs, to: &expansion)
        }
        _ = expansion.add(
            SummariseFewShot(units: units.count), step: "summary",
            inputs: units.enumerated().map { (Role.episodes($0), $1) }, UnitTraits(isResult: true))
    }

    private func add(
        _ episodes: LearnFewShot.Episodes?, _ setting: ModelSetting, _ features: FewShotFeatures,
        inputs: UnitInputs, to expansion: inout StageExpansion
    ) -> UnitID {
        let drawn = episodes.map { $0.draw.ways * $0.draw.shots }
        let recipe = learning.recipe(pictures: drawn ?? 1)
        let cost = TrainingCost(
            configuration: setting.backbone.configuration, pet: features.pet.method,
            scope: .headOnly, recipe: recipe, taskCount: 1)
        let (wanted, count) = (classes.count, episodes?.count ?? 1)
        return expansion.add(
            LearnFewShot(
                classes: classes, episodes: episodes, pet: features.pet, slots: features.slots,
                learning: learning, augmentation: setting.augmentation,
                transform: setting.data.transforms.evaluation(for: setting.backbone), seed: seed,
                access: setting.data.access),
            step: episodes == nil ? "learn" : "episodes",
            task: episodes.map { $0.first / Self.episodesPerUnit }, seed: seed, inputs: inputs,
            UnitTraits(
                isResult: episodes == nil, rates: recipe.series(RateFactors(), pet: nil),
                estimate: { facts in
                    cost.estimate(facts) { counts in
                        drawn.map { $0 * count }
                            ?? counts.train * min(wanted, counts.classes) / max(counts.classes, 1)
                    }
                }))
    }
}
