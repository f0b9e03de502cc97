/// Thrown by `UnitContext.step` after progress was saved on a stop request. A unit lets it through.
public struct UnitInterrupted: Error, Equatable {
    /// Creates an error.
    public init() {}
}
