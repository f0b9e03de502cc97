/// The output of a unit: named arrays and result attributes. Its digest is a function of exactly
/// these; log, seconds and host are recorded beside them and never enter it.
///
/// ```swift
/// let artifact = Artifact(
///     attributes: ["metric.faa": .real(71.2)],
///     arrays: ["head/weight": TypedArray(shape: [1, 2], .float32([0.5, -0.5]))])
/// artifact.arrays["head/weight"]?.shape  // [1, 2]
/// artifact.attributes["metric.faa"]  // .real(71.2)
/// ```
public struct Artifact: Sendable, Equatable {
    /// Small results and descriptions ("metric.faa": .real(71.2)). Values are scalars, text or arrays of these.
    public var attributes: [String: Value]
    /// Arrays by path ("pet/lora_layer.k_lora_A"); `/` separates groups, dots do not.
    public var arrays: [String: TypedArray]

    /// Creates an artifact.
    public init(attributes: [String: Value] = [:], arrays: [String: TypedArray] = [:]) {
        self.attributes = attributes
        self.arrays = arrays
    }
}
