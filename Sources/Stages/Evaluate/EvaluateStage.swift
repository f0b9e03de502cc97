import Engine
import Pipeline

/// `evaluate`: accuracy on all tasks seen, after every task, and the figures of the whole sequence.
struct EvaluateStage: Stage {
    static let kind = "evaluate"
    static let summary = "accuracy after every task: FAA, CAA, FFM and the accuracy matrix"
    static let needs = [
        Need(
            Role.model,
            accepts: "a sequence of trained models, with or without a prompt pool, "
                + "or their recovered classifiers"),
        Need(Role.head, isOptional: true, accepts: "recovered classifiers of that model"),
        Need(
            Role.taskIdentity, isOptional: true,
            accepts: "a sequence of shared models, their recovered classifiers, or a task head"),
    ]

    private let inference: InferenceMode
    private let usesOracle: Bool
    private let isTaskIncremental: Bool

    init(_ reader: ParameterReader) {
        inference = InferenceMode(reader)
        usesOracle = reader.choice(
            "identity", default: "inferred",
            ["inferred": { _ in false }, "oracle": { _ in true }])
        isTaskIncremental = reader.bool("task-incremental", default: false)
        if usesOracle, inference != .normal {
            reader.report("inference", "needs a task that is inferred, not the oracle's")
        }
    }

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let subject = try subject(expansion)
        let model = subject.output
        let identity = try EvaluationIdentity(expansion, for: model, usesOracle: usesOracle)
        if inference != .normal, identity == nil {
            throw ExpansionError(
                role: Role.model,
                problem: "parameter 'inference' is about models with a PET a task or a dataset",
                hint: "leave it out")
        }
        if inference != .normal, identity?.description.kind == .taskHead {
            throw ExpansionError(
                role: Role.taskIdentity,
                problem: "parameter 'inference' needs logits of classes, a task head has none",
                hint: "give a shared model or its recovered classifiers")
        }
        if let identity { identity.note(in: &expansion) }
        var rows: [UnitID] = []
        for task in 0..<model.taskCount {
            if expansion.isFull { break }
            let inputs =
                model.pictureInputs(task: task)
                + subject.inputs(task: task, prefix: "") + (identity?.inputs(task: task) ?? [])
            let cost = PassCost(model: model)
            let passes = passes(identity) + (subject.pool == nil ? 0 : 1)
            rows.append(
                expansion.add(
                    EvaluateTask(
                        task: task, model: subject.model, identity: identity?.description,
                        pool: subject.pool,
                        inference: inference == .normal ? nil : inference,
                        isTaskIncremental: isTaskIncremental ? true : nil,
                        transform: model.evaluationTransform, access: model.data.access),
                    step: "evaluate", task: task, inputs: inputs,
                    UnitTraits(
                        estimate: { cost.evaluation($0, task: task, passes: passes) })))
        }
        expansion.addSummary(of: rows)
    }

    /// The model, with the classifiers given in its place or beside it.
    private func subject(
        _ expansion: borrowing StageExpansion
    ) throws(ExpansionError) -> EvaluationSubject {
        let heads = try expansion.need(Role.head, as: HeadsOutput.self)
        if heads == nil, let heads = expansion.need(Role.model) as? HeadsOutput {
            return EvaluationSubject(model: heads.model, heads: heads)
        }
        let pool = expansion.need(Role.model) as? PromptPoolOutput
        let model: ModelOutput
        if let pool {
            model = pool.model
        } else {
            model = try expansion.required(Role.model, as: ModelOutput.self)
        }
        if let heads, heads.model.trained != model.trained {
            throw ExpansionError(
                role: Role.head, problem: "need 'head' is of another model than need 'model'")
        }
        return EvaluationSubject(model: model, heads: heads, pool: pool?.inference)
    }

    /// Passes of a picture through a model: one to name its task, one for each PET that it is seen with.
    private func passes(_ identity: EvaluationIdentity?) -> Int {
        let own =
            if case .topK(let k) = inference { k } else { 1 }
        return own + (identity?.description.model == nil ? 0 : 1)
    }
}

/// A model with or without recovered heads, as units.
struct EvaluationSubject {
    let output: ModelOutput
    /// How it sees pictures where it has a prompt pool.
    let pool: PoolInference?
    private let heads: HeadsOutput?

    init(model: ModelOutput, heads: HeadsOutput?, pool: PoolInference? = nil) {
        output = model
        self.heads = heads
        self.pool = pool
    }

