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
    /// Whether features depend on what was trained.
    var changesFeatures: Bool { method != nil || isFull }

    /// Checks that the method fits a model.
    func check(_ configuration: ViTConfiguration) throws(ExpansionError) {
        guard let method = method as? any ReadablePETMethod,
            let problem = method.problem(for: configuration)
        else { return }
        throw ExpansionError(problem: "parameter 'pet' does not fit the backbone: \(problem)")
    }

    /// Reads `pet`.
    init(_ reader: ParameterReader) {
        var options: [String: (ParameterReader) -> PETChoice] = [
            Self.none.name: { _ in .none }, Self.full.name: { _ in .full },
        ]
        for kind in Catalog.pets {
            options[kind.name] = { PETChoice(name: kind.name, method: kind.read($0)) }
        }
        self = reader.choice("pet", options)
    }

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

/// A PET method that can be read from a pipeline file.
protocol ReadablePETMethod: PETMethod {
    /// Reads the method's parameters.
    init(_ reader: ParameterReader)

    /// Why the method does not fit a model; nil when it does.
    func problem(for configuration: ViTConfiguration) -> String?
}

/// A PET method that exists: its name in pipeline files and how its parameters are read.
struct PETKind: Sendable {
    let name: String
    let summary: String
    let read: @Sendable (ParameterReader) -> any PETMethod

    init(_ method: any ReadablePETMethod.Type, summary: String) {
        name = method.name
        self.summary = summary
        read = { method.init($0) }
    }
}

extension LoRA: ReadablePETMethod {
    init(_ reader: ParameterReader) {
        let rank = reader.integer("rank", in: Bounds.depth)
        let blocks = reader.integers("blocks", in: 0...Bounds.depth.upperBound)
        if blocks.isEmpty { reader.report("blocks", "names no block") }
        if Set(blocks).count != blocks.count {
            reader.report("blocks", "names a block twice")
        }
        self.init(rank: rank, blocks: Set(blocks).sorted())
    }

    func problem(for configuration: ViTConfiguration) -> String? {
        do {
            _ = try LoRA(rank: rank, blocks: blocks, for: configuration)
            return nil
        } catch {
            return "\(error)"
        }
    }
}
