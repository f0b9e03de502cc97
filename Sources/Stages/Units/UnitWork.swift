import Pipeline

/// What a unit does. The encoded properties of a conforming value are the parameters in the unit's
/// key document; a property that cannot change a result (where pictures lie, say) is left out of
/// the coding keys, and a comment there says so.
protocol UnitWork: Encodable, Sendable {
    /// The unit kind in the key document.
    static var kind: String { get }
    /// Raised when equal inputs would give different outputs.
    static var version: Int { get }
    /// Of which inputs the unit is given a view alone, by role; see `UnitDefinition.inputViews`.
    static var inputViews: [String: String] { get }
    /// Computes the output.
    func run(_ context: UnitContext) throws -> Artifact
}

extension UnitWork {
    static var inputViews: [String: String] { [:] }

    /// The encoded properties.
    var parameters: Value {
        get throws { try ValueEncoder.value(of: self) }
    }
}

/// What a unit has besides its work, its name and what it reads; nothing unless given.
struct UnitTraits {
    /// The views that others read of its output, by name.
    var views: [String: ArtifactView] = [:]
    /// Whether its figures stand in tables.
    var isResult = false
    /// The learning rates in effect, for `plan`.
    var rates: [RateSeries] = []
    /// Which tasks its output divides a dataset into.
    var split: SplitOrigin?
    /// Looks at what is known of the sources before anything runs.
    var check: @Sendable ([String: SourceFacts]) throws -> Void = { _ in }
    /// What it will cost, of what is known of the sources.
    var estimate: @Sendable ([String: SourceFacts]) -> UnitEstimate? = { _ in nil }
}

extension StageExpansion {
    /// Adds a unit that does `work`.
    ///
    /// - Parameters:
    ///   - step: the word after the stage's name: `hide/train[3]`.
    ///   - task: zero-based; shown one-based.
    ///   - seed: the seed of the unit's random streams; nil when it draws no random numbers.
    mutating func add(
        _ work: some UnitWork, step: String, task: Int? = nil, seed: Int? = nil,
        inputs: UnitInputs, sources: [(role: String, source: any Source)] = [],
        _ traits: UnitTraits = UnitTraits()
    ) -> UnitID {
        // To encode what is not kept could take hours.
        if isFull { return standIn }
        let parameters: Value
        do {
            parameters = try work.parameters
        } catch {
            preconditionFailure("unit parameters of \(step) do not encode: \(error)")
        }
        return add(
            UnitDefinition(
                step: step, task: task.map { $0 + 1 }, kind: type(of: work).kind,
                version: type(of: work).version, parameters: parameters, seed: seed,
                inputs: inputs, inputViews: type(of: work).inputViews,
                views: traits.views, sources: sources, estimate: traits.estimate,
                rates: traits.rates, isResult: traits.isResult, split: traits.split,
                check: traits.check,
                run: { try work.run($0) }))
    }
}
