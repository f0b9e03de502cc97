/// Makes a part of an artifact an artifact of its own.
public typealias ArtifactView = @Sendable (Artifact) throws -> Artifact

/// What a unit computes: everything its key is made of, and the function that computes it.
public struct UnitDefinition: Sendable {
    /// The step within the stage: `train`, `statistics`.
    public let step: String
    /// The task, from 1; nil for a unit that belongs to no single task. Only shown: a task that
    /// changes a result is also in `parameters`.
    public let task: Int?
    /// The unit kind, the first line of its key. Units of different stages may share it.
    public let kind: String
    /// Raised when equal inputs would give different outputs.
    public let version: Int
    /// Every parameter that the unit reads, defaults filled in.
    public let parameters: Value
    /// The seed of a unit that draws random numbers; nil for every other unit.
    public let seed: Int?
    /// The units that this one reads.
    public let inputs: [(role: String, unit: UnitID)]
    /// Of inputs of which less than the whole artifact is read: the name of the view, by role. The unit is
    /// given the view, and its key holds the view's digest: what else changes does not concern it.
    public let inputViews: [String: String]
    /// Parts of this unit's artifact that other units read by themselves, by name.
    public let views: [String: ArtifactView]
    /// Files of the user that the unit reads. They enter the key as digests taken at plan time.
    public let sources: [(role: String, source: any Source)]
    /// What the unit will cost, from the facts about the sources of this unit and of everything
    /// upstream, by the source's role (a nearer unit wins); nil when that is not worth a figure.
    public let estimate: @Sendable ([String: SourceFacts]) -> UnitEstimate?
    /// The learning rates that training will use, for `plan`; empty for other work.
    public let rates: [RateSeries]
    /// Whether the artifact holds results (`metric.<name>`), shown by `results` and in tables.
    public let isResult: Bool
    /// Which split of pictures results downstream are of, for a dataset; nil for every other unit.
    public let split: SplitOrigin?
    /// Checks the unit against the facts about its own sources, by role, before anything runs.
    public let check: @Sendable ([String: SourceFacts]) throws -> Void
    /// Computes the artifact. Runs outside the cooperative pool.
    public let run: @Sendable (UnitContext) throws -> Artifact

    /// Creates a definition.
    public init(
        step: String, task: Int? = nil, kind: String, version: Int, parameters: Value,
        seed: Int? = nil, inputs: [(role: String, unit: UnitID)] = [],
        inputViews: [String: String] = [:], views: [String: ArtifactView] = [:],
        sources: [(role: String, source: any Source)] = [],
        estimate: @escaping @Sendable ([String: SourceFacts]) -> UnitEstimate? = { _ in nil },
        rates: [RateSeries] = [], isResult: Bool = false,
        split: SplitOrigin? = nil,
        check: @escaping @Sendable ([String: SourceFacts]) throws -> Void = { _ in },
        run: @escaping @Sendable (UnitContext) throws -> Artifact
    ) {
        self.step = step
        self.task = task
        self.kind = kind
        self.version = version
        self.parameters = parameters
        self.seed = seed
        self.inputs = inputs
        self.inputViews = inputViews
        self.views = views
        self.sources = sources
        self.estimate = estimate
        self.rates = rates
        self.isResult = isResult
        self.split = split
        self.check = check
        self.run = run
    }
}

/// Where the split of a dataset is known from, the sooner the better.
public struct SplitOrigin: Sendable {
    /// The dataset as its source names it: equal for datasets of the same pictures at one place.
    let source: String
    /// What is certain of the pictures by the parameters alone: two datasets whose claims differ are of
    /// different splits. Nil where only the contents tell.
    let claim: String?
    /// The first digits of the digest of the split by the contents that a plan looked at; nil where it
    /// did not.
    let planned: @Sendable () -> String?
    /// The split by the artifact.
    let stored: @Sendable (Artifact) throws -> DataSplit

    /// Creates an origin.
    ///
    /// - Parameter planned: the digest of the split by what a plan looked at, as in `DataSplit`.
    public init(
        source: String, claim: String?, planned: @escaping @Sendable () -> String?,
        stored: @escaping @Sendable (Artifact) throws -> DataSplit
    ) {
        self.source = source
        self.claim = claim
        self.planned = { planned().map(DataSplit.short) }
        self.stored = stored
    }
}

/// The learning rate of one group of parameters in every epoch, for `plan`.
public struct RateSeries: Sendable, Hashable {
    /// What the rate is of: `pet`, `head`.
    public let group: String
    /// The number of epochs.
    public let epochs: Int
    private let rule: any RateRule

    /// Creates a series.
    public init(group: String, epochs: Int, rule: some RateRule) {
        self.group = group
        self.epochs = epochs
        self.rule = rule
    }

    /// The rate during each epoch; nil where the group has no gradient. Computed when it is asked for:
    /// units are many, and epochs may be a million.
    public var rates: [Double?] { (0..<epochs).map(rate) }

    /// The rate during an epoch, counted from 0; nil where the group has no gradient.
    public func rate(epoch: Int) -> Double? { rule.rate(epoch: epoch) }

    /// Whether two series have the same rates, whatever their groups.
    public func agrees(with other: RateSeries) -> Bool {
        epochs == other.epochs && AnyHashable(rule) == AnyHashable(other.rule)
    }

    public static func == (left: RateSeries, right: RateSeries) -> Bool {
        left.group == right.group && left.agrees(with: right)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(group)
        hasher.combine(epochs)
        hasher.combine(AnyHashable(rule))
    }
}

/// What gives the learning rate of each epoch. Equal rules give equal rates.
public protocol RateRule: Sendable, Hashable {
    /// The rate during an epoch, counted from 0; nil where there is no gradient.
    func rate(epoch: Int) -> Double?
}

/// What a unit will cost, for `plan`.
public struct UnitEstimate: Sendable, Hashable {
    /// Pictures that are shown to the model in one pass.
    public var pictures: Int
    /// Passes over the pictures.
    public var epochs: Int
    /// The largest amount of memory held at once, in bytes.
    public var peakBytes: Int
    /// Necessary arithmetic of the whole unit, in 10⁹ floating-point operations.
    public var gigaflop: Double

    /// Creates an estimate.
    public init(pictures: Int, epochs: Int = 1, peakBytes: Int, gigaflop: Double) {
        self.pictures = pictures
        self.epochs = epochs
        self.peakBytes = peakBytes
        self.gigaflop = gigaflop
    }
}
