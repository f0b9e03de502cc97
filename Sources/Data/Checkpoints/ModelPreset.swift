package import Engine

/// A model by its name in pipeline files.
package struct ModelPreset: Sendable {
    package let name: String
    package let configuration: ViTConfiguration

    /// The models that have a name.
    package static let all = [
        ModelPreset(name: "vit-base-patch16-224", configuration: .base16),
        ModelPreset(name: "vit-small-patch16-224", configuration: .small16),
        ModelPreset(name: "vit-quickstart", configuration: .quickstart),
    ]
}
