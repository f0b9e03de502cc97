import Engine
import Pipeline

/// `evaluate`: accuracy on all tasks seen, after every task, and the figures of the whole sequence.
struct EvaluateStage: Stage {
    static let kind = "evaluate"
    static let summary = "accuracy after every task: FAA, CAA, FFM and the accuracy matrix"
    static let needs = [
        Need("model", accepts: "a sequence of trained models"),
        Need("head", isOptional: true, accepts: "recovered classifiers of that model"),
        Need(
            "task-identity", isOptional: true,
            accepts: "a sequence of shared models, or their recovered classifiers"),
    ]

    init(_ reader: ParameterReader) {}

    func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let model = try expansion.required("model", as: ModelOutput.self)
        if model.hasShadow {
            throw ExpansionError(
                role: "model", problem: "a model with a shadow cannot be evaluated yet")
        }
        let heads = try expansion.need("head", as: HeadsOutput.self)
        let identity = try identity(expansion, for: model)
        let subject = Subject(model: model, heads: heads)
        var rows: [UnitID] = []
        for task in 0..<model.taskCount {
            var inputs: [(role: String, unit: UnitID)] = [
                ("backbone", model.backboneUnit(task: task)), ("data", model.data.unit),
            ]
            inputs += subject.inputs(task: task, prefix: "")
            inputs += identity?.inputs(task: task, prefix: "identity-") ?? []
            let cost = PassCost(model: model)
            rows.append(
                expansion.add(
                    EvaluateTask(
                        task: task, model: subject.description, identity: identity?.description,
                        transform: model.evaluationTransform, access: model.data.access),
                    step: "evaluate", task: task, inputs: inputs,
                    estimate: { [isTwice = identity != nil] in
                        cost.evaluation($0, task: task, passes: isTwice ? 2 : 1)
                    }))
        }
        _ = expansion.add(
            Summarise(tasks: rows.count), step: "summary",
            inputs: rows.enumerated().map { ("row[\($0)]", $1) }, isResult: true)
    }

    /// The model that names the task of a picture.
    private func identity(
        _ expansion: borrowing StageExpansion, for model: ModelOutput
    ) throws(ExpansionError) -> Subject? {
        let role = "task-identity"
        guard let output = expansion.need(role) else {
            if model.sharing == .shared { return nil }
            throw ExpansionError(
                role: nil, problem: "need '\(role)' is missing",
                hint: "a model with a PET a task needs a shared model, "
                    + "or its recovered classifier, to tell the task of a picture")
        }
        let subject: Subject
        if let heads = output as? HeadsOutput {
            subject = Subject(model: heads.model, heads: heads)
        } else {
            subject = Subject(
                model: try expansion.required(role, as: ModelOutput.self), heads: nil)
        }
        guard model.sharing == .perTask else {
            throw ExpansionError(
                role: role, problem: "need '\(role)' is of no use to a model with one shared PET",
                hint: "leave it out")
        }
        guard subject.model.sharing == .shared, subject.model.taskCount == model.taskCount else {
            throw ExpansionError(
                role: role,
                problem: "need '\(role)' must be a shared model over the same tasks")
        }
        return subject
    }

    /// A model with or without recovered heads.
    private struct Subject {
        let model: ModelOutput
        let heads: HeadsOutput?

        var description: EvaluateTask.Model {
            EvaluateTask.Model(
                sharing: model.sharing, pet: model.pet, isRecovered: heads != nil)
        }

        func inputs(task: Int, prefix: String) -> [(role: String, unit: UnitID)] {
            var inputs: [(role: String, unit: UnitID)] = []
            switch model.sharing {
            case .shared: inputs.append(("\(prefix)pet", model.trained[task]))
            case .perTask:
                inputs += (0...task).map { ("\(prefix)slot[\($0)]", model.trained[$0]) }
            }
            if let heads {
                inputs.append(("\(prefix)head", heads.units[task]))
            } else {
                inputs.append(("\(prefix)initial", model.initial))
                inputs += (0...task).map { ("\(prefix)rows[\($0)]", model.trained[$0]) }
            }
            return inputs
        }
    }
}
