public import Pipeline

/// What toy stages offer: one integer a task.
public struct ToyOutput: StageOutput {
    /// The units, one a task.
    public let units: [UnitID]
}

/// What no toy stage accepts.
public struct OtherToyOutput: StageOutput {}

extension Artifact {
    /// The integer of a toy artifact.
    public var toyValue: Int {
        if case .integer(let value) = attributes["value"] { value } else { .min }
    }

    /// A toy artifact.
    public init(toy value: Int) {
        self.init(attributes: ["value": .integer(value)])
    }

    /// The artifact of `toy-scores`: faa is the integer, caa half of it.
    public init(toyScores value: Int) {
        let value = Double(value)
        self.init(
            attributes: ["metric.faa": .real(value), "metric.caa": .real(value / 2)],
            arrays: [
                "metric/accuracy-matrix": TypedArray(
                    shape: [2, 2], .float64([value, value - 1, .nan, value + 1]))
            ])
    }
}

/// `toy-number`: an integer; with a file, the sum of it and the file's size.
public struct ToyNumber: Stage {
    public static let kind = "toy-number"
    public static let summary = "An integer."
    public static let needs: [Need] = []
    let value: Int

    public init(_ parameters: ParameterReader) {
        value = parameters.integer("value", in: 0...1000)
    }

    public func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let value = value
        let unit = expansion.add(
            UnitDefinition(
                step: "number", kind: "toy-number", version: 1,
                parameters: .object(["value": .integer(value)])
            ) { _ in Artifact(toy: value) })
        expansion.output = ToyOutput(units: [unit])
    }
}

/// `toy-chain`: a unit a task; each adds `step` (and the seed) to the one before it.
public struct ToyChain: Stage {
    public static let kind = "toy-chain"
    public static let summary = "A chain of integers."
    public static let needs = [
        Need("start", accepts: "an integer"),
        Need("other", isOptional: true, accepts: "an integer"),
    ]
    let seed: Int
    let tasks: Int
    let step: Int
    let schedule: Value
    let rate: Double

    public init(_ parameters: ParameterReader) {
        seed = parameters.integer("seed", default: 0, in: 0...Int.max)
        tasks = parameters.integer("tasks", default: 2, in: 1...100)
        step = parameters.integer("step", default: 1)
        rate = parameters.real("rate", default: 0.5, in: 0...10)
        schedule = parameters.choice(
            "schedule", default: "constant",
            [
                "constant": { _ in .string("constant") },
                "cosine": { .object(["warm-up": .integer($0.integer("warm-up", default: 0))]) },
            ])
    }

    public func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let start = try expansion.required("start", as: ToyOutput.self)
        let other = try expansion.need("other", as: ToyOutput.self)
        guard let first = start.units.last else {
            throw ExpansionError(role: "start", problem: "need 'start' offers no integer")
        }
        var units: [UnitID] = []
        for task in 1...tasks {
            var inputs = [(role: "previous", unit: units.last ?? first)]
            if let unit = other?.units.last { inputs.append((role: "other", unit: unit)) }
            units.append(expansion.add(unit(task, inputs)))
        }
        expansion.output = ToyOutput(units: units)
    }

    private func unit(_ task: Int, _ inputs: [(role: String, unit: UnitID)]) -> UnitDefinition {
        let sum = step + seed
        let hasOther = inputs.count > 1
        return UnitDefinition(
            step: "train", task: task, kind: "toy-train", version: 1,
            parameters: .object([
                "step": .integer(step), "schedule": schedule, "rate": .real(rate),
            ]),
            seed: seed, inputs: inputs
        ) { context in
            let other = hasOther ? try context.input("other").toyValue : 0
            return Artifact(toy: try context.input("previous").toyValue + sum + other)
        }
    }
}

/// `toy-scores`: metrics made of an integer: faa is the integer itself.
public struct ToyScores: Stage {
    public static let kind = "toy-scores"
    public static let summary = "Metrics of an integer."
    public static let needs = [Need("model", accepts: "an integer")]

    public init(_ parameters: ParameterReader) {}

    public func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        let model = try expansion.required("model", as: ToyOutput.self)
        let inputs = model.units.suffix(1).map { (role: "model", unit: $0) }
        let unit = expansion.add(
            UnitDefinition(
                step: "scores", kind: "toy-scores", version: 1, parameters: .object([:]),
                inputs: inputs, isResult: true
            ) { context in
                Artifact(toyScores: try context.input("model").toyValue)
            })
        expansion.output = ToyOutput(units: [unit])
    }
}

/// `toy-other`: offers what toy stages do not accept.
public struct ToyOther: Stage {
    public static let kind = "toy-other"
    public static let summary = "Something else."
    public static let needs: [Need] = []

    public init(_ parameters: ParameterReader) {}

    public func expand(_ expansion: inout StageExpansion) throws(ExpansionError) {
        expansion.output = OtherToyOutput()
    }
}

extension Registry {
    /// The toy stages.
    public static let toys = Registry(stages: [
        ToyNumber.self, ToyChain.self, ToyScores.self, ToyOther.self,
    ])
}