    /// The model as its unit reads it.
    var model: EvaluatedModel { EvaluatedModel(output, isRecovered: heads != nil) }

    /// The inputs of `EvaluatedModel`.
    func inputs(task: Int, prefix: String) -> UnitInputs {
        var inputs: UnitInputs = []
        switch output.sharing {
        case .shared:
            inputs = output.petInputs(task: task)
        case .perTask, .perDataset:
            inputs += (0...task).map {
                (Role.slot($0), output.trained[output.slotTask(of: $0, after: task)])
            }
        }
        if let heads {
            inputs.append((Role.head, heads.units[task]))
        } else {
            inputs.append((Role.initial, output.initial))
            inputs += (0...task).map { (Role.rows($0), output.trained[$0]) }
        }
        return inputs.map { (prefix + $0.role, $0.unit) }
    }
}

/// What names the task of a picture, as units.
struct EvaluationIdentity {
    let description: TaskIdentity
    private let subject: EvaluationSubject?
    /// The task head after each task; empty where there is none.
    private let taskHeads: [UnitID]

    /// Nil for a shared model, which needs no task.
    ///
    /// - Throws: when a model with several PETs has nothing that names the task, or something unfit.
    init?(
        _ expansion: borrowing StageExpansion, for model: ModelOutput, usesOracle: Bool
    ) throws(ExpansionError) {
        let role = Role.taskIdentity
        let output = expansion.need(role)
        guard model.sharing != .shared else {
            guard output == nil, !usesOracle else {
                throw ExpansionError(
                    role: output == nil ? nil : role,
                    problem: "a task identity is of no use to a model with one shared PET",
                    hint: "leave it out")
            }
            return nil
        }
        if usesOracle {
            subject = nil
            taskHeads = []
            description = TaskIdentity(
                kind: .oracle, model: nil, transform: nil, hasOwnBackbone: nil)
            return
        }
        guard let output else {
            throw ExpansionError(
                role: nil, problem: "need '\(role)' is missing",
                hint: "a model with a PET a \(model.sharing == .perTask ? "task" : "dataset") "
                    + "needs a shared model, "
                    + "or its recovered classifier, to tell the task of a picture")
        }
        let subject: EvaluationSubject
        var kind = TaskIdentity.Kind.classLogits
        if let heads = output as? HeadsOutput {
            subject = EvaluationSubject(model: heads.model, heads: heads)
            if heads.model.mapping != nil { kind = .mlp }
        } else if let heads = output as? TaskHeadsOutput {
            subject = EvaluationSubject(model: heads.model, heads: nil)
            kind = .taskHead
        } else {
            subject = EvaluationSubject(
                model: try expansion.required(role, as: ModelOutput.self), heads: nil)
        }
        guard subject.output.sharing == .shared, subject.output.data.unit == model.data.unit else {
            throw ExpansionError(
                role: role, problem: "need '\(role)' must be a shared model over the same tasks")
        }
        self.subject = subject
        taskHeads = (output as? TaskHeadsOutput)?.units ?? []
        let transform = subject.output.evaluationTransform
        let isOwn =
            subject.output.pet.isFull || subject.output.backbone.unit != model.backbone.unit
        description = TaskIdentity(
            kind: kind, model: subject.model,
            transform: transform == model.evaluationTransform ? nil : transform,
            hasOwnBackbone: isOwn ? true : nil)
    }

    /// Notes the kind of task identity, a toggle.
    func note(in expansion: inout StageExpansion) {
        expansion.note(
            Toggle.taskIdentity.rawValue, value: description.kind.rawValue,
            standard: Toggle.taskIdentity.standard(expansion.profile))
    }

    /// The inputs of `TaskIdentity`.
    func inputs(task: Int) -> UnitInputs {
        guard let subject else { return [] }
        var inputs: UnitInputs = []
        if description.kind == .taskHead {
            inputs.append((Role.identity(Role.tasks), taskHeads[task]))
            inputs += subject.output.petInputs(task: task).map { (Role.identity($0.role), $0.unit) }
        } else {
            inputs = subject.inputs(task: task, prefix: Role.identityPrefix)
        }
        if description.hasOwnBackbone == true {
            inputs.append((Role.identity(Role.backbone), subject.output.backboneUnit(task: task)))
        }
        return inputs
    }
}
