/// A stage kind, such as `train-hide-pet`: parsed from `with:`, expanded into units.
///
/// A stage is a pure function of its parameters and inputs; nothing in a pipeline file but what
/// `init(_:)` reads can change a result.
public protocol Stage: Sendable {
    /// The name in `uses:`.
    static var kind: String { get }
    /// One sentence for `hide-pipeline list stages`.
    static var summary: String { get }
    /// The roles in `needs:`.
    static var needs: [Need] { get }

    /// Reads the parameters. Mistakes are collected by the reader, which hands back stand-ins;
    /// a stage made from a reader with mistakes is never expanded.
    init(_ parameters: ParameterReader)

    /// Adds the units of one matrix cell and sets the output. Touches no input.
    func expand(_ expansion: inout StageExpansion) throws(ExpansionError)
}

/// One role that a stage fills from another stage.
public struct Need: Sendable, Hashable {
    /// The name in `needs:`.
    public let role: String
    /// Whether the role may be left out.
    public let isOptional: Bool
    /// What the other stage must offer, in words, for error messages.
    public let accepts: String

    /// Creates a need.
    public init(_ role: String, isOptional: Bool = false, accepts: String) {
        self.role = role
        self.isOptional = isOptional
        self.accepts = accepts
    }
}
