/// What a stage offers to the stages that need it: the ids of its units and what is known without
/// running them. Consumers ask for a concrete type with `StageExpansion.need(_:as:)`.
public protocol StageOutput: Sendable {}

/// A setting of a stage whose default the profile chooses, where the file says otherwise. Shown with
/// results; it enters no key, since the value itself does.
public struct ProfileDeviation: Sendable, Hashable {
    /// The stage.
    public let stage: String
    /// The setting, by its name in the list of toggles.
    public let setting: String
    /// The value in effect.
    public let value: String
    /// The value that the profile stands for.
    public let standard: String

    /// Creates a deviation.
    public init(stage: String, setting: String, value: String, standard: String) {
        self.stage = stage
        self.setting = setting
        self.value = value
        self.standard = standard
    }

}
