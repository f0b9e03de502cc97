import Engine
import Pipeline

/// `train-prompt-pool`: one pool of prompts, chosen by keys, learned through all tasks (Reference 11).
/// L2P, DualPrompt and S-Prompt are settings of it.
struct TrainPromptPoolStage: Stage {
    static let kind = "train-prompt-pool"
    static let summary = "prompts that pictures choose by keys: L2P, DualPrompt, S-Prompt"
    static let needs = [
        Need("backbone", accepts: "a frozen backbone"), Need("data", accepts: "a dataset"),
    ]

    private let seed: Int
    private let pool: PromptPool
    private let use: PoolUse
    /// Whether the schedule begins anew with every task, or only the first task has one (Reference B-6).
    private let isScheduledPerTask: Bool
    /// A file of initial values; nil draws them.
    private let initial: String?
    private let recipe: TrainingRecipe

    init(_ reader: ParameterReader) {
        seed = reader.integer("seed")
        pool = PromptPool(reader)
        use = PoolUse(reader, pool)
        isScheduledPerTask = reader.bool("schedule-per-task", .schedulePerTask, Toggle.Subject())
        initial = reader.has("initial") ? reader.path("initial") : nil
        recipe = TrainingRecipe(reader)
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let setting = try ModelSetting(expansion)
        try setting.data.requireOwnClasses(for: Self.kind)
        let pet = PETChoice(pool)
        try pet.check(setting.backbone.configuration, parameter: "pool")
        try checkEntries(tasks: setting.data.taskCount)
        var builder = ModelBuilder(
            setting: setting, pet: pet, recipe: recipe, seed: seed, sharing: .shared)
        builder.addInitial(from: initial, to: &expansion)
        for task in 0..<setting.data.taskCount {
            var recipe = recipe
            if task > 0, !isScheduledPerTask { recipe.schedule = .constant }
            builder.addTask(
                TrainPromptPool(
                    task: task, setting: setting, pool: pool, use: use, recipe: recipe,
                    seed: seed),
                task: task, scope: .petAndHead, recipe: recipe, factors: RateFactors(),
                hasQueries: true,
                inputs: [("start", builder.trained.last ?? builder.initial)], to: &expansion)
        }
        expansion.output = PromptPoolOutput(
            model: builder.output, pool: pool, use: use)
    }

    /// Checks that every task has entries of its own where tasks own entries.
    private func checkEntries(tasks: Int) throws(ExpansionError) {
        guard use.hasMask, pool.size < tasks * pool.topK else { return }
        throw ExpansionError(
            problem: "a pool of \(pool.size) entries is too small for 'prompt-mask': "
                + "\(tasks) tasks own \(pool.topK) entries each",
            hint: "raise 'pool.size' to \(tasks * pool.topK), or leave the mask out")
    }
}

/// A sequence of models with one prompt pool: `train-prompt-pool`. Only evaluation knows how to choose
/// entries for a picture, so that no other stage takes it for a model with one PET.
struct PromptPoolOutput: StageOutput {
    let model: ModelOutput
    let pool: PromptPool
    let use: PoolUse
}

extension PoolUse {
    /// Reads `prompt-select`, `kv-layout`, `prompt-mask`, `warm-start`, `future-keys` and `pull`.
    fileprivate init(_ reader: ParameterReader, _ pool: PromptPool) {
        let subject = Toggle.Subject()
        isBatchwise = reader.choice(
            "prompt-select", .promptSelect, subject,
            ["instance": { _ in false }, "batch": { _ in true }])
        layout = Self.layout(reader, pool)
        hasMask = reader.bool("prompt-mask", default: false)
        isWarmStarted = reader.bool("warm-start", default: false)
        hidesFutureKeys = reader.choice(
            "future-keys", .futureKeys, subject,
            ["compete": { _ in false }, "masked": { _ in true }])
        pull = reader.real("pull", default: 0.1, in: Bounds.rate)
        guard !hasMask else { return }
        let hint = "set 'prompt-mask: true', or leave it out"
        if isWarmStarted {
            reader.report("warm-start", "needs tasks that own entries", hint: hint)
        }
        if hidesFutureKeys {
            reader.report("future-keys", "needs tasks that own entries", hint: hint)
        }
    }

    /// Tokens have no keys and values that could be dealt out.
    private static func layout(
        _ reader: ParameterReader, _ pool: PromptPool
    ) -> PoolSelection.Layout {
        let options: [String: (ParameterReader) -> PoolSelection.Layout] = [
            "correct": { _ in .correct }, "legacy-reshape": { _ in .legacyReshape },
        ]
        guard case .tokens = pool.insertion else {
            return reader.choice("kv-layout", .kvLayout, Toggle.Subject(), options)
        }
        if reader.choice("kv-layout", default: "correct", options) != .correct {
            reader.report(
                "kv-layout", "is about keys and values, and the pool holds tokens",
                hint: "leave it out")
        }
        return .correct
    }
}

extension PromptPool {
    /// Reads `pool` and `shared-prompt`.
    init(_ reader: ParameterReader) {
        let pool = reader.mapping("pool", isRequired: true)
        let size = pool?.integer("size", in: Bounds.prompt) ?? 1
        let topK = pool?.integer("top-k", in: Bounds.prompt) ?? 1
        if topK > size { pool?.report("top-k", "exceeds the size of the pool, \(size)") }
        let blocks = pool?.blocks() ?? []
        let insertion: Insertion? = pool?.choice(
            "insertion", default: "prefix",
            [
                "prefix": { _ in .prefix(blocks: blocks) },
                "tokens": { _ in .tokens(block: blocks.first ?? 0) },
            ])
        if case .tokens = insertion, blocks.count > 1 {
            pool?.report("blocks", "must name one block, where the tokens enter")
        }
        self.init(
            size: size, length: pool?.integer("length", in: Bounds.prompt) ?? 1,
            topK: min(topK, size), insertion: insertion ?? .prefix(blocks: []),
            general: reader.mapping("shared-prompt").map {
                General(length: $0.integer("length", in: Bounds.prompt), blocks: $0.blocks())
            })
    }
}
