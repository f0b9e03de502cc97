/// Why a unit runs.
public enum RunReason: String, Sendable, Hashable, Codable, CustomStringConvertible {
    /// Nothing like it was ever finished.
    case neverRun = "never run"
    /// Other parameters, or another seed, than the last time.
    case parametersChanged = "parameters changed"
    /// Another input, in the store or outside, than the last time.
    case inputChanged = "input changed"
    /// The unit kind computes something else than the last time.
    case versionChanged = "version changed"
    /// It was finished, but its artifact is gone.
    case outputMissing = "output missing"
    /// It was finished, but its artifact or record is not what was written.
    case outputDamaged = "output damaged"
    /// `--force` names its stage.
    case forced = "forced"
    /// `--unit` names it, and nobody asked what it was before.
    case requested = "requested"

    public var description: String { rawValue }

    /// The reason that follows from two documents.
    ///
    /// - Parameter old: the document of the last run; nil when there is none.
    init(from old: KeyDocument?, to new: KeyDocument) {
        guard let old else {
            self = .neverRun
            return
        }
        if old.version != new.version {
            self = .versionChanged
        } else if !old.parameters.isSame(as: new.parameters) || old.seed != new.seed {
            self = .parametersChanged
        } else {
            self = .inputChanged
        }
    }
}
