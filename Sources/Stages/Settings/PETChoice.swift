import Engine
import Pipeline

/// A PET method as chosen in a pipeline file; or none, where only the head is trained; or full, where all
/// weights of the backbone are.
struct PETChoice: Encodable, Sendable {
    /// The method; nil for none and full.
    let method: (any PETMethod)?
    /// The name in pipeline files.
    let name: String

    /// Only the head is trained.
    static let none = PETChoice(name: "none", method: nil)
    /// All weights are trained.
    static let full = PETChoice(name: "full", method: nil)

    /// Whether all weights of the backbone are trained.
    var isFull: Bool { name == Self.full.name }

    /// Checks that the method fits a model.
    ///
    /// - Parameter parameter: the parameter that names the method, for messages.
    func check(
        _ configuration: ViTConfiguration, parameter: String = "pet"
    ) throws(ExpansionError) {
        do {
            try method?.check(for: configuration)
        } catch {
            throw ExpansionError(
                problem: "parameter '\(parameter)' does not fit the backbone: \(error)")
        }
    }

    /// Reads `pet`.
    init(_ reader: ParameterReader) {
        var options: [String: (ParameterReader) -> PETChoice] = [
            Self.none.name: { _ in .none }, Self.full.name: { _ in .full },
        ]
        for kind in PETKind.all {
            options[kind.name] = { PETChoice(name: kind.name, method: kind.read($0)) }
        }
        self = reader.choice("pet", options)
    }

    /// A prompt pool, which `train-prompt-pool` alone knows how to train.
    init(_ pool: PromptPool) { self.init(name: PromptPool.name, method: pool) }

    private init(name: String, method: (any PETMethod)?) {
        self.name = name
        self.method = method
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        if let method { try method.encode(to: container.superEncoder(forKey: .method)) }
    }

    private enum CodingKeys: CodingKey { case name, method }
}
