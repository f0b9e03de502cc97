/// The rule set of a pipeline file: which deviations of the reference are kept.
public enum Profile: String, Sendable, Hashable, CaseIterable {
    /// As the reference computes.
    case reference
    /// With the mistakes of the reference corrected.
    case corrected
    /// As the older HiDe-Prompt code computes.
    case legacyHidePrompt = "legacy-hideprompt"
}
