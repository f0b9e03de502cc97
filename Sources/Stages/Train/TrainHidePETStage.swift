import Engine
import Pipeline

/// `train-hide-pet`: a PET for each task, warm-started from the last (Reference 7).
struct TrainHidePETStage: Stage {
    static let kind = "train-hide-pet"
    static let summary = "a PET for each task, warm-started from the one before"
    static let needs = ModelSetting.needs

    private let training: PETTraining
    private let contrastive: ContrastiveChoice?
    private let merge: Double
    private let statisticsBeforeMerge: Bool
    private let firstTaskPETFactor: Double

    init(_ reader: ParameterReader) {
        training = PETTraining(reader)
        let pet = training.pet
        if pet.method == nil { reader.report("pet", "must be a method: each task has its own PET") }
        let subject = Toggle.Subject(pet: pet.name)
        contrastive = Self.contrastive(reader, subject)
        merge = reader.real("merge", default: 0, in: 0...1)
        statisticsBeforeMerge = reader.choice(
            "statistics", .statistics, subject,
            ["before-merge": { _ in true }, "after-merge": { _ in false }])
        firstTaskPETFactor = reader.real(
            "first-task-pet-factor", .firstTaskPETFactor, subject, in: 0...Bounds.factor)
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
        let setting = try training.setting(expansion)
        try setting.data.requireOwnClasses(for: Self.kind)
        var chain = NormRecovery.Chain()
        var builder = ModelBuilder(setting: setting, training, sharing: .perTask)
        builder.statisticsBeforeMerge = statisticsBeforeMerge && merge > 0
        builder.addInitial(from: training.initial, to: &expansion)
        var memory: [UnitID] = []
        for task in 0..<setting.data.taskCount {
            if expansion.isFull { break }
            var inputs = [(Role.start, builder.trained.last ?? builder.initial)]
            if merge > 0 {
                inputs += builder.trained.enumerated().map { (Role.previous($0), $1) }
            }
            inputs += memory.enumerated().map { (Role.memory($0), $1) }
            if let recovered = chain.recovered.last { inputs.append((Role.norm, recovered)) }
            let factors = RateFactors(
                pet: training.rates.pet * (task == 0 ? firstTaskPETFactor : 1),
                head: training.rates.head)
            builder.addTask(
                TrainTask(
                    task: task, setting: setting, training, factors: factors,
                    TrainTask.Extras(
                        contrastive: contrastive, merge: merge > 0 ? merge : nil,
                        keepsUnmerged: builder.statisticsBeforeMerge,
                        isNormRecovered: !chain.recovered.isEmpty)),
                inputs: inputs, to: &expansion)
            training.normRecovery?.add(after: task, of: builder.output, to: &chain, &expansion)
            if let contrastive, task + 1 < setting.data.taskCount {
                memory.append(
                    expansion.addStatistics(contrastive.memory, of: builder.output, task: task))
            }
        }
        expansion.output = builder.output
    }
}
