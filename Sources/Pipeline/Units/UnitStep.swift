/// A step boundary of a running unit.
public struct UnitStep: Sendable, Hashable {
    /// The unit.
    public let unit: String
    /// The steps done.
    public let done: Int
    /// The steps in all.
    public let total: Int
    /// The loss of the step, where there is one.
    public let loss: Double?
    /// Where the unit is, in its own words: `epoch 2/5`.
    public let detail: String?
    /// The pictures that went through in the step.
    public let pictures: Int

    /// Creates a step.
    public init(
        unit: String, done: Int, total: Int, loss: Double? = nil, detail: String? = nil,
        pictures: Int = 0
    ) {
        self.unit = unit
        self.done = done
        self.total = total
        self.loss = loss
        self.detail = detail
        self.pictures = pictures
    }
}

/// What a running unit tells whoever watches it.
enum UnitNews: Sendable {
    case step(UnitStep)
    /// Something that a reader of the result must know.
    case warning(String)
}
