import Engine
import Pipeline

/// `train-hide-pet`: a PET for each task, warm-started from the last (spec section 13).
struct TrainHidePETStage: Stage {
    static let kind = "train-hide-pet"
    static let summary = "a PET for each task, warm-started from the one before"
    static let needs = [
        Need("backbone", accepts: "a frozen backbone"), Need("data", accepts: "a dataset"),
    ]

    private let seed: Int
    private let pet: PETChoice
    private let contrastive: ContrastiveChoice?
    private let merge: Double
    private let statisticsBeforeMerge: Bool
    private let rates: RateGroups
    private let firstTaskPETFactor: Double
    /// A file of initial values; nil draws them.
    private let initial: String?
    /// Of a norm before the head; nil leaves it as trained.
    private let normRecovery: NormRecovery?
    private let recipe: TrainingRecipe

    init(_ reader: ParameterReader) {
        seed = reader.integer("seed")
        pet = PETChoice(reader)
        if pet.method == nil { reader.report("pet", "must be a method: each task has its own PET") }
        let subject = Toggle.Subject(pet: pet.name)
        contrastive = Self.contrastive(reader, subject)
        merge = reader.real("merge", default: 0, in: 0...1)
        statisticsBeforeMerge = reader.choice(
            "statistics", .statistics, subject,
            ["before-merge": { _ in true }, "after-merge": { _ in false }])
        rates = RateGroups(reader)
        firstTaskPETFactor = reader.real(
            "first-task-pet-factor", .firstTaskPETFactor, subject, in: 0...Bounds.factor)
        initial = reader.has("initial") ? reader.path("initial") : nil
        normRecovery = NormRecovery(reader)
        recipe = TrainingRecipe(reader)
    }

    /// Reads `contrastive`; nil where the term is left out, has no weight, or is inert.
    private static func contrastive(
        _ reader: ParameterReader, _ subject: Toggle.Subject
    ) -> ContrastiveChoice? {
        guard let reader = reader.mapping("contrastive") else { return nil }
        let weight = reader.real("weight", in: Bounds.rate)
        let memory = reader.mapping("memory").map(StatisticsMethod.read)
        // The toggle is about prompts alone; the key may stand with any PET, so that files can share it.
        let isHonoured =
            subject.pet == "prompt"
            ? reader.bool("for-prompts", .contrastiveForPrompts, subject) : true
        if subject.pet != "prompt" { _ = reader.bool("for-prompts", default: true) }
        guard isHonoured, weight > 0 else { return nil }
        return ContrastiveChoice(weight: weight, memory: memory ?? .multiCentroid(centroids: 10))
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let setting = try ModelSetting(expansion)
        try setting.data.requireOwnClasses(for: Self.kind)
        try pet.check(setting.backbone.configuration)
        try normRecovery?.check(setting.backbone.configuration)
        var chain = NormRecovery.Chain()
        var builder = ModelBuilder(
            setting: setting, pet: pet, recipe: recipe, seed: seed, sharing: .perTask)
        builder.statisticsBeforeMerge = statisticsBeforeMerge && merge > 0
        builder.addInitial(from: initial, to: &expansion)
        var memory: [UnitID] = []
        for task in 0..<setting.data.taskCount {
            if expansion.isFull { break }
            var inputs = [("start", builder.trained.last ?? builder.initial)]
            if merge > 0 {
                inputs += builder.trained.enumerated().map { ("previous[\($0)]", $1) }
            }
            inputs += memory.enumerated().map { ("memory[\($0)]", $1) }
            if let recovered = chain.recovered.last { inputs.append(("norm", recovered)) }
            let factors = RateFactors(
                pet: rates.pet * (task == 0 ? firstTaskPETFactor : 1), head: rates.head)
            builder.addTask(
                TrainTask(
                    task: task, setting: setting, pet: pet, factors: factors, recipe: recipe,
                    contrastive: contrastive, merge: merge > 0 ? merge : nil,
                    keepsUnmerged: builder.statisticsBeforeMerge,
                    isNormRecovered: !chain.recovered.isEmpty, seed: seed),
                inputs: inputs, to: &expansion)
            normRecovery?.add(after: task, of: builder.output, to: &chain, &expansion)
            if let contrastive, task + 1 < setting.data.taskCount {
                memory.append(
                    expansion.addStatistics(contrastive.memory, of: builder.output, task: task))
            }
        }
        expansion.output = builder.output
    }
}
